import type { FlowWindow } from "../../flows/harvest.ts";

const hourMs = 3_600_000;

/**
 * How a thing comes back, as the hours tell in which it was seen. `steady`: on most days and at most times. `office-hours`:
 * on most working days, hardly at night and at weekends. `irregular`: several times without a pattern. UTC: an office
 * elsewhere has its hours elsewhere, so any nine hours will do.
 */
export type Rhythm =
  | { readonly kind: "steady" | "office-hours" | "irregular" | "once" }
  | { readonly kind: "daily" | "weekly" | "monthly"; readonly nextHour: number };

/** `hours`: hours since the epoch with traffic, ascending. Undefined where there are none. */
export function rhythmOf(hours: readonly number[], window: FlowWindow): Rhythm | undefined {
  const [first] = hours;
  if (first === undefined) return undefined;
  const days = [...new Set(hours.map(dayOf))];
  if (days.length === 1) return { kind: "once" };
  const total = Math.max(1, Math.ceil((window.lastMs - window.firstMs) / (24 * hourMs)));
  const perDay = hours.length / days.length;
  const steps = days.slice(1).map((day, i) => day - days[i]!);
  const last = hours.at(-1)!;
  if (perDay <= 4) {
    // One run may be missed without breaking the rhythm.
    if (mostly(steps, (step) => step === 1) && days.length >= total / 2) return { kind: "daily", nextHour: last + 24 };
    if (steps.every((step) => step >= 28) && isMonthly(days)) return { kind: "monthly", nextHour: last + 30 * 24 };
    if (mostly(steps, (step) => step % 7 === 0)) return { kind: "weekly", nextHour: last + 7 * 24 };
  }
  if (days.length < total / 3) return { kind: "irregular" };
  const start = officeStart(hours);
  const atNight = hours.filter((hour) => !isWithin(hour, start)).length;
  const atWeekends = hours.filter((hour) => isWeekend(dayOf(hour))).length;
  const isOffice = days.length >= 4 && atNight <= hours.length / 20 && atWeekends <= hours.length / 20;
  return { kind: isOffice ? "office-hours" : "steady" };
}

function dayOf(hour: number): number {
  return Math.floor(hour / 24);
}

/** 1970-01-01 was a Thursday. */
function isWeekend(day: number): boolean {
  const weekday = (day + 4) % 7;
  return weekday === 0 || weekday === 6;
}

const officeLength = 12;

/** The start, as hour of the day, of the twelve hours that hold most of the traffic. */
function officeStart(hours: readonly number[]): number {
  const counts = Array.from({ length: 24 }, () => 0);
  for (const hour of hours) counts[hour % 24]! += 1;
  const held = (from: number): number =>
    Array.from({ length: officeLength }, (_, i) => counts[(from + i) % 24]!).reduce((a, b) => a + b, 0);
  return counts.map((_, from) => from).reduce((best, from) => (held(from) > held(best) ? from : best), 0);
}

function isWithin(hour: number, start: number): boolean {
  return ((hour % 24) - start + 24) % 24 < officeLength;
}

function mostly(steps: readonly number[], fits: (step: number) => boolean): boolean {
  return steps.filter(fits).length >= steps.length * 0.75;
}

/** The same day of the month, or the same distance from its end. */
function isMonthly(days: readonly number[]): boolean {
  const dates = days.map((day) => new Date(day * 24 * hourMs));
  const fromStart = new Set(dates.map((date) => date.getUTCDate()));
  const fromEnd = new Set(
    dates.map(
      (date) => new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate() - date.getUTCDate(),
    ),
  );
  return fromStart.size === 1 || fromEnd.size === 1;
}
