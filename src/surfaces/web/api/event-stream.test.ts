import { expect, test } from "vitest";
import { retryAfterMs } from "./event-stream.ts";

test.each([
  [0, 0, 500],
  [0, 1, 1_000],
  [3, 0.5, 6_000],
  [40, 0, 15_000],
  [40, 1, 30_000],
])("after %i failures, by chance %d, it is tried again in %i ms", (failures, random, ms) => {
  expect(retryAfterMs(failures, random)).toBe(ms);
});
