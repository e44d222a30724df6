import type { FlowWindow, Harvest } from "../../flows/harvest.ts";

const dayMs = 86_400_000;
/** Packets of a usual short connection: with fewer seen of many, sampling hides a whole use. */
const packetsPerUse = 10;

/** Days of recording without which nothing is closed on the word of a recording: a week has every weekday once. */
export const leastDays = 7;

/** How long and how closely traffic was watched. */
export interface Observation {
  readonly window: FlowWindow | undefined;
  readonly days: number;
  /** 1 for all packets, N for one in N. */
  readonly sampling: number;
}

export function observationOf({ window, samplingMax }: Pick<Harvest, "window" | "samplingMax">): Observation {
  const days = window === undefined ? 0 : Math.max(0, window.lastMs - window.firstMs) / dayMs;
  return { window, days, sampling: Math.max(1, samplingMax) };
}

/** The chance that one use, of about ten packets, leaves a record. */
export function seenShare({ sampling }: Pick<Observation, "sampling">): number {
  return 1 - (1 - 1 / sampling) ** packetsPerUse;
}

/**
 * The chance that something used once a week on average, at any time, would leave no record in so many days: the uses that
 * leave one come by chance, `days / 7 × seenShare` of them on average.
 */
export function missedChance(days: number, observation: Pick<Observation, "sampling">): number {
  return Math.exp((-days / 7) * seenShare(observation));
}

/** `13 %`, `0.2 %`, `under 0.1 %`. */
export function percent(share: number): string {
  const value = share * 100;
  if (value < 0.1) return "under 0.1 %";
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} %`;
}

/** `7 days`, `1 day`, `under a day`. */
export function daysText(days: number): string {
  const whole = Math.floor(days + 0.01);
  return whole < 1 ? "under a day" : `${whole} day${whole === 1 ? "" : "s"}`;
}
