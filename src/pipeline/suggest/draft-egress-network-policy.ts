import type { EgressNetworkPolicyDraftRule } from "../../core/policy/draft.ts";
import { chooseNames } from "./choose-names.ts";
import type { DraftInput, DraftSuggestion, RuleReason } from "./draft-input.ts";
import { denyEverything, headerLines, splitApiServer, writtenGuardrails } from "./draft-parts.ts";
import { evidenceLines, evidenceOf } from "./evidence.ts";
import { destinationsOf } from "./needs.ts";
import { apiServerAccess, hostBlock, unknownApiServer } from "./safety-prelude.ts";

type BareRule = Omit<EgressNetworkPolicyDraftRule, "comment">;

/**
 * As the egress firewall, but the legacy kind knows neither ports nor IPv6 nor nodes: every allow opens all protocols
 * and ports of its destination (policy-semantics §2).
 */
export function draftEgressNetworkPolicy(input: DraftInput): DraftSuggestion {
  const { baseline, facts, guardrails, nameEvidence, window } = input;
  const rules: EgressNetworkPolicyDraftRule[] = [];
  const reasons: RuleReason[] = [];
  const add = (rule: BareRule, reason: RuleReason, comment: readonly string[] = [reason.text]): void => {
    rules.push({ ...rule, comment });
    reasons.push(reason);
  };
  for (const { cidr, reason } of writtenGuardrails(guardrails)) {
    if (cidr.family === 6) continue;
    add(
      { action: "deny", to: { kind: "cidr", cidr } },
      { why: "guardrail", text: `never: ${reason}`, evidence: undefined },
    );
  }
  const { toApiServer, others } = splitApiServer(baseline.sanctioned, facts);
  const apiServer = facts.apiServer.filter(({ address }) => address.family === 4);
  for (const { address } of apiServer) {
    const evidence = toApiServer.length === 0 ? undefined : evidenceOf(toApiServer, window);
    const reason: RuleReason = { why: "api-server", text: "the API server, behind its service address", evidence };
    add({ action: "allow", to: { kind: "cidr", cidr: hostBlock(address) } }, reason);
  }
  const v4 = others.filter(({ address }) => address.family === 4);
  for (const { to, edges } of destinationsOf(v4, chooseNames(v4, nameEvidence))) {
    const evidence = evidenceOf(edges, window);
    const lines = evidenceLines(evidence);
    const destination =
      to.kind === "name" ? { kind: "name" as const, pattern: { kind: "exact" as const, name: to.name } } : to;
    add({ action: "allow", to: destination }, { why: "learned", text: lines[0]!, evidence }, lines);
  }
  const [everythingV4] = denyEverything;
  const last: RuleReason = { why: "default-deny", text: "everything else", evidence: undefined };
  add({ action: "deny", to: { kind: "cidr", cidr: everythingV4! } }, last);
  const { namespace } = baseline;
  return {
    draft: { kind: "EgressNetworkPolicy", namespace, name: "default", comment: headerLines(input), rules },
    reasons,
    notExpressible: others
      .filter(({ address }) => address.family === 6)
      .map((edge) => ({ edge, because: "an EgressNetworkPolicy has no IPv6" })),
    cautions: [
      "an EgressNetworkPolicy has no ports: every allow opens all protocols and ports of its destination",
      ...(apiServerAccess(facts).kind === "unknown" ? [unknownApiServer] : []),
    ],
  };
}
