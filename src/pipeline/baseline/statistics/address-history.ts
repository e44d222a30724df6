import type { Family } from "../../../core/net/ip.ts";
import type { Edge } from "../../flows/edge.ts";
import type { FlowWindow } from "../../flows/harvest.ts";
import type { AnsweredAddress } from "./name-book.ts";

/**
 * Time in steps that are fine enough to try a policy of yesterday on the traffic of today: days, or hours where only
 * few days were recorded.
 */
export interface Clock {
  readonly hoursPerPeriod: 1 | 24;
  /** Of the last recorded hour; periods count from the epoch. */
  readonly lastPeriod: number;
}

const hourMs = 3_600_000;
const daysForDays = 4;

/** Undefined where the records have no times. */
export function clockOf(window: FlowWindow | undefined): Clock | undefined {
  if (window === undefined) return undefined;
  const hoursPerPeriod = window.lastMs - window.firstMs >= daysForDays * 24 * hourMs ? 24 : 1;
  return { hoursPerPeriod, lastPeriod: Math.floor(window.lastMs / hourMs / hoursPerPeriod) };
}

/** The addresses of one family that a use has, and when each was used. All lists have the same index. */
export interface AddressHistory {
  readonly family: Family;
  /** Ascending. */
  readonly addresses: readonly bigint[];
  /** Leading bits that an address has in common with the one before it; -1 for the first. */
  readonly common: readonly number[];
  /** Flows of any time; 0 for an address that was only told. */
  readonly flows: readonly number[];
  /** First period in which it was known, by a flow or an answer; {@link never} where no record has a time. */
  readonly known: readonly number[];
  /** First period with a flow. */
  readonly first: readonly number[];
  /** Periods with flows and the flows, in turn and in no order; an address of several workloads may have a period twice. */
  readonly uses: readonly (readonly number[])[];
}

/** A period that does not come. */
export const never = Infinity;

interface Growing {
  readonly value: bigint;
  /** IPv4: the value, to sort by. */
  readonly key: number;
  flows: number;
  known: number;
  first: number;
  readonly uses: number[];
}

/**
 * One history per family that occurs, IPv4 first. Edges that name blocks are left out: their block is given.
 * @param answered addresses that pods were told for the service's names; those of a family that is used belong to it
 */
export function addressHistories(
  edges: readonly Edge[],
  clock: Clock | undefined,
  answered: Iterable<AnsweredAddress> = [],
): readonly AddressHistory[] {
  const v4 = new Map<number, Growing>();
  const v6 = new Map<bigint, Growing>();
  const entryOf = (family: Family, value: bigint): Growing => {
    const key = family === 4 ? Number(value) : 0;
    let own = family === 4 ? v4.get(key) : v6.get(value);
    if (own === undefined) {
      own = { value, key, flows: 0, known: never, first: never, uses: [] };
      if (family === 4) v4.set(key, own);
      else v6.set(value, own);
    }
    return own;
  };
  for (const { address, prefixLength, flows, activity } of edges) {
    if (prefixLength !== undefined) continue;
    const own = entryOf(address.family, address.value);
    own.flows += flows;
    if (clock !== undefined) addActivity(own, activity, clock.hoursPerPeriod);
  }
  for (const { address, firstSeenMs } of answered) {
    if ((address.family === 4 ? v4 : v6).size === 0) continue;
    const own = entryOf(address.family, address.value);
    if (clock === undefined || firstSeenMs === undefined) continue;
    own.known = Math.min(own.known, Math.floor(firstSeenMs / hourMs / clock.hoursPerPeriod));
  }
  const histories: AddressHistory[] = [];
  if (v4.size > 0)
    histories.push(
      historyOf(
        4,
        [...v4.values()].sort((a, b) => a.key - b.key),
      ),
    );
  if (v6.size > 0) {
    const sorted = [...v6.values()].sort((a, b) => (a.value < b.value ? -1 : a.value > b.value ? 1 : 0));
    histories.push(historyOf(6, sorted));
  }
  return histories;
}

function addActivity(own: Growing, activity: Edge["activity"], hoursPerPeriod: number): void {
  let period = -1;
  let sum = 0;
  for (const { hour, flows } of activity) {
    const at = Math.floor(hour / hoursPerPeriod);
    if (at !== period) {
      if (period >= 0) own.uses.push(period, sum);
      else own.first = Math.min(own.first, at);
      period = at;
      sum = 0;
    }
    sum += flows;
  }
  if (period < 0) return;
  own.uses.push(period, sum);
  own.known = Math.min(own.known, own.first);
}

function historyOf(family: Family, sorted: readonly Growing[]): AddressHistory {
  return {
    family,
    addresses: sorted.map(({ value }) => value),
    common: sorted.map((own, i) => (i === 0 ? -1 : commonBits(family, own, sorted[i - 1]!))),
    flows: sorted.map(({ flows }) => flows),
    known: sorted.map(({ known }) => known),
    first: sorted.map(({ first }) => first),
    uses: sorted.map(({ uses }) => uses),
  };
}

function commonBits(family: Family, a: Growing, b: Growing): number {
  if (family === 4) return Math.clz32(a.key ^ b.key);
  return 128 - (a.value ^ b.value).toString(2).length;
}
