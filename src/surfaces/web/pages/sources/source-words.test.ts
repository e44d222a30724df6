import { expect, test } from "vitest";
import { sourceTroubles } from "../../../../app/source-troubles.ts";
import { looksOf, sayLag, sayRate, stateLook, troubleLooks } from "./source-words.ts";

test.each([
  [null, "not known"],
  [350, "350 ms"],
  [4_200, "4.2 s"],
  [180_000, "3 min"],
  [3 * 3_600_000, "3 h"],
  [3 * 86_400_000, "3 d"],
  [-200_000, "-3 min"],
])("a lag of %s ms is said %s", (lagMs, text) => {
  expect(sayLag(lagMs)).toBe(text);
});

test("a state that nobody knows is shown as it is", () => {
  expect([stateLook("running").word, stateLook("dozing")]).toEqual(["Running", { word: "dozing" }]);
});

test.each([
  [0, "0"],
  [0.1, "0.1"],
  [9.96, "10.0"],
  [10.4, "10"],
])("%s records a second are said %s", (rate, text) => {
  expect(sayRate(rate, String)).toBe(text);
});

test("troubles are seen before the state, in the server's order", () => {
  const troubles = (["late", "malformed"] as const).map((trouble) => ({ trouble, what: "", remedy: "" }));
  expect(looksOf({ state: "running", troubles }).map(({ word }) => word)).toEqual(["Late", "Not understood"]);
  expect(looksOf({ state: "running", troubles: [] })).toEqual([stateLook("running")]);
  expect(Object.keys(troubleLooks)).toEqual(sourceTroubles);
});
