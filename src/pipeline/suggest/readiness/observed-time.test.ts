import { describe, expect, test } from "vitest";
import { edgeForTest } from "../../../../test/arbitraries/edge.ts";
import { unobservedHoursOf } from "./observed-time.ts";

const hourMs = 3_600_000;
const days = 21;
const window = { firstMs: 0, lastMs: days * 24 * hourMs - 1 };
const hours = Array.from({ length: days * 24 }, (_, hour) => hour);

describe("hours that nobody watched", () => {
  test.each<[string, (hour: number) => boolean, number]>([
    ["there are none where every hour has traffic", () => true, 0],
    ["an hour of a busy recording is one", (hour) => hour !== 40, 1],
    ["a day of an outage is 24", (hour) => hour < 48 || hour >= 72, 24],
    ["an outage of a week is 168, a third of the recording", (hour) => hour < 72 || hour >= 240, 168],
    ["and so are two of five days each", (hour) => hour < 96 || (hour >= 216 && hour < 312) || hour >= 432, 240],
    [
      "nights and weekends of an office are silent, and watched",
      (hour) => hour % 24 < 9 && Math.floor(hour / 24) % 7 < 5,
      0,
    ],
    ["as are weekends of work that never sleeps", (hour) => ![2, 3].includes(Math.floor(hour / 24) % 7), 0],
    ["and so is all but the hour of a nightly job", (hour) => hour % 24 === 3, 0],
    ["or of a weekly one", (hour) => hour % 168 === 3, 0],
  ])("%s", (_title, isActive, expected) => {
    const activity = hours.filter(isActive).map((hour) => ({ hour, flows: 1 }));
    const edge = edgeForTest("shop/Deployment/cart tcp 192.0.2.1:443", { activity });
    expect(unobservedHoursOf([edge], window)).toHaveLength(expected);
  });

  test("observers that say when they did not run are believed, inside the window", () => {
    const edge = edgeForTest("shop/Deployment/cart tcp 192.0.2.1:443", { activity: [{ hour: 3, flows: 1 }] });
    expect(unobservedHoursOf([edge], window, [-1, 40, 41, days * 24])).toEqual([40, 41]);
  });
});
