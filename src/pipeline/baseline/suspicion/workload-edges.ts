import { formatWorkload, type Workload } from "../../../core/workload/workload.ts";
import type { Edge } from "../../flows/edge.ts";

/** All edges of one workload, in the order they came. */
export interface WorkloadEdges {
  readonly cluster: string;
  readonly namespace: string;
  readonly workload: Workload;
  readonly edges: readonly Edge[];
}

/** By workload, in the order they are first met. Edges of one workload mostly stand together. */
export function byWorkload(edges: readonly Edge[]): readonly WorkloadEdges[] {
  const groups = new Map<string, WorkloadEdges & { readonly edges: Edge[] }>();
  let current: (WorkloadEdges & { readonly edges: Edge[] }) | undefined;
  for (const edge of edges) {
    if (current === undefined || !isOf(current, edge)) {
      const { cluster, namespace, workload } = edge;
      const key = `${cluster}\0${namespace}\0${formatWorkload(workload)}`;
      current = groups.get(key);
      if (current === undefined) groups.set(key, (current = { cluster, namespace, workload, edges: [] }));
    }
    current.edges.push(edge);
  }
  return [...groups.values()];
}

function isOf(own: WorkloadEdges, { cluster, namespace, workload }: Edge): boolean {
  return (
    own.namespace === namespace &&
    own.cluster === cluster &&
    (own.workload === workload || (own.workload.name === workload.name && own.workload.kind === workload.kind))
  );
}

/** Work that runs to an end: what it does rarely is no surprise. */
export function runsToAnEnd({ kind }: Workload): boolean {
  return kind === "CronJob" || kind === "Job";
}
