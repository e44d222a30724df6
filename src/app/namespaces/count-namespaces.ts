import type { TrafficFilter } from "../history/traffic-reader.ts";
import type { NamespaceRef } from "../wire/list.ts";
import { allSums } from "./all-sums.ts";
import type { NamespaceJobParts } from "./namespace-job-parts.ts";

/** What was seen of a namespace. */
export interface Counted extends NamespaceRef {
  /** In the last seven days, as the next two. */
  readonly flows: number;
  readonly destinations: number;
  readonly workloads: number;
  /** In all of the history. */
  readonly firstSeenMs: number | undefined;
  readonly lastSeenMs: number | undefined;
  /** Flows denied since midnight, UTC. */
  readonly deniedToday: number;
}

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const countedDays = 7;

/** Parts of a cluster that run it: told only where their traffic was seen. */
const ofTheSystem = /^(openshift|kube|default$)(-|$)/;

/** Every namespace with recorded traffic, and those that clusters tell of, by `cluster/namespace`. */
export async function countNamespaces(parts: NamespaceJobParts, nowMs: number): Promise<ReadonlyMap<string, Counted>> {
  const { history, traffic } = parts;
  const toMs = nowMs + hourMs;
  const week: TrafficFilter = { window: { fromMs: nowMs - countedDays * dayMs, toMs }, within: undefined };
  const today = { window: { fromMs: Math.floor(nowMs / dayMs) * dayMs, toMs }, within: undefined };
  const coverage = await history.coverage();
  // One after the other: each looks at all of the history.
  const sums = await allSums(traffic, week, ["namespace"]);
  const workloads = await allSums(traffic, week, ["workload"]);
  const denied = await allSums(traffic, { ...today, verdicts: ["denied"] }, ["namespace"]);
  const workloadsOf = new Map<string, number>();
  for (const row of workloads) workloadsOf.set(keyOf(row), (workloadsOf.get(keyOf(row)) ?? 0) + 1);
  const sumOf = new Map(sums.map((row) => [keyOf(row), row]));
  const deniedOf = new Map(denied.map((row) => [keyOf(row), row.flows]));
  const found = new Map<string, Counted>();
  for (const { cluster, namespace, firstHour, lastHour } of coverage) {
    const key = keyOf({ cluster, namespace });
    const own = sumOf.get(key);
    found.set(key, {
      cluster,
      namespace,
      flows: own?.flows ?? 0,
      destinations: own?.destinations ?? 0,
      workloads: workloadsOf.get(key) ?? 0,
      firstSeenMs: firstHour * hourMs,
      lastSeenMs: own?.lastSeenMs ?? lastHour * hourMs,
      deniedToday: deniedOf.get(key) ?? 0,
    });
  }
  for (const where of await namespacesOfClusters(parts, new Set(coverage.map(({ cluster }) => cluster)))) {
    const key = keyOf(where);
    if (found.has(key)) continue;
    const silent = { flows: 0, destinations: 0, workloads: 0, deniedToday: 0 };
    found.set(key, { ...where, ...silent, firstSeenMs: undefined, lastSeenMs: undefined });
  }
  return found;
}

function keyOf({
  cluster,
  namespace,
}: {
  readonly cluster: string | undefined;
  readonly namespace: string | undefined;
}): string {
  return `${cluster ?? ""}/${namespace ?? ""}`;
}

async function namespacesOfClusters(
  { clusters, clusterNames }: NamespaceJobParts,
  seen: ReadonlySet<string>,
): Promise<readonly NamespaceRef[]> {
  const found: NamespaceRef[] = [];
  for (const cluster of new Set([...clusterNames, ...seen])) {
    const facts = await clusters.facts(cluster);
    for (const { name } of facts?.namespaces ?? []) {
      if (!ofTheSystem.test(name)) found.push({ cluster, namespace: name });
    }
  }
  return found;
}
