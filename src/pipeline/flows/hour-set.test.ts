import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { HourSet } from "./hour-set.ts";

const hour = fc.oneof(fc.integer({ min: 490_000, max: 494_000 }), fc.integer({ min: -3_000_000, max: 3_000_000_000 }));

describe("HourSet", () => {
  test("holds each hour once, whatever the order and however far apart", () => {
    fc.assert(
      fc.property(fc.array(fc.array(hour)), fc.array(hour), (edges, others) => {
        const set = new HourSet();
        for (const hours of edges) set.addAll(hours.map((each) => ({ hour: each })));
        const expected = new Set(edges.flat());
        expect(set.size).toBe(expected.size);
        expect(set.sorted()).toEqual([...expected].sort((a, b) => a - b));
        for (const each of [...others, ...expected]) expect(set.has(each)).toBe(expected.has(each));
      }),
    );
  });
});
