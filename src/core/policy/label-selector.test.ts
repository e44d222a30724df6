import * as fc from "fast-check";
import { expect, test } from "vitest";
import { impliesSelector, labelSelector, selects } from "./label-selector.ts";
import type { LabelSelector } from "./model.ts";

const values = fc.uniqueArray(fc.constantFrom("x", "y", "z"), { minLength: 1, maxLength: 2 });
const requirement = fc.oneof(
  fc.record({ key: fc.constantFrom("a", "b"), operator: fc.constantFrom("In" as const, "NotIn" as const), values }),
  fc.record({
    key: fc.constantFrom("a", "b"),
    operator: fc.constantFrom("Exists" as const, "DoesNotExist" as const),
    values: fc.constant([]),
  }),
);
const selector = fc.array(requirement, { maxLength: 3 }).map(labelSelector);
const worlds = [undefined, "x", "y", "z"].flatMap((a) =>
  [undefined, "x", "y", "z"].map((b) => ({ ...(a === undefined ? {} : { a }), ...(b === undefined ? {} : { b }) })),
);

test("an implied selector selects whatever the implying one selects", () => {
  let implied = 0;
  fc.assert(
    fc.property(selector, selector, (inner, outer) => {
      if (!impliesSelector(inner, outer)) return;
      implied += 1;
      for (const labels of worlds) expect(!selects(inner, labels) || selects(outer, labels)).toBe(true);
    }),
    { numRuns: 3_000 },
  );
  expect(implied).toBeGreaterThan(300);
});

const of = (operator: "In" | "NotIn" | "Exists" | "DoesNotExist", ...own: readonly string[]): LabelSelector =>
  labelSelector([{ key: "role", operator, values: own }]);

test.each([
  ["a value implies that the label exists", of("In", ""), of("Exists"), true],
  ["that it exists implies no value", of("Exists"), of("In", ""), false],
  ["one value implies one of two", of("In", "a"), of("In", "a", "b"), true],
  ["anything implies the selector of everything", of("In", "a"), labelSelector([]), true],
  ["a value implies not another", of("In", "a"), of("NotIn", "b"), true],
  ["absence implies not a value", of("DoesNotExist"), of("NotIn", "b"), true],
])("%s", (_title, inner, outer, expected) => {
  expect(impliesSelector(inner, outer)).toBe(expected);
});
