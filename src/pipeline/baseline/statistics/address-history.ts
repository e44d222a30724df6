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

/** The addresses of one family that a use has, and when each was used. */
export interface AddressHistory {
  readonly family: Family;
  /** Ascending. */
  readonly addresses: readonly bigint[];
  /** Same index: flows of any time; 0 for an address that was only told. */
  readonly flows: readonly number[];
  /** Same index: first period in which it was known, by a flow or an answer; undefined where no record has a time. */
  readonly known: readonly (number | undefined)[];
  /** Same index: first period with a flow. */
  readonly first: readonly (number | undefined)[];
  /** Same index: periods with flows, in no order; an address of several workloads may have a period twice. */
  readonly uses: readonly (readonly PeriodFlows[])[];
}

export interface PeriodFlows {
  readonly period: number;
  readonly flows: number;
}

interface Growing {
  readonly value: bigint;
  flows: number;
  known: number | undefined;
  first: number | undefined;
  readonly uses: PeriodFlows[];
}

/**
 * One history per family that occurs, IPv4 first. Edges that name blocks are left out: their block is given.
 * @param answered addresses that pods were told for the service's names; those of a family that is used belong to it
 */
export function addressHistories(
  edges: readonly Edge[],
  clock: Clock | undefined,
  answered: readonly AnsweredAddress[] = [],
): readonly AddressHistory[] {
  const v4 = new Map<number, Growing>();
  const v6 = new Map<bigint, Growing>();
  for (const { address, prefixLength, flows, activity } of edges) {
    if (prefixLength !== undefined) continue;
    const own =
      address.family === 4
        ? entryOf(v4, Number(address.value), address.value)
        : entryOf(v6, address.value, address.value);
    own.flows += flows;
    if (clock !== undefined) addActivity(own, activity, clock.hoursPerPeriod);
  }
  for (const { address, firstSeenMs } of answered) {
    const { family, value } = address;
    if ((family === 4 ? v4 : v6).size === 0) continue;
    const own = family === 4 ? entryOf(v4, Number(value), value) : entryOf(v6, value, value);
    if (clock === undefined || firstSeenMs === undefined) continue;
    const told = Math.floor(firstSeenMs / hourMs / clock.hoursPerPeriod);
    if (own.known === undefined || told < own.known) own.known = told;
  }
  return [historyOf(4, v4.values()), historyOf(6, v6.values())].filter(({ addresses }) => addresses.length > 0);
}

function entryOf<K>(known: Map<K, Growing>, key: K, value: bigint): Growing {
  let own = known.get(key);
  if (own === undefined) known.set(key, (own = { value, flows: 0, known: undefined, first: undefined, uses: [] }));
  return own;
}

function addActivity(own: Growing, activity: Edge["activity"], hoursPerPeriod: number): void {
  let period = -1;
  let sum = 0;
  for (const { hour, flows } of activity) {
    const at = Math.floor(hour / hoursPerPeriod);
    if (at !== period) {
      if (period >= 0) own.uses.push({ period, flows: sum });
      period = at;
      sum = 0;
    }
    sum += flows;
  }
  if (period >= 0) own.uses.push({ period, flows: sum });
  const [earliest] = activity;
  if (earliest === undefined) return;
  const first = Math.floor(earliest.hour / hoursPerPeriod);
  if (own.first === undefined || first < own.first) own.first = first;
  if (own.known === undefined || first < own.known) own.known = first;
}

function historyOf(family: Family, entries: Iterable<Growing>): AddressHistory {
  const sorted = [...entries].sort((a, b) => (a.value < b.value ? -1 : a.value > b.value ? 1 : 0));
  return {
    family,
    addresses: sorted.map(({ value }) => value),
    flows: sorted.map(({ flows }) => flows),
    known: sorted.map(({ known }) => known),
    first: sorted.map(({ first }) => first),
    uses: sorted.map(({ uses }) => uses),
  };
}
