import type { NamespaceDetail, PhaseChange } from "../../../../app/wire/namespaces.ts";

/** What automation of a namespace stands on, as it is typed. */
export interface Terms {
  readonly percent: number;
  /** Not a number while a day is half typed. */
  readonly reviewByMs: number;
}

const dayMs = 86_400_000;
const usualDays = 90;
/** The server takes a year and a day. */
const longestDays = 366;
export const leastPercent = 50;

/** Those in force; a day to look again that is past or was never said is in three months. */
export function firstTerms(
  { threshold, reviewByMs }: Pick<NamespaceDetail["automation"], "threshold" | "reviewByMs">,
  nowMs: number,
): Terms {
  const isToCome = reviewByMs !== null && reviewByMs > nowMs;
  return {
    percent: Math.round(threshold * 1_000) / 10,
    reviewByMs: isToCome ? reviewByMs : Date.parse(`${dayOf(nowMs + usualDays * dayMs)}T00:00:00`),
  };
}

/** Why these would be refused; undefined: they would not. */
export function whyNot({ percent, reviewByMs }: Terms, nowMs: number): string | undefined {
  if (!(percent >= leastPercent && percent <= 100)) return `give a readiness of ${leastPercent} to 100 percent`;
  if (Number.isNaN(reviewByMs)) return "write the day as 2026-12-31";
  if (reviewByMs <= nowMs) return "choose a day to come";
  return reviewByMs > nowMs + longestDays * dayMs ? "choose a day within a year" : undefined;
}

/** Whether saying this changes anything; after automation stopped itself, saying it again starts it. */
export function isChanged(
  { phase, automation }: Pick<NamespaceDetail, "phase" | "automation">,
  wanted: PhaseChange["phase"],
  { percent, reviewByMs }: Terms,
): boolean {
  if (wanted !== phase || automation.stoppedBecause !== null) return true;
  if (phase !== "automate") return false;
  return Math.abs(percent / 100 - automation.threshold) > 1e-9 || reviewByMs !== automation.reviewByMs;
}

/** `2026-11-23` on the reader's calendar; empty for what is no day. */
export function dayOf(ms: number): string {
  const date = new Date(ms);
  if (Number.isNaN(date.getTime())) return "";
  const two = (number: number): string => String(number).padStart(2, "0");
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}
