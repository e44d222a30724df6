import type { Cidr } from "../../core/net/ip-set.ts";
import type { EgressNetworkPolicyDraftRule } from "../../core/policy/draft.ts";
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
import { apiServerAccess, hostBlock, unknownApiServer } from "./safety-prelude.ts";

const abilities: KindAbilities = {
  names: "exact",
  nodes: false,
  ports: false,
  ipv6: false,
  denies: true,
  // As documented (policy-semantics §2).
  maxRules: 1000,
};

type BareRule = Omit<EgressNetworkPolicyDraftRule, "comment">;

/**
 * As the egress firewall, but the legacy kind knows neither ports nor IPv6 nor nodes: every allow opens all protocols
 * and ports of its destination (policy-semantics §2).
 */
export function draftEgressNetworkPolicy(input: DraftInput): DraftSuggestion {
  const { baseline, facts, guardrails, window } = input;
  const made = new DraftRules<BareRule>();
  for (const { cidr, reason } of writtenGuardrails(guardrails)) {
    if (isSayable(cidr)) made.add({ action: "deny", to: { kind: "cidr", cidr } }, fixedReason("guardrail", reason));
  }
  const { toApiServer, others } = splitApiServer(baseline.sanctioned, facts);
  for (const { address } of facts.apiServer) {
    if (!isSayable(hostBlock(address))) continue;
    made.add({ action: "allow", to: { kind: "cidr", cidr: hostBlock(address) } }, apiServerReason(toApiServer, window));
  }
  for (const { to, edges, choice } of input.needs(abilities)) {
    if (to.kind === "nodes") continue;
    made.add({ action: "allow", to }, learnedReason(edges, window, [choice]));
  }
  const [everythingV4] = denyEverything;
  made.add(
    { action: "deny", to: { kind: "cidr", cidr: everythingV4! } },
    fixedReason("default-deny", "everything else"),
  );
  const { namespace } = baseline;
  const { name = "default" } = input;
  return {
    draft: { kind: "EgressNetworkPolicy", namespace, name, comment: headerLines(input), rules: made.rules },
    reasons: made.reasons,
    notExpressible: notExpressibleIn("EgressNetworkPolicy", others),
    cautions: [
      "an EgressNetworkPolicy has no ports: every allow opens all protocols and ports of its destination",
      ...(apiServerAccess(facts).kind === "unknown" ? [unknownApiServer] : []),
    ],
  };
}

/** The kind has no IPv6, and reads `0.0.0.0/32` as `0.0.0.0/0`. */
function isSayable({ family, first, prefixLength }: Cidr): boolean {
  return family === 4 && !(first === 0n && prefixLength === 32);
}
