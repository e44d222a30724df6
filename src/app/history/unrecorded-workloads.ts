import type { Workload } from "../../core/workload/workload.ts";
import { compareText } from "../../pipeline/flows/edge-builder.ts";
import type { Edge } from "../../pipeline/flows/edge.ts";
import type { StoredCoarse } from "./edge-store.ts";

export interface UnrecordedWorkload {
  readonly namespace: string;
  readonly workload: Workload;
}

/**
 * Workloads that metrics say send egress, and of which no edge is known: what they reach was not recorded, and a policy
 * learned without it would cut them off. Metrics and flows of one cluster and time. The kind is not compared, because
 * metrics often leave it out. Sorted by namespace and name.
 */
export function unrecordedWorkloads(
  coarse: readonly StoredCoarse[],
  edges: readonly Edge[],
): readonly UnrecordedWorkload[] {
  const keyOf = (namespace: string, name: string): string => `${namespace}\0${name}`;
  const recorded = new Set(edges.map(({ namespace, workload }) => keyOf(namespace, workload.name)));
  const found = new Map<string, UnrecordedWorkload>();
  for (const { namespace, workload, verdict, flows = 0, bytes = 0 } of coarse) {
    // What is denied is not to be allowed by what is learned.
    if (verdict === "denied" || flows + bytes === 0) continue;
    const key = keyOf(namespace, workload.name);
    if (!recorded.has(key) && !found.has(key)) found.set(key, { namespace, workload });
  }
  return [...found.values()].toSorted(
    (a, b) => compareText(a.namespace, b.namespace) || compareText(a.workload.name, b.workload.name),
  );
}
