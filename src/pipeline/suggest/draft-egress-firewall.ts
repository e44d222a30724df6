import type { EgressFirewallDraftRule } from "../../core/policy/draft.ts";
import { chooseNames } from "./choose-names.ts";
import type { DraftInput, DraftSuggestion, RuleReason } from "./draft-input.ts";
import { denyEverything, headerLines, splitApiServer, withoutPorts, writtenGuardrails } from "./draft-parts.ts";
import { evidenceLines, evidenceOf } from "./evidence.ts";
import { needsOf } from "./needs.ts";
import { apiServerAccess, unknownApiServer } from "./safety-prelude.ts";

type BareRule = Omit<EgressFirewallDraftRule, "comment">;

/**
 * Order: guardrail denies, API server, learned allows (names, then addresses), and one catch-all deny per family.
 * A rule without ports would open every protocol, so traffic without ports is never learned into this kind.
 */
export function draftEgressFirewall(input: DraftInput): DraftSuggestion {
  const { baseline, facts, guardrails, nameEvidence, window } = input;
  const rules: EgressFirewallDraftRule[] = [];
  const reasons: RuleReason[] = [];
  const add = (rule: BareRule, reason: RuleReason, comment: readonly string[] = [reason.text]): void => {
    rules.push({ ...rule, comment });
    reasons.push(reason);
  };
  for (const { cidr, reason } of writtenGuardrails(guardrails)) {
    const why: RuleReason = { why: "guardrail", text: `never: ${reason}`, evidence: undefined };
    add({ action: "deny", to: { kind: "cidr", cidr }, ports: [] }, why);
  }
  const { toApiServer, others } = splitApiServer(baseline.sanctioned, facts);
  for (const rule of apiServerRules(input)) {
    const evidence = toApiServer.length === 0 ? undefined : evidenceOf(toApiServer, window);
    add(rule, { why: "api-server", text: "the API server, behind its service address", evidence });
  }
  for (const { to, ports, edges } of needsOf(others, chooseNames(baseline.sanctioned, nameEvidence))) {
    const evidence = evidenceOf(edges, window);
    const lines = evidenceLines(evidence);
    const destination =
      to.kind === "name" ? { kind: "name" as const, pattern: { kind: "exact" as const, name: to.name } } : to;
    add({ action: "allow", to: destination, ports }, { why: "learned", text: lines[0]!, evidence }, lines);
  }
  for (const cidr of denyEverything) {
    const text = `everything else, IPv${cidr.family}`;
    add({ action: "deny", to: { kind: "cidr", cidr }, ports: [] }, { why: "default-deny", text, evidence: undefined });
  }
  const { namespace } = baseline;
  return {
    draft: { kind: "EgressFirewall", namespace, name: "default", comment: headerLines(input), rules },
    reasons,
    notExpressible: withoutPorts(baseline.sanctioned),
    cautions: apiServerAccess(facts).kind === "unknown" ? [unknownApiServer] : [],
  };
}

function apiServerRules({ facts }: DraftInput): readonly BareRule[] {
  const access = apiServerAccess(facts);
  if (access.kind === "unknown") return [];
  if (access.kind === "nodes") {
    const ports = access.ports.map((port) => ({ protocol: "tcp" as const, port }));
    return [{ action: "allow", to: { kind: "nodes", selector: access.selector }, ports }];
  }
  return access.endpoints.map(({ cidr, port }) => ({
    action: "allow",
    to: { kind: "cidr", cidr },
    ports: [{ protocol: "tcp", port }],
  }));
}
