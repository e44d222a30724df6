import type { NameAgreement } from "../../baseline/statistics/name-agreement.ts";
import type { Novelty } from "../../baseline/statistics/novelty.ts";
import { quietChance } from "../../baseline/statistics/survival.ts";
import { unseenCount } from "../../baseline/statistics/unseen.ts";
import type { UseStatistics } from "../../baseline/statistics/use-statistics.ts";

/** What a form is expected to break of its own service. */
export interface Breakage {
  /** Chance that anything is blocked within a day, and a week. */
  readonly day: number;
  readonly week: number;
  /** Share of a week's flows that is blocked. */
  readonly share: number;
}

export const nothingBreaks: Breakage = { day: 0, week: 0, share: 0 };

/** How much is believed before anything was seen: so many surprises, in one day that has passed. */
const priorDays = 1;
const daysPerWeek = 7;
/** Of a week in which a service moves at some moment, what comes after the moment. */
const restOfWeek = 0.4;

/**
 * Breakage of a form that allows the units of a novelty and nothing else.
 * @param prior surprises that are believed in before anything was seen
 * @param sampling 1-in-N: what was used and left no record breaks too
 */
export function breakageOfUnits(
  novelty: Novelty,
  { clock, days, addresses }: UseStatistics,
  { prior, sampling }: { readonly prior: number; readonly sampling: number },
): Breakage {
  const perDay = clock === undefined ? 1 : 24 / clock.hoursPerPeriod;
  const { trials, surprises, blockedShare } = novelty;
  const before = priorDays * perDay;
  const within = (period: number): number =>
    1 - quietChance({ events: prior + surprises, quiet: before + trials - surprises }, period * perDay);
  const week = within(daysPerWeek);
  const unrecorded = sampling <= 1 ? 0 : unseenCount(novelty) * useChance(days, sampling);
  return {
    day: 1 - (1 - within(1)) * Math.exp(-unrecorded / daysPerWeek),
    week: 1 - (1 - week) * Math.exp(-unrecorded),
    // One address of many takes its part of the flows with it when it moves.
    share: Math.min(1, Math.max(blockedShare, (restOfWeek * week) / Math.sqrt(Math.max(1, addresses)))),
  };
}

/** Chance that what was used about half a sampling interval of times in so many days is used within a week. */
function useChance(days: number, sampling: number): number {
  return 1 - Math.exp((-daysPerWeek / Math.max(days, 1)) * (sampling / 2));
}

/** Breakage of a rule by name; see {@link NameAgreement}. */
export function breakageOfName(
  agreement: NameAgreement,
  { isRotating, newAddressesPerDay }: { readonly isRotating: boolean; readonly newAddressesPerDay: number },
): Breakage {
  const { addresses, trials, misses, missedShare, isByAnswers } = agreement;
  const hoursPerDay = Math.max(agreement.activeHoursPerDay, 1 / 7);
  const prior = isRotating ? 0.3 : 0.02;
  const chance = (events: number, days: number): number =>
    1 - quietChance({ events: prior + events, quiet: 24 + trials - events }, days * hoursPerDay);
  // Few addresses may all be in every answer, which flows alone do not show.
  const rotates = isByAnswers || isRotating ? 1 : addresses <= fewAddresses ? 0.35 : 0.95;
  const mixed = (days: number): number => rotates * chance(misses, days) + (1 - rotates) * chance(0, days);
  const moves = 1 - Math.exp(-newAddressesPerDay * daysPerWeek * caughtMoving);
  return {
    day: 1 - (1 - mixed(1)) * (1 - moves / daysPerWeek),
    week: 1 - (1 - mixed(daysPerWeek)) * (1 - moves),
    share: Math.min(1, rotates * missedShare + prior * 0.02),
  };
}

const fewAddresses = 8;
/** Chance that a pod connects in the moments in which its answer and the node's are of different age. */
const caughtMoving = 0.02;

/** Of two forms that both allow: only what neither lets through is blocked. */
export function eitherBreaks(a: Breakage, b: Breakage): Breakage {
  return { day: a.day * b.day, week: a.week * b.week, share: a.share * b.share };
}

/** Of forms for different parts of a service. */
export function anyBreaks(parts: readonly Breakage[]): Breakage {
  const all = (of: (part: Breakage) => number): number => 1 - parts.reduce((none, part) => none * (1 - of(part)), 1);
  return {
    day: all(({ day }) => day),
    week: all(({ week }) => week),
    share: Math.min(
      1,
      parts.reduce((sum, { share }) => sum + share, 0),
    ),
  };
}
