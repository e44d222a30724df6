import { expect, test } from "vitest";
import { estimatedFlows } from "./sampled-flows.ts";
import { unseenCount, unseenMass } from "./unseen.ts";

test.each([
  ["nothing observed: everything is unseen", { total: 0, once: 0 }, 1],
  ["every observation is alone", { total: 7, once: 7 }, 1],
  ["no observation is alone", { total: 100, once: 0 }, 0],
  ["3 of 60 observations are alone", { total: 60, once: 3 }, 0.05],
])("unseen mass: %s", (_title, counts, expected) => {
  expect(unseenMass(counts)).toBeCloseTo(expected, 12);
});

test.each([
  ["none alone", { once: 0, twice: 4 }, 0],
  ["one alone and no pair says nothing", { once: 1, twice: 0 }, 0],
  ["4 alone, 2 pairs", { once: 4, twice: 2 }, 2],
])("at least so many things were never seen: %s", (_title, counts, expected) => {
  expect(unseenCount(counts)).toBeCloseTo(expected, 12);
});

test.each([
  ["without sampling every flow left a record", 12, 5_000, 1, 12],
  ["large flows are all seen: 100 flows of 10,000 packets, 1 in 50", 100, 100 * 10_000 * 600, 50, 100],
  ["flows of one packet are seen once in N", 100, 100 * 50 * 600, 50, 5_000],
  ["without bytes a flow may have had one packet", 3, undefined, 400, 1_200],
  ["nothing recorded", 0, 0, 400, 0],
])("flows behind the records: %s", (_title, recorded, bytes, sampling, expected) => {
  expect(estimatedFlows(recorded, bytes, sampling) / Math.max(1, expected)).toBeCloseTo(expected === 0 ? 0 : 1, 2);
});
