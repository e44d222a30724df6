import type { Workload } from "../../../../core/workload/workload.ts";
import { traitsOfCluster, type WorkloadTraits } from "../../../../pipeline/baseline/likeness/traits.ts";
import type { ClusterFacts, Labels } from "../../../../pipeline/flows/cluster-facts.ts";

/** What is told on the command line about a workload that is not there yet. */
export interface Described {
  readonly workload: Workload | undefined;
  readonly images: readonly string[];
  readonly labels: Labels;
  readonly namespaceLabels: Labels;
}

/**
 * The workloads of the new namespace: those the cluster has already, and the one that is described. Without either, one
 * that has the namespace's name, for its name and labels tell something.
 */
export function newcomersOf(namespace: string, described: Described, facts: ClusterFacts): readonly WorkloadTraits[] {
  const there = traitsOfCluster(facts).filter((traits) => traits.namespace === namespace);
  const ownLabels = facts.namespaces.find(({ name }) => name === namespace)?.labels ?? {};
  const namespaceLabels = { ...ownLabels, ...described.namespaceLabels };
  const known = there.map((traits) => ({ ...traits, namespaceLabels }));
  const isDescribed =
    described.workload !== undefined || described.images.length > 0 || Object.keys(described.labels).length > 0;
  if (known.length > 0 && !isDescribed) return known;
  const { workload = { kind: "Deployment", name: namespace }, images, labels } = described;
  return [...known, { namespace, workload, images, labels, namespaceLabels }];
}
