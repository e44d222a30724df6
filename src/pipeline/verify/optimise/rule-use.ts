import type { EgressPolicy } from "../../../core/policy/model.ts";
import type { Edge } from "../../flows/edge.ts";
import type { PolicyWorld } from "../policy-world.ts";
import { judge, type ReplayVerdict } from "../replay.ts";

export interface JudgedEdge {
  readonly edge: Edge;
  readonly verdict: ReplayVerdict;
}

/** Recorded traffic by the written rule that decides it, or that keeps its verdict unknown, in each half. */
export interface RuleUse {
  readonly judged: readonly JudgedEdge[];
  /** In edge order; empty for rules that decide nothing. */
  edgesOf(policy: EgressPolicy, written: number): readonly Edge[];
  /** Namespaces with any traffic: elsewhere nothing was watched. */
  readonly watched: ReadonlySet<string>;
}

export function ruleUse(edges: readonly Edge[], world: PolicyWorld): RuleUse {
  const judged = edges.map((edge) => ({ edge, verdict: judge(edge, world) }));
  const byPolicy = new Map<EgressPolicy, Map<number, Edge[]>>();
  for (const { edge, verdict } of judged) {
    for (const { policy, rule } of verdict.halves) {
      if (policy === undefined || rule === "otherwise") continue;
      const own = byPolicy.get(policy) ?? new Map<number, Edge[]>();
      byPolicy.set(policy, own);
      const known = own.get(rule);
      if (known === undefined) own.set(rule, [edge]);
      else known.push(edge);
    }
  }
  return {
    judged,
    edgesOf: (policy, written) => byPolicy.get(policy)?.get(written) ?? [],
    watched: new Set(edges.map(({ namespace }) => namespace)),
  };
}

/** One model rule per written rule: several stem from one with several destinations. */
export function firstOfWritten({ rules }: EgressPolicy): EgressPolicy["rules"] {
  const seen = new Set<number>();
  return rules.filter(({ written }) => {
    if (seen.has(written)) return false;
    seen.add(written);
    return true;
  });
}
