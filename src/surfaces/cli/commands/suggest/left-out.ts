import { formatWorkload } from "../../../../core/workload/workload.ts";
import type { Edge } from "../../../../pipeline/flows/edge.ts";
import { listed } from "../../words/count.ts";
import { edgeDestination, edgePort } from "../../words/edge.ts";

/** Connections of one workload that a policy does not allow, for one reason. */
export interface LeftOut {
  readonly workload: string;
  /** The first few, and how many more. */
  readonly destinations: string;
  readonly flows: number;
  readonly because: string;
}

const named = 3;

/** What belongs together in one sentence, in the order it was met: a scan is one line and not thirty. */
export function groupLeftOut(
  connections: readonly { readonly edge: Edge; readonly because: string }[],
): readonly LeftOut[] {
  const alike = Map.groupBy(connections, ({ edge, because }) => JSON.stringify([edge.workload, because]));
  return [...alike.values()].map((group) => {
    const { edge, because } = group[0]!;
    const destinations = [...new Set(group.map(({ edge: own }) => `${edgeDestination(own)} ${edgePort(own)}`))];
    const shown =
      destinations.length > named + 1
        ? [...destinations.slice(0, named), `${destinations.length - named} more destinations`]
        : destinations;
    return {
      workload: formatWorkload(edge.workload),
      destinations: listed(shown),
      flows: group.reduce((sum, { edge: own }) => sum + own.flows, 0),
      because,
    };
  });
}
