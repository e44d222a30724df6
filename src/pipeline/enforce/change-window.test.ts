import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { offsetOfZone, utc } from "../baseline/schedules/time-zone.ts";
import { type ChangeWindow, isWithinWindows, nextOpening, parseTimeOfDay } from "./change-window.ts";

const workdays: ChangeWindow = { days: [1, 2, 3, 4, 5], from: "09:00", to: "17:00" };
const nights: ChangeWindow = { days: [5], from: "22:00", to: "04:00" };
const berlin = offsetOfZone("Europe/Berlin")!;
const newYork = offsetOfZone("America/New_York")!;
const at = (text: string): number => Date.parse(text);

describe("when changes may happen", () => {
  test.each<[string, readonly ChangeWindow[], typeof utc, string, boolean]>([
    ["always without windows", [], utc, "2026-06-06T03:00Z", true],
    ["on a Monday at nine", [workdays], utc, "2026-06-01T09:00Z", true],
    ["not a minute before", [workdays], utc, "2026-06-01T08:59Z", false],
    ["not at its end", [workdays], utc, "2026-06-01T17:00Z", false],
    ["not on a Saturday", [workdays], utc, "2026-06-06T12:00Z", false],
    ["by the clock in Berlin in summer", [workdays], berlin, "2026-06-01T07:00Z", true],
    ["by the clock in Berlin in winter", [workdays], berlin, "2026-12-01T07:00Z", false],
    ["on the Friday night of a Friday's window", [nights], utc, "2026-06-05T23:00Z", true],
    ["on the Saturday morning after it", [nights], utc, "2026-06-06T03:59Z", true],
    ["not on the Friday morning before it", [nights], utc, "2026-06-05T03:00Z", false],
    ["not when the night is over", [nights], utc, "2026-06-06T04:00Z", false],
    ["from Sunday into Monday", [{ days: [7], from: "23:00", to: "01:00" }], utc, "2026-06-01T00:30Z", true],
    ["to the end of the day", [{ days: [1], from: "20:00", to: "24:00" }], utc, "2026-06-01T23:59Z", true],
    [
      "all day, where it ends as it begins",
      [{ days: [1], from: "06:00", to: "06:00" }],
      utc,
      "2026-06-02T05:00Z",
      true,
    ],
    [
      "twice in the hour that comes twice",
      [{ days: [7], from: "02:00", to: "03:00" }],
      berlin,
      "2026-10-25T00:30Z",
      true,
    ],
    ["and again", [{ days: [7], from: "02:00", to: "03:00" }], berlin, "2026-10-25T01:30Z", true],
    ["never by a window that cannot be read", [{ days: [1], from: "9", to: "noon" }], utc, "2026-06-01T09:30Z", false],
  ])("%s", (_, windows, offsetAt, moment, expected) => {
    expect(isWithinWindows(windows, offsetAt, at(moment))).toBe(expected);
  });

  test("the hour that summer time skips is never open", () => {
    const skipped: ChangeWindow = { days: [7], from: "02:00", to: "03:00" };
    const minutes = Array.from({ length: 24 * 60 }, (_, minute) => at("2026-03-28T23:00Z") + minute * 60_000);
    expect(minutes.filter((moment) => isWithinWindows([skipped], berlin, moment))).toEqual([]);
  });

  const dawn: ChangeWindow = { days: [7], from: "02:30", to: "04:00" };
  const night: ChangeWindow = { days: [7], from: "00:30", to: "02:30" };
  test.each<[string, readonly ChangeWindow[], string, string | undefined]>([
    ["now", [workdays], "2026-06-01T10:00Z", "2026-06-01T10:00Z"],
    ["the same day", [workdays], "2026-06-01T03:00Z", "2026-06-01T07:00Z"],
    ["after the weekend", [workdays], "2026-06-05T15:30Z", "2026-06-08T07:00Z"],
    ["after the clock went forward", [workdays], "2026-03-27T20:00Z", "2026-03-30T07:00Z"],
    ["when the clock goes forward over its beginning", [dawn], "2026-03-28T20:00Z", "2026-03-29T01:00Z"],
    ["when the clock goes back into it", [night], "2026-10-25T00:45Z", "2026-10-25T01:00Z"],
    ["never", [{ days: [], from: "09:00", to: "17:00" }], "2026-06-01T10:00Z", undefined],
  ])("the next opening is %s", (_, windows, from, expected) => {
    const next = nextOpening(windows, berlin, at(from));
    expect(next).toBe(expected === undefined ? undefined : at(expected));
  });

  const timeOfDay = fc.integer({ min: 0, max: 1_439 }).map((minutes) => {
    const two = (value: number): string => String(value).padStart(2, "0");
    return `${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
  });
  const window = fc.record({
    days: fc.uniqueArray(fc.integer({ min: 1, max: 7 }), { minLength: 1 }),
    from: timeOfDay,
    to: timeOfDay,
  });
  const moment = fc.integer({ min: at("2026-01-01T00:00Z"), max: at("2026-12-31T00:00Z") });

  test("the next opening is open, and nothing between now and then is", () => {
    fc.assert(
      fc.property(
        fc.array(window, { minLength: 1, maxLength: 3 }),
        moment,
        fc.constantFrom(utc, berlin, newYork),
        (windows, now, zone) => {
          const next = nextOpening(windows, zone, now);
          if (next === undefined) return;
          expect(isWithinWindows(windows, zone, next)).toBe(true);
          for (let step = 1; step < 20; step++) {
            const between = now + ((next - now) * step) / 20;
            // A night's window may come back to life at midnight of summer time's jump; between, nothing begins.
            if (between < next) expect(isWithinWindows(windows, zone, between)).toBe(false);
          }
        },
      ),
      { numRuns: 200 },
    );
  });

  test.each([
    ["00:00", 0],
    ["24:00", 1_440],
    ["09:30", 570],
    ["24:01", undefined],
    ["9:30", undefined],
    ["12:60", undefined],
  ])("reads %s", (text, minutes) => {
    expect(parseTimeOfDay(text)).toBe(minutes);
  });
});
