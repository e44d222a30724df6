import { formatIp } from "../../../core/net/ip.ts";
import { workloadKey } from "../../../core/workload/workload.ts";
import type { Edge } from "../../flows/edge.ts";
import type { NameEvidence } from "../../flows/harvest.ts";
import type { ExpectedService } from "./expected-services.ts";

/**
 * The traffic of the workloads that a new namespace is like, as if it had been its own: what there is to learn a first
 * policy from. The workloads keep their names, so that evidence shows whose it was; edges of workloads with one name in
 * several namespaces become one. Sorted as a harvest is.
 */
export function borrowedEdges(services: readonly ExpectedService[], namespace: string): readonly Edge[] {
  const merged = new Map<string, Edge>();
  for (const { uses } of services) {
    for (const edge of uses.flatMap((use) => use.edges)) {
      const key = [
        workloadKey(namespace, edge.workload),
        formatIp(edge.address),
        edge.prefixLength,
        edge.protocol,
        edge.port,
        edge.verdict,
      ].join(" ");
      const known = merged.get(key);
      merged.set(key, known === undefined ? { ...edge, cluster: "", namespace, decidedBy: [] } : sumOf(known, edge));
    }
  }
  return [...merged].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, edge]) => edge);
}

/** What was known about the names of borrowed edges, as the new namespace's own. */
export function borrowedNames(
  services: readonly ExpectedService[],
  evidence: readonly NameEvidence[],
  namespace: string,
): readonly NameEvidence[] {
  const lenders = new Set(services.flatMap(({ users }) => users.map(({ traits }) => traits.namespace)));
  const names = new Set(services.flatMap(({ uses }) => uses.flatMap((use) => use.names)));
  return evidence
    .filter((known) => lenders.has(known.namespace) && names.has(known.name))
    .map((known) => ({ ...known, cluster: "", namespace }));
}

function sumOf(a: Edge, b: Edge): Edge {
  const hours = new Map<number, number>();
  for (const { hour, flows } of [...a.activity, ...b.activity]) hours.set(hour, (hours.get(hour) ?? 0) + flows);
  return {
    ...a,
    names: [...new Set([...a.names, ...b.names])].toSorted(),
    flows: a.flows + b.flows,
    bytes: a.bytes === undefined || b.bytes === undefined ? undefined : a.bytes + b.bytes,
    firstSeenMs: extreme(Math.min, a.firstSeenMs, b.firstSeenMs),
    lastSeenMs: extreme(Math.max, a.lastSeenMs, b.lastSeenMs),
    activity: [...hours].map(([hour, flows]) => ({ hour, flows })).toSorted((x, y) => x.hour - y.hour),
  };
}

function extreme(
  pick: (a: number, b: number) => number,
  a: number | undefined,
  b: number | undefined,
): number | undefined {
  return a === undefined || b === undefined ? (a ?? b) : pick(a, b);
}
