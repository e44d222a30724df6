import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type CronSchedule, parseCron } from "./cron-expression.ts";
import { nextRun, previousRun } from "./cron-runs.ts";
import { type OffsetAt, offsetOfZone, utc } from "./time-zone.ts";

function schedule(text: string): CronSchedule {
  const parsed = parseCron(text);
  if (!parsed.ok) throw new TypeError(parsed.error.message);
  return parsed.value;
}

const iso = (ms: number | undefined): string =>
  ms === undefined ? "never" : new Date(ms).toISOString().replace(/:00\.000Z$/, "");

describe("runs after 2026-02-10T12:30, a Tuesday", () => {
  test.each([
    ["* * * * *", "2026-02-10T12:31"],
    ["0 3 * * *", "2026-02-11T03:00"],
    ["30 12 * * *", "2026-02-11T12:30"],
    ["*/20 * * * *", "2026-02-10T12:40"],
    ["5/15 13 * * *", "2026-02-10T13:05"],
    ["0 0 1 * *", "2026-03-01T00:00"],
    ["@monthly", "2026-03-01T00:00"],
    ["@yearly", "2027-01-01T00:00"],
    ["@weekly", "2026-02-15T00:00"],
    ["@hourly", "2026-02-10T13:00"],
    ["0 8-18/2 * * MON-FRI", "2026-02-10T14:00"],
    ["0 9 ? * sat,sun", "2026-02-14T09:00"],
    ["0 9 13 * fri", "2026-02-13T09:00"], // both days restricted: one is enough
    ["0 9 12 * fri", "2026-02-12T09:00"],
    ["0 9 */2 * fri", "2026-02-11T09:00"], // a step is a restriction
    ["0 9 */1 * fri", "2026-02-13T09:00"], // a step of one is none
    ["0 9 * Jan,dec *", "2026-12-01T09:00"],
    ["0 0 29 2 *", "2028-02-29T00:00"],
    ["0 0 31 2 *", "never"],
    ["  0  4   *  *  * ", "2026-02-11T04:00"],
  ])("`%s` → %s", (text, next) => {
    expect(iso(nextRun(schedule(text), Date.UTC(2026, 1, 10, 12, 30), utc))).toBe(next);
  });
});

test.each([
  ["", "there are 1"],
  ["* * * *", "there are 4"],
  ["* * * * * *", "there are 6"],
  ["60 * * * *", "`60` is no minute"],
  ["* 24 * * *", "`24` is no hour"],
  ["* * 0 * *", "`0` is no day of the month"],
  ["* * * 13 *", "`13` is no month"],
  ["* * * * 7", "`7` is no day of the week"],
  ["9-5 * * * *", "`9-5` is no minute"],
  ["*/0 * * * *", "`*/0` is no minute"],
  ["1/2/3 * * * *", "`1/2/3` is no minute"],
  ["1-2-3 * * * *", "`1-2-3` is no minute"],
  ["-1 * * * *", "`-1` is no minute"],
  ["1, * * * *", "`1,` is no minute"],
  ["mon * * * *", "`mon` is no minute"],
  ["@fortnightly", "no such macro"],
  ["@every soon", "takes a duration"],
  ["@toString", "no such macro"],
])("`%s` is refused: %s", (text, why) => {
  const parsed = parseCron(text);
  expect(parsed.ok ? "read" : parsed.error.message).toContain(why);
});

test("`@every` counts from where it began", () => {
  const every = schedule("@every 1h30m");
  const since = Date.UTC(2026, 1, 10);
  expect(iso(nextRun(every, since, utc, since))).toBe("2026-02-10T01:30");
  expect(iso(nextRun(every, since + 5_400_000, utc, since))).toBe("2026-02-10T03:00");
  expect(iso(previousRun(every, since + 5_400_001, utc, since))).toBe("2026-02-10T01:30");
  expect(previousRun(every, since + 1, utc, since)).toBeUndefined();
});

test("zones have their own clock, and a zone that is none is undefined", () => {
  const brussels = offsetOfZone("Europe/Brussels")!;
  expect(brussels(Date.UTC(2026, 0, 1))).toBe(60);
  expect(brussels(Date.UTC(2026, 6, 1))).toBe(120);
  expect(offsetOfZone("Asia/Kolkata")!(0)).toBe(330);
  expect(offsetOfZone("America/St_Johns")!(Date.UTC(2026, 0, 1))).toBe(-210);
  expect(offsetOfZone("Etc/UTC")!(0)).toBe(0);
  expect(offsetOfZone("Middle-earth/Shire")).toBeUndefined();
});

test("a clock that jumps skips a run in spring and repeats it in autumn", () => {
  const brussels = offsetOfZone("Europe/Brussels")!;
  const night = schedule("30 2 * * *");
  expect(iso(nextRun(night, Date.UTC(2026, 2, 28, 12), brussels))).toBe("2026-03-30T00:30");
  const first = nextRun(night, Date.UTC(2026, 9, 24, 12), brussels)!;
  expect([iso(first), iso(nextRun(night, first, brussels))]).toEqual(["2026-10-25T00:30", "2026-10-25T01:30"]);
});

