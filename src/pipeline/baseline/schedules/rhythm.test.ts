import { expect, test } from "vitest";
import { rhythmOf } from "./rhythm.ts";

const monday = Date.UTC(2026, 1, 2) / 3_600_000;
const windowOf = (days: number): { readonly firstMs: number; readonly lastMs: number } => ({
  firstMs: monday * 3_600_000,
  lastMs: (monday + days * 24) * 3_600_000,
});
/** Hours at which a function of day and hour of the day says yes. */
const hours = (days: number, isOn: (day: number, hour: number) => boolean): readonly number[] =>
  Array.from({ length: days * 24 }, (_, i) => i).flatMap((i) => (isOn(Math.floor(i / 24), i % 24) ? [monday + i] : []));

test.each<[string, number, (day: number, hour: number) => boolean, string]>([
  ["all the time", 14, () => true, "steady"],
  ["every other hour", 14, (_, hour) => hour % 2 === 0, "steady"],
  ["every night at three", 14, (_, hour) => hour === 3, "daily"],
  ["every night but one", 14, (day, hour) => hour === 3 && day !== 5, "daily"],
  ["on Mondays", 28, (day, hour) => day % 7 === 0 && hour === 5, "weekly"],
  ["on every other Monday", 28, (day, hour) => day % 14 === 0 && hour === 5, "weekly"],
  ["from nine to five on working days", 14, (day, hour) => day % 7 < 5 && hour >= 9 && hour < 17, "office-hours"],
  ["from nine to five, also at weekends", 14, (_, hour) => hour >= 9 && hour < 17, "steady"],
  ["office hours of somebody on the other side", 14, (day, hour) => day % 7 < 5 && hour < 8, "office-hours"],
  ["on the second of each month", 60, (day, hour) => (day === 0 || day === 28) && hour === 1, "monthly"],
  ["on the last day of each month", 60, (day, hour) => (day === 26 || day === 57) && hour === 1, "monthly"],
  ["on four odd days", 28, (day, hour) => [0, 3, 4, 13].includes(day) && hour === 1, "irregular"],
  ["on one day", 28, (day) => day === 4, "once"],
])("what is used %s is known as such", (_title, days, isOn, kind) => {
  expect(rhythmOf(hours(days, isOn), windowOf(days))?.kind).toBe(kind);
});

test("what has a rhythm is expected again, and what was never seen has none", () => {
  const weekly = rhythmOf(
    hours(28, (day, hour) => day % 7 === 0 && hour === 5),
    windowOf(28),
  );
  expect(weekly).toEqual({ kind: "weekly", nextHour: monday + 28 * 24 + 5 });
  expect(rhythmOf([], windowOf(28))).toBeUndefined();
});
