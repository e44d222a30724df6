import { describe, expect, test } from "vitest";
import { ariaSort, nextSort } from "./column.ts";

describe("a press on a heading", () => {
  test.each([
    ["a name, not sorted yet", undefined, false, "field"],
    ["a number, not sorted yet", undefined, true, "-field"],
    ["rising", "field", false, "-field"],
    ["falling", "-field", true, "field"],
    ["sorted by something else", "-other", true, "-field"],
  ])("%s", (_, by, isNumeric, next) => {
    expect(nextSort(by, "field", isNumeric)).toBe(next);
  });

  test("tells screen readers the order", () => {
    expect([ariaSort("a", "a"), ariaSort("-a", "a"), ariaSort("b", "a"), ariaSort("a", undefined)]).toEqual([
      "ascending",
      "descending",
      "none",
      undefined,
    ]);
  });
});
