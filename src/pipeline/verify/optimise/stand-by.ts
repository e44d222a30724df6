import { contains } from "../../../core/net/interval-set.ts";
import { containsIp } from "../../../core/net/ip-set.ts";
import { l4Point } from "../../../core/net/l4.ts";
import type { EgressPolicy, Rule } from "../../../core/policy/model.ts";
import type { ClusterFacts } from "../../flows/cluster-facts.ts";
import type { JudgedEdge } from "./rule-use.ts";

/**
 * Rules of a policy that are there for when they are needed, whether or not recorded traffic was theirs to decide: the way to
 * nodes and to the API server, and blocks beside a name. These take over where a node resolves the name otherwise than the
 * pod: traffic that the name decides needs them.
 */
export function standBy(
  policy: EgressPolicy,
  judged: readonly JudgedEdge[],
  facts: ClusterFacts,
): (rule: Rule) => boolean {
  const names = new Set(policy.rules.flatMap((rule) => (rule.to.kind === "name" ? rule.written : [])));
  const byName =
    names.size === 0
      ? []
      : judged.filter(({ verdict }) =>
          verdict.halves.some((half) => half.policy === policy && half.rule !== "otherwise" && names.has(half.rule)),
        );
  return ({ to, l4 }) =>
    isLifeline(to, facts) ||
    (to.kind === "addresses" &&
      byName.some(
        ({ edge: { address, protocol, port } }) =>
          containsIp(to.addresses, address) && contains(l4, l4Point(protocol, port)),
      ));
}

/** Nodes, and what may lead to the API server. */
function isLifeline(to: Rule["to"], { apiServer }: ClusterFacts): boolean {
  if (to.kind === "nodes" || to.kind === "api-server") return true;
  return to.kind === "addresses" && apiServer.some(({ address }) => containsIp(to.addresses, address));
}
