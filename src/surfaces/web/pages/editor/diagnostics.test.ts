import { expect, test } from "vitest";
import { diagnosticsOf } from "./diagnostics.ts";

const text = "kind: EgressFirewall\nspec:\n  egress:\n  - type: Allow\n";
const finding = { code: "over-broad", severity: "warning", message: "opens too much", fix: "narrow it" } as const;
const law = {
  clause: "widest-prefix",
  law: "company@3",
  effect: "forbids",
  message: "wider than /24",
  rule: 0,
} as const;

test.each([
  ["a line", { ...finding, line: 4 }, "- type: Allow"],
  ["a line and a column", { ...finding, line: 4, column: 5 }, "type: Allow"],
  ["no line", finding, "kind: EgressFirewall"],
  ["a column beyond its line", { ...finding, line: 2, column: 90 }, ""],
  ["the last, empty line", { ...finding, line: 5 }, ""],
])("a finding with %s", (_, given, marked) => {
  const [diagnostic] = diagnosticsOf(text, [given], []);
  expect(text.slice(diagnostic!.from, diagnostic!.to)).toBe(marked);
  expect(diagnostic).toMatchObject({ severity: "warning", source: "over-broad", message: "opens too much: narrow it" });
});

test("a line that is gone is left out", () => {
  expect(diagnosticsOf(text, [{ ...finding, line: 6 }], [{ ...law, line: 70 }])).toEqual([]);
});

test("law and lint stand in the order of the text; a law that warns is a warning", () => {
  const all = diagnosticsOf(
    text,
    [{ ...finding, line: 4 }],
    [
      { ...law, line: 2 },
      { ...law, effect: "warns", line: null },
    ],
  );
  expect(all.map(({ severity, source }) => `${severity} ${source}`)).toEqual([
    "warning company@3 widest-prefix",
    "error company@3 widest-prefix",
    "warning over-broad",
  ]);
});
