/** Random expressions of Calico's selector language, in canonical form, and labels that sit at their edges. */
import * as fc from "fast-check";
import { allOf, anyOf, notOf, type SelectorExpression, valueIn } from "../../src/core/policy/selector-expression.ts";

const key = fc.constantFrom("app", "app.kubernetes.io/name", "zone");
const value = fc.constantFrom("", "a", "ab", "web", "it's", 'say "b"');

export function arbitraryLabels(): fc.Arbitrary<Record<string, string>> {
  return fc.dictionary(key, value, { maxKeys: 3, noNullPrototype: true });
}

export function arbitraryExpression(): fc.Arbitrary<SelectorExpression> {
  const atom: fc.Arbitrary<SelectorExpression> = fc.oneof(
    fc.constant({ kind: "all" } as const),
    fc.record({ kind: fc.constant("has" as const), key }),
    fc.tuple(key, fc.array(value, { maxLength: 3 })).map(([own, values]) => valueIn(own, values)),
    fc.record({ kind: fc.constantFrom("contains", "starts with", "ends with"), key, value }),
  );
  const { tree } = fc.letrec<{ tree: SelectorExpression }>((tie) => ({
    tree: fc.oneof(
      { maxDepth: 3 },
      atom,
      tie("tree").map(notOf),
      fc.array(tie("tree"), { maxLength: 3 }).map(allOf),
      fc.array(tie("tree"), { maxLength: 3 }).map(anyOf),
    ),
  }));
  return tree;
}
