import { type AddressHistory, type Clock, never } from "./address-history.ts";

/**
 * What a policy would have met that had been written, at each moment of the recording, from what was known until then, and
 * that allows whole units: addresses, or the blocks they lie in.
 */
export interface Novelty {
  readonly units: number;
  /** Units with only one address. */
  readonly lonely: number;
  /** Periods after the service's first, and those of them in which a unit was used that was not known; recent ones count more. */
  readonly trials: number;
  readonly surprises: number;
  /** Periods with a unit that was met for the first time, each counted as one. */
  readonly newPeriods: number;
  /** Share of a later week's flows that went to units not known when the policy was written; 0 where nothing tells. */
  readonly blockedShare: number;
  /** Units with one flow and with two, for what was never seen. */
  readonly once: number;
  readonly twice: number;
  readonly flows: number;
}

/** Whether the address with this index is in another unit than the one before it; addresses ascend, so a unit is a run. */
export type StartsUnit = (history: AddressHistory, index: number) => boolean;

export const eachAddress: StartsUnit = () => true;

/** Units by block of these many leading bits. */
export function eachBlock(lengths: { readonly 4: number; readonly 6: number }): StartsUnit {
  return ({ common, family }, index) => common[index]! < lengths[family];
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
  let start = never;
  for (const { first } of histories) for (const period of first) if (period < start) start = period;
  if (start === never) return undefined;
  const last = Math.max(start, clock.lastPeriod);
  const firstOrigin = start + Math.ceil((last - start) / 2);
  const horizon = horizonHours / clock.hoursPerPeriod;
  let tried = 0;
  for (const { uses } of histories)
    for (const own of uses)
      for (let i = 0; i < own.length; i += 2) tried += own[i + 1]! * origins(own[i]!, own[i]!, firstOrigin, horizon);
  return { start, last, firstOrigin, horizon, tried };
}

/** How many policies, written before `until` and at most the horizon before `period`, are tried on a flow of that period. */
function origins(period: number, until: number, firstOrigin: number, horizon: number): number {
  return Math.max(0, until - Math.max(firstOrigin, period - horizon));
}

/** Novelty of a service whose policy allows these units. */
export function noveltyOf(
  histories: readonly AddressHistory[],
  startsUnit: StartsUnit,
  walk: Walk | undefined,
): Novelty {
  let [units, lonely, once, twice, flows, blocked] = [0, 0, 0, 0, 0, 0];
  const surprising = new Set<number>();
  for (const history of histories) {
    const { addresses, flows: flowsOf, first: firstOf, known: knownOf } = history;
    for (let from = 0; from < addresses.length;) {
      let to = from;
      let own = 0;
      let first = never;
      let known = never;
      do {
        own += flowsOf[to]!;
        if (firstOf[to]! < first) first = firstOf[to]!;
        if (knownOf[to]! < known) known = knownOf[to]!;
        to += 1;
      } while (to < addresses.length && !startsUnit(history, to));
      units += 1;
      flows += own;
      if (to - from === 1) lonely += 1;
      if (own === 1) once += 1;
      else if (own === 2) twice += 1;
      // Only use can surprise, and only use of what nobody was told before.
      if (walk !== undefined && first !== never && known >= first && first > walk.start) {
        surprising.add(first);
        if (known > walk.firstOrigin) blocked += blockedFlows(history, from, to, known, walk);
      }
      from = to;
    }
  }
  const counts = { units, lonely, once, twice, flows };
  if (walk === undefined) return { ...counts, trials: 0, surprises: 0, newPeriods: 0, blockedShare: 0 };
  const { trials, weight } = weights(walk);
  let surprises = 0;
  for (const period of surprising) surprises += weight(period);
  const blockedShare = walk.tried === 0 ? 0 : blocked / walk.tried;
  return { ...counts, trials, surprises, newPeriods: surprising.size, blockedShare };
}

function blockedFlows({ uses }: AddressHistory, from: number, to: number, known: number, walk: Walk): number {
  let blocked = 0;
  for (let i = from; i < to; i += 1) {
    const own = uses[i]!;
    for (let at = 0; at < own.length; at += 2)
      blocked += own[at + 1]! * origins(own[at]!, known, walk.firstOrigin, walk.horizon);
  }
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
