import type { Edge } from "../../flows/edge.ts";
import { isPrivate } from "./places.ts";
import { firstHourOf, isEmpty, isVisit } from "./traffic-shape.ts";

/** One workload trying many doors in a short time. */
export interface Scan {
  readonly kind: "addresses" | "ports" | "doors";
  /** Distinct addresses on one port, ports of one address, or ports of some addresses. */
  readonly tried: number;
  readonly firstHour: number;
  readonly edges: readonly Edge[];
}

const perHour = { addresses: 10, ports: 8, doors: 16 } as const;
/** Of ports alone, and of all days together, where few packets are looked at: a name or an answer explains the rest. */
const portsWhereSampled = 5;
const perDay = { addresses: 30, ports: 16, doors: 48 } as const;
/** Of all that was tried, so much led nowhere. A crawler's connections carry something. */
const emptyShare = 0.7;

/**
 * Scans of one workload: brief connections to many addresses on one port (or to many ports of one address) within an hour
 * or a day, or to many ports of some, most of which carried nothing. Names are evidence that somebody meant the address, so connections with names
 * are not counted. Both families; needs times.
 */
export function scansOf(edges: readonly Edge[], sampling: number): readonly Scan[] {
  const visits = edges.filter((edge) => edge.names.length === 0 && edge.prefixLength === undefined && isVisit(edge));
  if (visits.length < (sampling > 1 ? portsWhereSampled : perHour.ports)) return [];
  const settled = edges.reduce((least, edge) => Math.min(least, firstHourOf(edge) ?? least), Infinity) + 24;
  const brief = visits.filter((edge) => !isProbe(edge, settled));
  const byPort = Map.groupBy(brief, ({ protocol, port }) => `${protocol}/${port}`);
  const byAddress = Map.groupBy(brief, ({ address: { family, value } }) => `${family} ${value}`);
  const plain = [
    ...[...byPort.values()].flatMap((group) => bursts(group, "addresses", sampling)),
    ...[...byAddress.values()].flatMap((group) =>
      sampling > 1 ? sampledPorts(group, sampling) : bursts(group, "ports", sampling),
    ),
  ];
  const explained = new Set(plain.flatMap((scan) => scan.edges));
  const others = brief.filter((edge) => !explained.has(edge) && isEmpty(edge, sampling));
  return [...plain, ...bursts(others, "doors", sampling)];
}

/** A week's worth of days makes a habit. */
const probedDays = 7;

/**
 * Whether a workload looks after a machine of the organisation: since its own first day and on many days it finds it there.
 * Monitoring opens connections and sends nothing, as scans do.
 */
function isProbe(edge: Edge, settled: number): boolean {
  const { address, verdict, activity } = edge;
  if (verdict === "unanswered" || verdict === "denied" || activity.length < probedDays || !isPrivate(address))
    return false;
  return activity[0]!.hour < settled && new Set(activity.map(({ hour }) => Math.floor(hour / 24))).size >= probedDays;
}

/** What sampling leaves of a scan of ports: some tries, days apart. */
function sampledPorts(group: readonly Edge[], sampling: number): readonly Scan[] {
  const hours = group.flatMap((edge) => firstHourOf(edge) ?? []);
  const [first] = hours.toSorted((a, b) => a - b);
  const empty = group.filter((edge) => isEmpty(edge, sampling)).length;
  if (group.length < portsWhereSampled || first === undefined || empty < group.length * emptyShare) return [];
  return [{ kind: "ports", tried: group.length, firstHour: first, edges: group }];
}

/** The tries of one hour: from `start` to before `end` of a list in order of time. */
interface HourOfTries {
  readonly hour: number;
  readonly start: number;
  readonly end: number;
}

/**
 * Stretches of at most a day, each with enough in an hour or in all, taken from the left. Linear in the edges: a crawler
 * or a resolver visits more strangers than there is time to compare.
 */
function bursts(group: readonly Edge[], kind: Scan["kind"], sampling: number): readonly Scan[] {
  if (group.length < perHour[kind]) return [];
  const timed = group
    .flatMap((edge) => {
      const hour = firstHourOf(edge);
      return hour === undefined ? [] : [{ edge, hour }];
    })
    .toSorted((a, b) => a.hour - b.hour);
  const hours: HourOfTries[] = [];
  const emptyBefore = [0];
  for (const [i, { edge, hour }] of timed.entries()) {
    const last = hours.at(-1);
    if (last?.hour === hour) hours[hours.length - 1] = { ...last, end: i + 1 };
    else hours.push({ hour, start: i, end: i + 1 });
    emptyBefore.push(emptyBefore[i]! + (isEmpty(edge, sampling) ? 1 : 0));
  }
  const scans: Scan[] = [];
  let at = 0;
  for (const [i, { hour, end: endOfHour }] of hours.entries()) {
    let end = endOfHour;
    let mostLater = 0;
    for (let j = i + 1; j < hours.length && hours[j]!.hour < hour + 24; j += 1) {
      mostLater = Math.max(mostLater, hours[j]!.end - hours[j]!.start);
      end = hours[j]!.end;
    }
    while (at < endOfHour) {
      const tried = end - at;
      const isMany = Math.max(endOfHour - at, mostLater) >= perHour[kind] || tried >= perDay[kind];
      if (isMany && emptyBefore[end]! - emptyBefore[at]! >= tried * emptyShare) {
        scans.push({ kind, tried, firstHour: hour, edges: timed.slice(at, end).map(({ edge }) => edge) });
        at = end;
      } else at += 1;
    }
  }
  return scans;
}
