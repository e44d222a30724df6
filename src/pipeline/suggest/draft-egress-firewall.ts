import type { EgressFirewallDraftRule } from "../../core/policy/draft.ts";
import { documentedRules } from "../../core/policy/kinds/egress-firewall/read.ts";
import type { KindAbilities } from "./choose/choice.ts";
import type { DraftInput, DraftSuggestion } from "./draft-input.ts";
import {
  apiServerReason,
  denyEverything,
  DraftRules,
  fixedReason,
  headerLines,
  learnedReason,
  splitApiServer,
  writtenGuardrails,
} from "./draft-parts.ts";
import { notExpressibleIn } from "./not-expressible.ts";
import { apiServerAccess, unknownApiServer } from "./safety-prelude.ts";

/** Wildcards only work behind a gate that is off by default (policy-semantics §1.5). */
export const egressFirewallAbilities: KindAbilities = {
  names: "exact",
  nodes: true,
  ports: true,
  ipv6: true,
  denies: true,
  maxRules: documentedRules,
};

type BareRule = Omit<EgressFirewallDraftRule, "comment">;

/**
 * Order: guardrail denies, API server, learned allows (names, then addresses), and one catch-all deny per family.
 * A rule without ports would open every protocol, so traffic without ports is never learned into this kind.
 */
export function draftEgressFirewall(input: DraftInput): DraftSuggestion {
  const { baseline, facts, guardrails, window } = input;
  const made = new DraftRules<BareRule>();
  for (const { cidr, reason } of writtenGuardrails(guardrails)) {
    made.add({ action: "deny", to: { kind: "cidr", cidr }, ports: [] }, fixedReason("guardrail", reason));
  }
  const { toApiServer } = splitApiServer(baseline.sanctioned, facts);
  for (const rule of apiServerRules(input)) made.add(rule, apiServerReason(toApiServer, window));
  for (const { to, ports, edges, choice } of input.needs(egressFirewallAbilities)) {
    made.add({ action: "allow", to, ports }, learnedReason(edges, window, [choice]));
  }
  for (const cidr of denyEverything) {
    const reason = fixedReason("default-deny", `everything else, IPv${cidr.family}`);
    made.add({ action: "deny", to: { kind: "cidr", cidr }, ports: [] }, reason);
  }
  const { namespace } = baseline;
  return {
    draft: { kind: "EgressFirewall", namespace, name: "default", comment: headerLines(input), rules: made.rules },
    reasons: made.reasons,
    notExpressible: notExpressibleIn("EgressFirewall", baseline.sanctioned),
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
