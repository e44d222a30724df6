import type { NetworkPolicyDraftRule } from "../../core/policy/draft.ts";
import { everyLabel } from "../../core/policy/label-selector.ts";
import type { DraftInput, DraftSuggestion, RuleReason } from "./draft-input.ts";
import { headerLines, splitApiServer, withoutPorts } from "./draft-parts.ts";
import { evidenceLines, evidenceOf } from "./evidence.ts";
import { needsOf } from "./needs.ts";
import { apiServerAccess, hostBlock, unknownApiServer } from "./safety-prelude.ts";

/**
 * One policy for all pods of the namespace. It leaves traffic inside the cluster as it is, because that is another
 * subject than egress to the outside; everything else is denied once a pod is isolated (policy-semantics §3.1).
 * The kind has no names, so named destinations are written as the addresses that were seen.
 */
export function draftNetworkPolicy(input: DraftInput): DraftSuggestion {
  const { baseline, facts, window } = input;
  const inside: RuleReason = { why: "inside-cluster", text: "pods of this cluster, as before", evidence: undefined };
  const rules: NetworkPolicyDraftRule[] = [
    { to: [{ kind: "pods", namespaces: everyLabel }], ports: [], comment: [inside.text] },
  ];
  const reasons: RuleReason[] = [inside];
  const { toApiServer, others } = splitApiServer(baseline.sanctioned, facts);
  for (const { address, port } of facts.apiServer) {
    const evidence = toApiServer.length === 0 ? undefined : evidenceOf(toApiServer, window);
    const text = "the API server, behind its service address";
    const to = [{ kind: "cidr" as const, cidr: hostBlock(address), except: [] }];
    rules.push({ to, ports: [{ protocol: "tcp", port }], comment: [text] });
    reasons.push({ why: "api-server", text, evidence });
  }
  const isNamed = others.some(({ names }) => names.length > 0);
  for (const { to, ports, edges } of needsOf(others, () => undefined)) {
    if (to.kind !== "cidr") continue;
    const evidence = evidenceOf(edges, window);
    const lines = evidenceLines(evidence);
    rules.push({ to: [{ kind: "cidr", cidr: to.cidr, except: [] }], ports, comment: lines });
    reasons.push({ why: "learned", text: lines[0]!, evidence });
  }
  const { namespace } = baseline;
  return {
    draft: {
      kind: "NetworkPolicy",
      namespace,
      name: "postern-egress",
      comment: headerLines(input),
      podSelector: everyLabel,
      rules,
    },
    reasons,
    notExpressible: withoutPorts(others),
    cautions: [
      ...(isNamed ? ["a NetworkPolicy has no names: named destinations break when their addresses change"] : []),
      ...(apiServerAccess(facts).kind === "unknown" ? [unknownApiServer] : []),
    ],
  };
}
