import { expect, test } from "vitest";
import { spanOf, waitsFor } from "./sparse-pages.ts";

test.each([
  ["the beginning", 0, 30, 0, 0],
  ["close to the second page", 370, 410, 0, 1],
  ["just in the second page", 510, 540, 0, 1],
  ["in the middle of the second page", 700, 740, 1, 1],
  ["far down", 90_250, 90_290, 180, 180],
])("%s, rows %i to %i, needs pages %i to %i", (_, firstRow, lastRow, first, last) => {
  expect(spanOf(firstRow, lastRow)).toEqual({ first, last });
});

test.each([
  [{ first: 0, last: 0 }, { first: 0, last: 1 }, true],
  [{ first: 0, last: 0 }, { first: 1, last: 1 }, true],
  [{ first: 4, last: 5 }, { first: 3, last: 3 }, true],
  [{ first: 0, last: 0 }, { first: 2, last: 2 }, false],
  [{ first: 180, last: 180 }, { first: 0, last: 0 }, false],
])("from %o to %o is asked for at once: %s", (before, next, isAtOnce) => {
  expect(waitsFor(before, next) === 0).toBe(isAtOnce);
});
