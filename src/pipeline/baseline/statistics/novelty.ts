import type { AddressHistory, Clock } from "./address-history.ts";

/**
 * What a policy would have met that had been written, at each moment of the recording, from what was seen until then, and
 * that allows whole units: addresses, or the blocks they lie in.
 */
export interface Novelty {
  readonly units: number;
  /** Units with only one address. */
  readonly lonely: number;
  /** Periods after the service's first, and those of them in which a unit was met for the first time; recent ones count more. */
  readonly trials: number;
  readonly surprises: number;
  /** Periods with a unit that was met for the first time, each counted as one. */
  readonly newPeriods: number;
  /** Share of a later week's flows that went to units not yet met when the policy was written; 0 where nothing tells. */
  readonly blockedShare: number;
  /** Units by how many flows they have, for what was never seen. */
  readonly once: number;
  readonly twice: number;
  readonly flows: number;
}

/** The unit of each address: the same number for all addresses of a unit, counting from 0. */
export type UnitOf = readonly number[];

/** Units by block of this many leading bits. Addresses ascend, so a block is a run. */
export function unitsByPrefix({ addresses, family }: AddressHistory, prefixLength: number): UnitOf {
  const hostBits = BigInt((family === 4 ? 32 : 128) - prefixLength);
  let unit = -1;
  let block: bigint | undefined;
  return addresses.map((address) => {
    const own = address >> hostBits;
    if (own !== block) {
      block = own;
      unit += 1;
    }
    return unit;
  });
}

/** When the service was first used, and what flowed when: what every choice of units has in common. */
export interface Walk {
  readonly start: number;
  readonly last: number;
  /** Policies are tried that are written from here on. */
  readonly firstOrigin: number;
  readonly horizon: number;
  /** Flows times the number of policies that they were tried on. */
  readonly tried: number;
}

const horizonHours = 7 * 24;

/** Undefined where no record has a time. */
export function walkOf(histories: readonly AddressHistory[], clock: Clock | undefined): Walk | undefined {
  if (clock === undefined) return undefined;
  let start: number | undefined;
  for (const { first } of histories)
    for (const period of first) if (period !== undefined && (start === undefined || period < start)) start = period;
  if (start === undefined) return undefined;
  const last = Math.max(start, clock.lastPeriod);
  const firstOrigin = start + Math.ceil((last - start) / 2);
  const horizon = horizonHours / clock.hoursPerPeriod;
  let tried = 0;
  for (const { uses } of histories)
    for (const own of uses)
      for (const { period, flows } of own) tried += flows * origins(period, period, firstOrigin, horizon);
  return { start, last, firstOrigin, horizon, tried };
}

/** How many policies, written before `until` and at most the horizon before `period`, are tried on a flow of that period. */
function origins(period: number, until: number, firstOrigin: number, horizon: number): number {
  return Math.max(0, until - Math.max(firstOrigin, period - horizon));
}

/** Novelty of a service whose policy allows these units of each family. */
export function noveltyOf(
  histories: readonly AddressHistory[],
  unitsOf: readonly UnitOf[],
  walk: Walk | undefined,
): Novelty {
  let units = 0;
  let lonely = 0;
  let once = 0;
  let twice = 0;
  let flows = 0;
  let blocked = 0;
  const surprising = new Set<number>();
  for (const [h, history] of histories.entries()) {
    const unitOf = unitsOf[h]!;
    for (let from = 0; from < unitOf.length;) {
      let to = from;
      let own = 0;
      let first: number | undefined;
      let known: number | undefined;
      while (to < unitOf.length && unitOf[to] === unitOf[from]) {
        own += history.flows[to]!;
        first = earlier(first, history.first[to]);
        known = earlier(known, history.known[to]);
        to += 1;
      }
      units += 1;
      if (to - from === 1) lonely += 1;
      flows += own;
      if (own === 1) once += 1;
      else if (own === 2) twice += 1;
      // Only use can surprise, and only use of what nobody was told before.
      if (walk !== undefined && first !== undefined && known !== undefined && known >= first && first > walk.start) {
        surprising.add(first);
        if (known > walk.firstOrigin) blocked += blockedFlows(history, from, to, known, walk);
      }
      from = to;
    }
  }
  if (walk === undefined)
    return { units, lonely, trials: 0, surprises: 0, newPeriods: 0, blockedShare: 0, once, twice, flows };
  const { trials, weight } = weights(walk);
  let surprises = 0;
  for (const period of surprising) surprises += weight(period);
  const blockedShare = walk.tried === 0 ? 0 : blocked / walk.tried;
  return { units, lonely, trials, surprises, newPeriods: surprising.size, blockedShare, once, twice, flows };
}

function earlier(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined ? b : b === undefined ? a : Math.min(a, b);
}

function blockedFlows({ uses }: AddressHistory, from: number, to: number, first: number, walk: Walk): number {
  let blocked = 0;
  for (let i = from; i < to; i += 1)
    for (const { period, flows } of uses[i]!) blocked += flows * origins(period, first, walk.firstOrigin, walk.horizon);
  return blocked;
}

/**
 * Surprises of the first half of the recording count less the older they are: a policy of those days knew little, and
 * the one that is written now knows more.
 */
function weights({ start, last }: Walk): { readonly trials: number; readonly weight: (period: number) => number } {
  const half = (last - start) / 2;
  const weight = (period: number): number => Math.min(1, (period - start) / half);
  // The sum of the weights of the periods after the first, in closed form: a ramp up to the half, and 1 after it.
  const ramp = Math.floor(half);
  const trials = half === 0 ? 0 : (ramp * (ramp + 1)) / (2 * half) + (last - start - ramp);
  return { trials, weight };
}
