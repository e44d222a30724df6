import { formatIp } from "../../core/net/ip.ts";
import { formatWorkload } from "../../core/workload/workload.ts";
import type { Need } from "../../pipeline/enforce/blocked-needs.ts";
import type { Edge } from "../../pipeline/flows/edge.ts";
import type { Proposal } from "../../pipeline/propose/proposal.ts";
import type { EdgeView } from "../wire/dossier.ts";
import type { EnforceParts } from "./enforce-parts.ts";

const hourMs = 3_600_000;
/** Of one namespace and window. */
const mostEdges = 50_000;
/** Connections that were open when a change came into force may still be told of as they were. */
const graceMs = 5_000;

/** Edges of the namespace that were seen after a moment. */
export async function edgesAfter(
  { history }: Pick<EnforceParts, "history">,
  { cluster, namespace }: Pick<Proposal, "cluster" | "namespace">,
  sinceMs: number,
  nowMs: number,
): Promise<readonly Edge[]> {
  const window = { fromMs: sinceMs, toMs: Math.max(nowMs, sinceMs) + 1 };
  const { edges } = await history.edges({ cluster, namespace, window, limit: mostEdges });
  return edges.filter((edge) => lastSeen(edge) > sinceMs + graceMs);
}

/** Edges of the namespace that were seen before a moment, at most so far back. */
export async function edgesBefore(
  { history }: Pick<EnforceParts, "history">,
  { cluster, namespace }: Pick<Proposal, "cluster" | "namespace">,
  beforeMs: number,
  backMs: number,
): Promise<readonly Edge[]> {
  const window = { fromMs: beforeMs - backMs, toMs: beforeMs };
  const { edges } = await history.edges({ cluster, namespace, window, limit: mostEdges });
  // The history counts whole hours: what began later is of after.
  return edges.filter((edge) => (edge.firstSeenMs ?? firstHour(edge)) < beforeMs);
}

export function needOfEdge({ workload, address, names, protocol, port }: Edge): Need {
  return { workload: formatWorkload(workload), address: formatIp(address), names, protocol, port };
}

export function needOfView({ workload, address, names, protocol, port }: EdgeView): Need {
  return { workload, address, names, protocol, port };
}

function lastSeen({ lastSeenMs, activity }: Edge): number {
  return lastSeenMs ?? (activity.at(-1)?.hour ?? 0) * hourMs;
}

function firstHour({ activity }: Edge): number {
  return (activity[0]?.hour ?? 0) * hourMs;
}
