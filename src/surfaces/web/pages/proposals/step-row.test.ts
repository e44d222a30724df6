import { expect, test } from "vitest";
import { stepRow } from "./step-row.ts";

test.each([
  [undefined, "next", 3, 0],
  [undefined, "previous", 3, 2],
  [0, "next", 3, 1],
  [2, "next", 3, 2],
  [0, "previous", 3, 0],
  // a list that grew shorter meanwhile
  [7, "next", 3, 2],
  [undefined, "next", 0, undefined],
] as const)("from row %s %s of %s is row %s", (at, by, rows, to) => {
  expect(stepRow(at, by, rows)).toBe(to);
});