/** The obvious version: look at every minute's wall clock. */
function oracle(text: string, fromMs: number, way: 1 | -1, offsetAt: OffsetAt, minutes: number): number | undefined {
  const [minute, hour, dayOfMonth, month, dayOfWeek] = text.split(" ") as [string, string, string, string, string];
  const fits = (field: string, value: number, first: number, last: number): boolean =>
    field.split(",").some((part) => {
      const [range, step = "1"] = part.split("/") as [string, string?];
      const [from, to] = range === "*" ? [first, last] : (range.split("-").map(Number) as [number, number?]);
      const end = to ?? (part.includes("/") ? last : from);
      return value >= from && value <= end && (value - from) % Number(step) === 0;
    });
  const isFree = (field: string): boolean => field.split(",").some((part) => part === "*" || part === "*/1");
  const start = way === 1 ? Math.floor(fromMs / 60_000) + 1 : Math.ceil(fromMs / 60_000) - 1;
  for (let i = 0; i < minutes; i += 1) {
    const utcMs = (start + way * i) * 60_000;
    const local = new Date(utcMs + offsetAt(utcMs) * 60_000);
    const a = fits(dayOfMonth, local.getUTCDate(), 1, 31);
    const b = fits(dayOfWeek, local.getUTCDay(), 0, 6);
    if (
      fits(minute, local.getUTCMinutes(), 0, 59) &&
      fits(hour, local.getUTCHours(), 0, 23) &&
      fits(month, local.getUTCMonth() + 1, 1, 12) &&
      (isFree(dayOfMonth) || isFree(dayOfWeek) ? a && b : a || b)
    )
      return utcMs;
  }
  return undefined;
}

const fieldText = (first: number, last: number): fc.Arbitrary<string> => {
  const value = fc.integer({ min: first, max: last });
  const range = fc.tuple(value, value).map(([a, b]) => `${Math.min(a, b)}-${Math.max(a, b)}`);
  const stepped = fc
    .tuple(fc.oneof(fc.constant("*"), range, value.map(String)), fc.integer({ min: 1, max: 20 }))
    .map(([base, step]) => `${base}/${step}`);
  const one = fc.oneof(value.map(String), range, stepped);
  return fc.oneof(
    { weight: 3, arbitrary: fc.constant("*") },
    { weight: 3, arbitrary: one },
    fc.array(one, { minLength: 2, maxLength: 3 }).map((parts) => parts.join(",")),
  );
};
const cronText = fc
  .tuple(fieldText(0, 59), fieldText(0, 23), fieldText(1, 31), fieldText(1, 12), fieldText(0, 6))
  .map((parts) => parts.join(" "));
/** A clock that jumps once, forward or back, or not at all. */
const clock = fc
  .record({
    before: fc.integer({ min: -12 * 4, max: 14 * 4 }),
    jump: fc.constantFrom(-4, -2, 0, 2, 4),
    atMinute: fc.integer({ min: 29_000_000, max: 29_020_000 }),
  })
  .map(({ before, jump, atMinute }): OffsetAt => {
    const offset = before * 15;
    return (utcMs) => (utcMs < atMinute * 60_000 ? offset : Math.max(-720, Math.min(840, offset + jump * 15)));
  });

test("runs are those that a look at every minute finds", () => {
  const days = 20;
  const instant = fc.integer({ min: 29_000_000 * 60_000, max: 29_020_000 * 60_000 });
  fc.assert(
    fc.property(cronText, clock, instant, fc.constantFrom<1 | -1>(1, -1), (text, offsetAt, fromMs, way) => {
      const expected = oracle(text, fromMs, way, offsetAt, days * 1440);
      const run = way === 1 ? nextRun : previousRun;
      const found = run(schedule(text), fromMs, offsetAt);
      const isNear = found !== undefined && Math.abs(found - fromMs) <= (days * 1440 - 1) * 60_000;
      expect(isNear ? iso(found) : "later").toBe(expected === undefined ? "later" : iso(expected));
    }),
    { numRuns: 300 },
  );
});

test("next and previous are each other's opposite, and nothing runs in between", () => {
  const zone = offsetOfZone("America/New_York")!;
  fc.assert(
    fc.property(cronText, fc.integer({ min: 1.6e12, max: 1.9e12 }), (text, atMs) => {
      const cron = schedule(text);
      const next = nextRun(cron, atMs, zone);
      if (next === undefined) return;
      const before = previousRun(cron, next, zone);
      expect(before === undefined || before <= atMs).toBe(true);
      if (before !== undefined) expect(nextRun(cron, before, zone)).toBe(next);
    }),
    { numRuns: 100 },
  );
});
