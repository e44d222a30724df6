import { describe, expect, test } from "vitest";
import { linearScale, nearest, ticksTo, timeTicks } from "./scale.ts";

test("a scale goes there and back", () => {
  const scale = linearScale(10, 20, 100, 0);
  expect([scale.place(10), scale.place(15), scale.place(20), scale.value(50)]).toEqual([100, 50, 0, 15]);
});

describe("ticks are round and reach the largest value", () => {
  test.each([
    [0, [0, 1]],
    [3, [0, 1, 2, 3]],
    [47.6, [0, 20, 40, 60]],
    [100, [0, 25, 50, 75, 100]],
    [1_234, [0, 500, 1_000, 1_500]],
  ])("%d", (most, ticks) => {
    expect(ticksTo(most)).toEqual(ticks);
  });
});

test("times are whole hours of the reader's clock", () => {
  const hour = 3_600_000;
  expect(timeTicks(0.5 * hour, 6 * hour, 6, 0)).toEqual([1, 2, 3, 4, 5, 6].map((each) => each * hour));
  expect(timeTicks(0, 48 * hour, 2, 2 * hour)).toEqual([22 * hour, 46 * hour]);
});

test("the nearest time", () => {
  expect([nearest([0, 10, 20], 4), nearest([0, 10, 20], 16), nearest([], 5)]).toEqual([0, 2, 0]);
});
