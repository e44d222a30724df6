import { describe, expect, test } from "vitest";
import type { CheckReport } from "../../../../app/check-policies.ts";
import { checkMarkdown } from "./markdown.ts";

/** A report that says one thing of one object. */
function reportOf(message: string, file: string): CheckReport {
  const at = { file, path: "", line: 3 };
  const verdict = { clause: "closed", law: "company", effect: "forbids", message, rule: null, line: null, at } as const;
  const object = { change: "changed", kind: "EgressFirewall", namespace: "shop", name: "default", at } as const;
  return {
    passed: false,
    objects: [{ ...object, verdicts: [verdict], approvals: [] }],
    findings: [],
    diff: { namespaces: [] },
    replay: undefined,
    risk: { level: "low", score: 0, reasons: [] },
    isJudgedByWords: true,
  } as unknown as CheckReport;
}

const rowOf = (message: string, file = "shop.yaml"): string =>
  checkMarkdown(reportOf(message, file))
    .split("\n")
    .find((line) => line.startsWith("| ❌"))!;

describe("a comment for a pull request", () => {
  test("shows somebody's words as code", () => {
    expect(rowOf("rule 0, `Allow *.example.com`, opens it")).toBe(
      "| ❌ forbids | `closed` of `company` | rule 0, `Allow *.example.com`, opens it | `shop.yaml:3` |",
    );
  });

  test.each([
    [
      "a file that ends its cell",
      "opens it",
      "a\\|<img src=x>.yaml",
      "<code>a&#92;&#124;&#60;img src=x&#62;.yaml:3</code> |",
    ],
    [
      "a rule that ends its cell",
      "rule 0, `Allow a\\|<b>@ops`, opens it",
      "a.yaml",
      "rule 0, <code>Allow a&#92;&#124;&#60;b&#62;&#64;&#8288;ops</code>, opens it |",
    ],
    [
      "a rule that ends its code",
      "rule 0, `a`@ops`, opens it",
      "a.yaml",
      "rule 0, &#96;a&#96;&#64;&#8288;ops&#96;, opens it |",
    ],
    [
      "a rule that makes empty code",
      "rule 0, `a``b`<img>``c`, opens it",
      "a.yaml",
      "rule 0, &#96;a&#96;&#96;b&#96;&#60;img&#62;&#96;&#96;c&#96;, opens it |",
    ],
  ])("keeps %s in it", (_, message, file, told) => {
    expect(rowOf(message, file)).toContain(told);
    expect(rowOf(message, file).match(/(?<!\\)\|/g)).toHaveLength(5);
  });
});
