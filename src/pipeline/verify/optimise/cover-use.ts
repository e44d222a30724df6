import { intervalSet } from "../../../core/net/interval-set.ts";
import { type Cidr, cidrAround, lastOf } from "../../../core/net/ip-set.ts";
import { type Family, familyBits } from "../../../core/net/ip.ts";
import { l4Point, type L4Set } from "../../../core/net/l4.ts";
import type { Edge } from "../../flows/edge.ts";
import { blockOf } from "../../suggest/needs.ts";

/** Addresses this close are one destination: the size of network that providers hand out. */
const neighbourhood: Readonly<Record<Family, number>> = { 4: 24, 6: 64 };
/** Bits that a destination is given to grow where it was still growing. */
const marginBits = 2;
/** Share of the addresses that were met on one day only, from which on new ones are to be expected (Good–Turing). */
const restless = 0.1;

/** A destination as used: one block, and the ports that were used of it. */
export interface UsedBlock {
  readonly cidr: Cidr;
  readonly l4: L4Set;
  readonly addresses: number;
  /** Days, UTC, on which any of it was used; 2 where a source has no times. */
  readonly days: number;
}

/**
 * The smallest block around each neighbourhood of used addresses, with a margin where addresses still change. What it
 * gives depends on the traffic of each neighbourhood alone, so that a rule made of it is not found too broad again.
 */
export function coverUse(edges: readonly Edge[]): readonly UsedBlock[] {
  const near = Map.groupBy(edges, (edge) => {
    const { family, first } = blockOf(edge);
    return `${family} ${first >> BigInt(familyBits[family] - neighbourhood[family])}`;
  });
  return [...near.values()]
    .map((own) => blockAround(own))
    .toSorted((a, b) => a.cidr.family - b.cidr.family || (a.cidr.first < b.cidr.first ? -1 : 1));
}

function blockAround(edges: readonly Edge[]): UsedBlock {
  const blocks = edges.map(blockOf);
  const { family } = blocks[0]!;
  const first = blocks.reduce((least, block) => (block.first < least ? block.first : least), blocks[0]!.first);
  const last = blocks.reduce((most, block) => (lastOf(block) > most ? lastOf(block) : most), 0n);
  let length = Math.min(...blocks.map(({ prefixLength }) => prefixLength));
  while (lastOf(cidrAround({ family, value: first }, length)) < last) length -= 1;
  const daysOf = Map.groupBy(edges, ({ address }) => address.value);
  const isRestless = areRestless([...daysOf.values()].map(activeDays));
  const least = Math.min(length, neighbourhood[family]);
  const widened = isRestless ? Math.max(least, length - marginBits) : length;
  return {
    cidr: cidrAround({ family, value: first }, widened),
    l4: pointsOf(edges),
    addresses: daysOf.size,
    days: activeDays(edges),
  };
}

/** Whether of things met on so many days each others are to be expected, of which so far nothing was seen. */
export function areRestless(days: readonly number[]): boolean {
  return days.filter((own) => own < 2).length / days.length >= restless;
}

/** Protocols and ports that were used. */
export function pointsOf(edges: readonly Edge[]): L4Set {
  const points = edges.map(({ protocol, port }) => l4Point(protocol, port));
  return intervalSet(points.map((point) => ({ first: point, last: point })));
}

/** Days, UTC, with a flow; 2 where a source has no times, which speaks for nothing. */
export function activeDays(edges: readonly Edge[]): number {
  const hours = edges.flatMap(({ activity }) => activity.map(({ hour }) => Math.floor(hour / 24)));
  return hours.length === 0 ? 2 : new Set(hours).size;
}
