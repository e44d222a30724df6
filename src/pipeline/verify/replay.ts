import { lastOf } from "../../core/net/ip-set.ts";
import { l4Point } from "../../core/net/l4.ts";
import { type EffectivePolicy, type EffectiveVerdict, evaluateEffective } from "../../core/policy/effective.ts";
import { familyPartition } from "../../core/policy/partition.ts";
import type { Edge } from "../flows/edge.ts";
import { blockOf } from "../suggest/needs.ts";
import type { PolicyWorld } from "./policy-world.ts";

export type ReplayVerdict = EffectiveVerdict & {
  /** Labels of the workload or of its namespace are not known, and a selector decides. */
  readonly dependsOnLabels: boolean;
};

export interface ReplayRow {
  readonly edge: Edge;
  readonly before: ReplayVerdict;
  readonly after: ReplayVerdict;
}

/** Judges every edge by two sets of policies. Same order as the edges. O(edges × log rules). */
export function replay(edges: readonly Edge[], before: PolicyWorld, after: PolicyWorld): readonly ReplayRow[] {
  return edges.map((edge) => ({ edge, before: judge(edge, before), after: judge(edge, after) }));
}

/** One edge's verdict. An edge that stands for a block is allowed only if all of the block is. */
export function judge(edge: Edge, world: PolicyWorld): ReplayVerdict {
  const { certain, possible } = world.policiesOf(edge.namespace, edge.workload);
  const verdict = judgeBy(edge, certain);
  for (const choice of possible) {
    const other = judgeBy(edge, choice);
    if (other.kind !== verdict.kind) return { ...other, kind: "unknown", dependsOnLabels: true };
  }
  let known = verdicts.get(verdict);
  if (known === undefined) {
    known = { ...verdict, dependsOnLabels: verdict.decidedBy.why === "unknown-labels" };
    verdicts.set(verdict, known);
  }
  return known;
}

/** Policies have few answers and recordings many edges: those with one answer share it. */
const verdicts = new WeakMap<EffectiveVerdict, ReplayVerdict>();

function judgeBy(edge: Edge, policy: EffectivePolicy): EffectiveVerdict {
  const l4 = l4Point(edge.protocol, edge.port);
  const first = evaluateEffective(policy, { address: edge.address, l4 });
  if (edge.prefixLength === undefined) return first;
  const { family } = edge.address;
  let worst: EffectiveVerdict | undefined;
  for (const value of probes(edge, policy)) {
    const verdict = evaluateEffective(policy, { address: { family, value }, l4 });
    if (worst === undefined || rank(verdict) > rank(worst)) worst = verdict;
  }
  return worst ?? first;
}

function rank({ kind }: EffectiveVerdict): number {
  return kind === "deny" ? 2 : kind === "unknown" ? 1 : 0;
}

/** One address of every part of the block that the rules may treat differently. */
function* probes(edge: Edge, { firewall, networkPolicy }: EffectivePolicy): Generator<bigint> {
  const block = blockOf(edge);
  yield block.first;
  const last = lastOf(block);
  for (const half of [firewall, networkPolicy]) {
    if (half === undefined) continue;
    // What decides in the end may be the same where what stands in doubt differs: every part has a say.
    const { list } = half;
    const partitions = list.parts === undefined ? [list.partition] : list.parts.map((part) => part.list.partition);
    for (const start of partitions.flatMap((each) => familyPartition(each, block.family).starts)) {
      if (start > block.first && start <= last) yield start;
    }
  }
}
