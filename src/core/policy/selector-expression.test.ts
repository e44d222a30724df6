import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { arbitraryExpression, arbitraryLabels } from "../../../test/arbitraries/selector-expression.ts";
import { parseSelector } from "./kinds/calico/parse-selector.ts";
import {
  areDisjointSelectors,
  expressionOf,
  formatLabelSelector,
  impliesSelector,
  selectorOf,
  selects,
} from "./label-selector.ts";
import { fits, formatExpression, type SelectorExpression } from "./selector-expression.ts";

function expression(text: string): SelectorExpression {
  const parsed = parseSelector(text);
  if (!parsed.ok) throw new Error(parsed.error.message);
  return parsed.value;
}

test("what is printed is read back as it was", () => {
  fc.assert(
    fc.property(arbitraryExpression(), (own) => {
      expect(parseSelector(formatExpression(own))).toEqual({ ok: true, value: own });
    }),
  );
});

test("a selector says what its expression says, and gives it back", () => {
  fc.assert(
    fc.property(arbitraryExpression(), arbitraryLabels(), (own, labels) => {
      const selector = selectorOf(own);
      expect(selects(selector, labels)).toBe(fits(own, labels));
      expect(fits(expressionOf(selector), labels)).toBe(fits(own, labels));
      expect(selectorOf(expressionOf(selector))).toEqual(selector);
    }),
  );
});

test("what is said to imply another or to exclude it does so for all labels", () => {
  fc.assert(
    fc.property(arbitraryExpression(), arbitraryExpression(), arbitraryLabels(), (a, b, labels) => {
      const [x, y] = [selectorOf(a), selectorOf(b)];
      const isBroken = impliesSelector(x, y) && selects(x, labels) && !selects(y, labels);
      const isShared = areDisjointSelectors(x, y) && selects(x, labels) && selects(y, labels);
      expect([isBroken, isShared]).toEqual([false, false]);
    }),
    { numRuns: 2000 },
  );
});

describe("implication", () => {
  test.each([
    ["app == 'a' || app == 'b'", "app in {'a', 'b'}", true],
    ["app in {'a', 'b'}", "app == 'a' || app == 'b'", true],
    ["app == 'web'", "app starts with 'w'", true],
    ["app starts with 'web-'", "has(app)", true],
    ["app starts with 'web-'", "app starts with 'web'", false],
    ["!(app == 'a' && zone == 'b')", "app != 'a' || zone != 'b'", true],
    ["has(app)", "app == 'a'", false],
    ["app in {}", "zone == 'nowhere'", true],
  ])("`%s` implies `%s`: %s", (inner, outer, expected) => {
    expect(impliesSelector(selectorOf(expression(inner)), selectorOf(expression(outer)))).toBe(expected);
  });
});

test.each([
  ["app == 'web' && has(tier) && zone not in {'a', 'b'}", "app=web,tier,zone notin (a,b)"],
  ["app == 'web' && (has(a) || has(b))", "app=web and has(a) || has(b)"],
  ["name ends with '-db'", "name ends with '-db'"],
  ["all()", "everything"],
])("`%s` is shown as `%s`", (text, shown) => {
  expect(formatLabelSelector(selectorOf(expression(text)))).toBe(shown);
});
