import { expect, test } from "vitest";
import { percent } from "./percent.ts";

test.each([
  [0, "0 %"],
  [0.0003, "under 0.1 %"],
  [0.004, "0.4 %"],
  [0.25, "25 %"],
  [0.987, "99 %"],
  [0.9957, "99.6 %"],
  [0.9996, "over 99.9 %"],
  [1, "100 %"],
])("%d is told as %s", (share, told) => {
  expect(percent(share)).toBe(told);
});
