import { expect, test } from "vitest";
import { alone } from "./alone.ts";
import type { RuleAction, RuleList } from "./model.ts";

const list = (otherwise: RuleAction, ...actions: readonly RuleAction[]): RuleList => ({
  rules: actions.map((action, written) => ({
    action,
    to: { kind: "nodes", selector: { requirements: [] } },
    l4: [],
    text: "",
    written,
  })),
  otherwise,
});

test.each([
  ["what is passed is allowed", list("pass", "pass", "deny"), ["allow", "deny", "allow"]],
  ["what is denied stays denied", list("deny", "pass"), ["allow", "deny"]],
])("%s", (_, given, actions) => {
  const { rules, otherwise } = alone(given);
  expect([...rules.map(({ action }) => action), otherwise]).toEqual(actions);
});

test("a list without pass is itself", () => {
  const given = list("deny", "allow");
  expect(alone(given)).toBe(given);
});
