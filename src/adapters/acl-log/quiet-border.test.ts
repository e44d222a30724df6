import { expect, test } from "vitest";
import { quietBorder } from "./quiet-border.ts";

const cut = (...lines: readonly string[]): string => {
  const piece = lines.join("\n");
  return piece.slice(0, quietBorder(new TextEncoder().encode(piece)));
};
const at = (ms: string, rest: string): string => `2023-11-14T22:13:20.${ms}Z|00004|acl_log|INFO|${rest}`;

test.each([
  ["before the lines of the last packet", [at("100", "a"), at("200", "b allow"), at("201", "b drop"), ""], 1],
  ["before a line that has no end yet", [at("100", "a"), at("200", "b"), at("300", "c"), at("4", "")], 2],
  ["at the last border with a pause", [at("100", "a"), at("150", "b"), at("151", "c"), at("152", "d"), ""], 1],
  ["nowhere when all come together", [at("100", "a"), at("101", "b"), at("102", "c"), ""], 4],
  ["nowhere without times", ["no time", "none either", ""], 3],
  ["nowhere in a line without an end", ["endless"], 1],
])("a piece is cut %s", (_, lines, whole) => {
  const kept = lines.slice(0, whole).join("\n");
  expect(cut(...lines)).toBe(whole < lines.length ? `${kept}\n` : kept);
});
