import { formatWorkload } from "../../../../core/workload/workload.ts";
import type { Edge } from "../../../../pipeline/flows/edge.ts";
import { formatDestinations } from "../../words/destinations.ts";

/** Connections of one workload that a policy does not allow, for one reason. */
export interface LeftOut {
  readonly workload: string;
  readonly destinations: string;
  readonly flows: number;
  /** Undefined where the source has no times. */
  readonly firstSeenMs: number | undefined;
  readonly lastSeenMs: number | undefined;
  readonly because: string;
}

/** What belongs together in one sentence, in the order it was met: a scan is one line and not thirty. */
export function groupLeftOut(
  connections: readonly { readonly edge: Edge; readonly because: string }[],
): readonly LeftOut[] {
  const alike = Map.groupBy(connections, ({ edge, because }) => JSON.stringify([edge.workload, because]));
  return [...alike.values()].map((group) => {
    const edges = group.map(({ edge }) => edge);
    const first = edges.flatMap(({ firstSeenMs }) => firstSeenMs ?? []);
    const last = edges.flatMap(({ lastSeenMs }) => lastSeenMs ?? []);
    return {
      workload: formatWorkload(edges[0]!.workload),
      destinations: formatDestinations(edges),
      flows: edges.reduce((sum, { flows }) => sum + flows, 0),
      firstSeenMs: first.length === 0 ? undefined : first.reduce((a, b) => Math.min(a, b)),
      lastSeenMs: last.length === 0 ? undefined : last.reduce((a, b) => Math.max(a, b)),
      because: group[0]!.because,
    };
  });
}
