import { expect, test } from "vitest";
import { linesOf, partsOf } from "./policy-lines.ts";

test("each line knows its rule", () => {
  const manifest = [
    "spec:",
    "  egress:",
    "    - type: Allow",
    "      to:",
    "        cidrSelector: 10.0.0.0/8",
    "    - type: Deny",
    "      to:",
    "        cidrSelector: 0.0.0.0/0",
    "status: {}",
    "",
  ].join("\n");
  const lines = linesOf(manifest, [
    { index: 0, line: 3 },
    { index: 1, line: 6 },
    { index: 2, line: null },
  ]);
  expect(lines.map(({ rule }) => rule)).toEqual([undefined, undefined, 0, 0, 0, 1, 1, 1, undefined]);
});

test.each([
  ["  - type: Allow # why", ["plain:  - ", "key:type:", "plain: Allow", "comment: # why"]],
  ["# all of it", ["comment:# all of it"]],
  ["    - 10.0.0.0/8", ["plain:    - 10.0.0.0/8"]],
])("the parts of `%s`", (text, parts) => {
  expect(partsOf(text).map((part) => `${part.kind}:${part.text}`)).toEqual(parts);
});
