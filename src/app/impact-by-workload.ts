import type { EgressPolicy } from "../core/policy/model.ts";
import { formatWorkload, type Workload } from "../core/workload/workload.ts";
import type { ReplayCount, ReplayGroup } from "./replay-flows.ts";

/** What a change of policies means for one workload. */
export interface WorkloadImpact {
  readonly namespace: string;
  readonly workload: Workload;
  readonly counts: Readonly<Record<ReplayGroup["outcome"], ReplayCount>>;
  /** Rules that decide what does not stay as it was, those with most flows first. */
  readonly deciders: readonly ImpactDecider[];
}

export interface ImpactDecider {
  readonly outcome: Exclude<ReplayGroup["outcome"], "kept">;
  /** Undefined where no policy applies. */
  readonly policy: EgressPolicy | undefined;
  readonly rule: number | "otherwise";
  readonly text: string;
  readonly groups: number;
  readonly flows: number;
}

/** Groups of a replay by workload: those that lose most flows first, then those that gain, then by name. */
export function impactByWorkload(groups: readonly ReplayGroup[]): readonly WorkloadImpact[] {
  const byWorkload = Map.groupBy(groups, ({ edge }) => `${edge.namespace} ${formatWorkload(edge.workload)}`);
  return [...byWorkload]
    .map(([key, own]) => ({ key, impact: impactOf(own) }))
    .toSorted((a, b) => weight(b.impact) - weight(a.impact) || (a.key < b.key ? -1 : 1))
    .map(({ impact }) => impact);
}

function impactOf(groups: readonly ReplayGroup[]): WorkloadImpact {
  const { namespace, workload } = groups[0]!.edge;
  const count = (outcome: ReplayGroup["outcome"]): ReplayCount =>
    sumOf(groups.filter((group) => group.outcome === outcome));
  const counts = {
    broken: count("broken"),
    doubtful: count("doubtful"),
    opened: count("opened"),
    kept: count("kept"),
  };
  return { namespace, workload, counts, deciders: decidersOf(groups) };
}

function sumOf(groups: readonly ReplayGroup[]): ReplayCount {
  return { groups: groups.length, flows: groups.reduce((sum, { edge }) => sum + edge.flows, 0) };
}

function decidersOf(groups: readonly ReplayGroup[]): readonly ImpactDecider[] {
  const changed = groups.filter(({ outcome }) => outcome !== "kept");
  const byRule = Map.groupBy(changed, ({ outcome, after: { decidedBy } }) => {
    const { policy, rule, text } = decidedBy;
    return JSON.stringify([outcome, policy?.kind, policy?.namespace, policy?.name, rule, text]);
  });
  return [...byRule.values()]
    .map((own): ImpactDecider => {
      const { outcome, after } = own[0]!;
      const { policy, rule, text } = after.decidedBy;
      return { outcome: outcome as ImpactDecider["outcome"], policy, rule, text, ...sumOf(own) };
    })
    .toSorted((a, b) => order.indexOf(a.outcome) - order.indexOf(b.outcome) || b.flows - a.flows);
}

const order: readonly ReplayGroup["outcome"][] = ["broken", "doubtful", "opened"];

/** A workload that loses anything comes before all that only gain. */
function weight({ counts: { broken, doubtful, opened } }: WorkloadImpact): number {
  return broken.flows * 1e12 + doubtful.flows * 1e6 + opened.flows;
}
