import { expect, test } from "vitest";
import { sayLag, stateLook } from "./source-words.ts";

test.each([
  [null, "not known"],
  [350, "350 ms"],
  [4_200, "4.2 s"],
  [180_000, "3 min"],
  [3 * 3_600_000, "3 h"],
])("a lag of %s ms is said %s", (lagMs, text) => {
  expect(sayLag(lagMs)).toBe(text);
});

test("a state that nobody knows is shown as it is", () => {
  expect([stateLook("running").word, stateLook("dozing")]).toEqual(["Running", { word: "dozing" }]);
});
