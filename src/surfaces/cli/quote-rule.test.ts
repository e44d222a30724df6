import { expect, test } from "vitest";
import { quoteEntry } from "./quote-rule.ts";

const lines = [
  "spec:",
  "  egress:",
  "    - type: Allow",
  "      to:",
  "        dnsName: a.example",
  "    - type: Deny",
  "status: {}",
];

test.each([
  ["an entry ends where the next one starts", 3, ["- type: Allow", "  to:", "    dnsName: a.example"]],
  ["the last entry ends where the indent does", 6, ["- type: Deny"]],
  ["a place outside the file quotes nothing", 99, []],
])("%s", (_title, line, expected) => {
  expect(quoteEntry(lines, { file: "x", line, path: "" }).map(({ text }) => text)).toEqual(expected);
});

test("an object without a place quotes nothing", () => {
  expect(quoteEntry(lines, { file: "x", path: "" })).toEqual([]);
});
