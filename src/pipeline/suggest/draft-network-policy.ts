import type { NetworkPolicyDraftRule } from "../../core/policy/draft.ts";
import { everyLabel } from "../../core/policy/label-selector.ts";
import { forbiddenBy, indexGuardrails } from "../baseline/guardrails.ts";
import type { KindAbilities } from "./choose/choice.ts";
import type { DraftInput, DraftSuggestion } from "./draft-input.ts";
import { apiServerReason, DraftRules, fixedReason, headerLines, learnedReason, splitApiServer } from "./draft-parts.ts";
import { notExpressibleIn } from "./not-expressible.ts";
import { apiServerAccess, hostBlock, unknownApiServer } from "./safety-prelude.ts";

const abilities: KindAbilities = {
  names: "none",
  nodes: false,
  ports: true,
  ipv6: true,
  denies: false,
  // The API sets no limit; this many still fit into one object.
  maxRules: 8000,
};

type BareRule = Omit<NetworkPolicyDraftRule, "comment">;

/**
 * One policy for all pods of the namespace. It leaves traffic inside the cluster as it is, because that is another
 * subject than egress to the outside; everything else is denied once a pod is isolated (policy-semantics §3.1).
 * The kind has no names, so named destinations are written as the addresses that were seen.
 */
export function draftNetworkPolicy(input: DraftInput): DraftSuggestion {
  const { baseline, facts, guardrails, window } = input;
  const index = indexGuardrails(guardrails);
  const made = new DraftRules<BareRule>();
  const inside = fixedReason("inside-cluster", "pods of this cluster, as before");
  made.add({ to: [{ kind: "pods", namespaces: everyLabel }], ports: [] }, inside);
  const { toApiServer, others } = splitApiServer(baseline.sanctioned, facts);
  for (const { address, port } of facts.apiServer) {
    // The kind has no deny that would come first.
    if (forbiddenBy(index, address) !== undefined) continue;
    const to = [{ kind: "cidr" as const, cidr: hostBlock(address), except: [] }];
    made.add({ to, ports: [{ protocol: "tcp", port }] }, apiServerReason(toApiServer, window));
  }
  for (const { to, ports, edges, choice } of input.needs(abilities)) {
    if (to.kind !== "cidr") continue;
    made.add({ to: [{ kind: "cidr", cidr: to.cidr, except: [] }], ports }, learnedReason(edges, window, [choice]));
  }
  const isNamed = others.some(({ names }) => names.length > 0);
  const { namespace } = baseline;
  return {
    draft: {
      kind: "NetworkPolicy",
      namespace,
      name: "postern-egress",
      comment: headerLines(input),
      podSelector: everyLabel,
      rules: made.rules,
    },
    reasons: made.reasons,
    notExpressible: notExpressibleIn("NetworkPolicy", others),
    cautions: [
      ...(isNamed ? ["a NetworkPolicy has no names: named destinations break when their addresses change"] : []),
      ...(apiServerAccess(facts).kind === "unknown" ? [unknownApiServer] : []),
    ],
  };
}
