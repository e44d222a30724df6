import { formatIp } from "../../../core/net/ip.ts";
import type { Edge } from "../../flows/edge.ts";
import { destinationWord } from "./listed.ts";
import type { Scan } from "./scans.ts";
import { firstHourOf, hourMs } from "./traffic-shape.ts";

/** The first moment at which somebody else seems to have spoken through a workload. */
export interface Compromise {
  /** From here on what begins is doubtful: earlier than the sign, as whoever is new calls home before making noise. */
  readonly sinceHour: number;
  readonly hour: number;
  /** End of a sentence: `contacted 203.0.113.9, which a threat feed lists`. */
  readonly sign: string;
}

const lookBackHours = 2;
const longestUnseenHours = 72;

/** How long the edge may have been there before its first packet was sampled: the mean time between those that were. */
function unseenHours({ activity }: Edge): number {
  if (activity.length < 2) return 0;
  const mean = (activity.at(-1)!.hour - activity[0]!.hour) / (activity.length - 1);
  return Math.min(longestUnseenHours, mean <= 2 ? 0 : Math.ceil(mean));
}

/** A habit that a workload had from the start is its own. */
const habitHours = 24;

/**
 * The earliest sign: a listed destination, a scan, or credentials asked of the metadata service by a workload that had not
 * asked in a day. Undefined without signs, or without times.
 */
export function compromiseOf(
  edges: readonly Edge[],
  signs: {
    readonly listed: readonly Edge[];
    readonly scans: readonly Scan[];
    /** Traffic to places that hand out credentials. */
    readonly credentials: readonly Edge[];
  },
): Compromise | undefined {
  const found: Compromise[] = [];
  for (const edge of signs.listed) {
    const hour = firstHourOf(edge);
    if (hour === undefined) continue;
    const sign = `contacted ${destinationWord(edge)}, which a threat feed lists`;
    found.push({ hour, sinceHour: hour - lookBackHours - unseenHours(edge), sign });
  }
  for (const { kind, tried, firstHour: hour, edges: own } of signs.scans) {
    const [{ protocol, port, address }] = own as [Edge, ...Edge[]];
    const what =
      kind === "addresses"
        ? `addresses on ${protocol}/${port}`
        : kind === "ports"
          ? `ports of ${formatIp(address)}`
          : "ports of other machines";
    found.push({ hour, sinceHour: hour - lookBackHours, sign: `tried ${tried} ${what}` });
  }
  if (signs.credentials.length > 0) {
    const began = least(edges.map(firstHourOf));
    const asked = least(signs.credentials.map(firstHourOf));
    if (began !== undefined && asked !== undefined && asked >= began + habitHours) {
      const sign = "asked for the node's credentials for the first time";
      found.push({ hour: asked, sinceHour: asked - lookBackHours, sign });
    }
  }
  return found.toSorted((a, b) => a.hour - b.hour)[0];
}

function least(hours: readonly (number | undefined)[]): number | undefined {
  let smallest: number | undefined;
  for (const hour of hours) if (hour !== undefined && (smallest === undefined || hour < smallest)) smallest = hour;
  return smallest;
}

/** `2026-11-03`. */
export function dayOfHour(hour: number): string {
  return new Date(hour * hourMs).toISOString().slice(0, 10);
}
