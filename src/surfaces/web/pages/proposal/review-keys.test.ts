import { expect, test } from "vitest";
import { commandOf, stepRow } from "./review-keys.ts";

const plain = { ctrlKey: false, metaKey: false, altKey: false };
/** An element inside what `selectors` may find. */
const inside = (...names: readonly string[]): EventTarget =>
  ({ closest: (selectors: string) => (names.some((name) => selectors.includes(name)) ? {} : null) }) as never;

test.each([
  ["j", inside("main"), "list", "next"],
  ["k", null, "list", "previous"],
  ["Enter", inside("main"), "list", "open"],
  ["a", inside("main"), "proposal", "approve"],
  ["c", inside("main"), "proposal", "request-changes"],
  ["r", inside("main"), "proposal", "reject"],
  // what belongs to others
  ["a", inside("textarea"), "proposal", undefined],
  ["j", inside("input"), "list", undefined],
  ["a", inside("contenteditable"), "proposal", undefined],
  ["r", inside("[role='dialog']"), "proposal", undefined],
  ["Enter", inside("a, button"), "list", undefined],
  ["x", null, "list", undefined],
  ["a", null, "list", undefined],
] as const)("%s at %o on a %s is %s", (key, target, where, command) => {
  expect(commandOf({ ...plain, key }, target, where)).toBe(command);
});

test("a modifier makes it somebody else's key", () => {
  expect(commandOf({ ...plain, key: "a", ctrlKey: true }, null, "proposal")).toBeUndefined();
  expect(commandOf({ ...plain, key: "r", metaKey: true }, null, "proposal")).toBeUndefined();
});

test.each([
  [undefined, "next", 3, 0],
  [undefined, "previous", 3, 2],
  [0, "next", 3, 1],
  [2, "next", 3, 2],
  [0, "previous", 3, 0],
  [undefined, "next", 0, undefined],
] as const)("from row %s %s of %s is row %s", (at, command, rows, to) => {
  expect(stepRow(at, command, rows)).toBe(to);
});
