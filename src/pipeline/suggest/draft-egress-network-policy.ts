import type { Cidr } from "../../core/net/ip-set.ts";
import type { EgressNetworkPolicyDraftRule } from "../../core/policy/draft.ts";
import { chooseNames } from "./choose-names.ts";
import type { DraftInput, DraftSuggestion } from "./draft-input.ts";
import {
  apiServerReason,
  denyEverything,
  DraftRules,
  fixedReason,
  headerLines,
  learnedReason,
  namedOrBlock,
  splitApiServer,
  writtenGuardrails,
} from "./draft-parts.ts";
import { destinationsOf } from "./needs.ts";
import { apiServerAccess, hostBlock, unknownApiServer } from "./safety-prelude.ts";

type BareRule = Omit<EgressNetworkPolicyDraftRule, "comment">;

/**
 * As the egress firewall, but the legacy kind knows neither ports nor IPv6 nor nodes: every allow opens all protocols
 * and ports of its destination (policy-semantics §2).
 */
export function draftEgressNetworkPolicy(input: DraftInput): DraftSuggestion {
  const { baseline, facts, guardrails, nameEvidence, window } = input;
  const made = new DraftRules<BareRule>();
  for (const { cidr, reason } of writtenGuardrails(guardrails)) {
    if (isSayable(cidr)) made.add({ action: "deny", to: { kind: "cidr", cidr } }, fixedReason("guardrail", reason));
  }
  const { toApiServer, others } = splitApiServer(baseline.sanctioned, facts);
  for (const { address } of facts.apiServer) {
    if (!isSayable(hostBlock(address))) continue;
    made.add({ action: "allow", to: { kind: "cidr", cidr: hostBlock(address) } }, apiServerReason(toApiServer, window));
  }
  const v4 = others.filter(({ address }) => address.family === 4);
  for (const need of destinationsOf(v4, chooseNames(v4, nameEvidence))) {
    made.add({ action: "allow", to: namedOrBlock(need) }, learnedReason(need.edges, window));
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
    notExpressible: others
      .filter(({ address }) => address.family === 6)
      .map((edge) => ({ edge, because: "an EgressNetworkPolicy has no IPv6" })),
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
