import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Decider, formatDecider, maxDeciderText, parseDecider } from "./decider.ts";

const label = fc.stringMatching(/^[a-z0-9](?:[-a-z0-9]{0,20}[a-z0-9])?$/);
const decider: fc.Arbitrary<Decider> = fc.record({
  kind: fc.constantFrom("EgressFirewall", "NetworkPolicy", "CiliumNetworkPolicy", "Policy"),
  namespace: fc.oneof(label, fc.constant("")),
  name: fc.oneof(
    fc.array(label, { minLength: 1, maxLength: 3 }).map((parts) => parts.join(".")),
    fc.constant("*"),
  ),
  rule: fc.option(fc.integer({ min: 0, max: 99_999 }), { nil: undefined }),
});

test.each([
  ["an egress firewall's fourth rule", "EgressFirewall/shop/default#3"],
  ["a policy of a namespace, of which the rule is not told", "CiliumNetworkPolicy/shop/allow-pay"],
  ["a policy of the whole cluster", "AdminNetworkPolicy//tenants#1"],
  ["the default deny of a namespace", "NetworkPolicy/shop/*"],
])("%s is `%s`", (_, text) => {
  expect(formatDecider(parseDecider(text)!)).toBe(text);
});

test("whatever is written is read back as it was", () => {
  fc.assert(
    fc.property(decider, (own) => {
      expect(parseDecider(formatDecider(own) ?? "")).toEqual(own);
    }),
  );
});

test("whatever is read is written as it was, in ASCII, and is short", () => {
  const parts = fc.constantFrom(
    "NetworkPolicy",
    "/",
    "shop",
    "*",
    "#",
    "0",
    "007",
    ".",
    "-",
    "\u0000",
    "\n",
    "<b>",
    "ä",
  );
  const hostile = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.array(parts).map((own) => own.join("")),
  );
  fc.assert(
    fc.property(hostile, (text) => {
      const read = parseDecider(text);
      if (read === undefined) return;
      expect(formatDecider(read)).toBe(text);
      expect(text).toMatch(/^[\x21-\x7e]{1,253}$/);
    }),
  );
});

describe("what no cluster can mean is refused", () => {
  test.each([
    ["a line feed", { kind: "NetworkPolicy", namespace: "shop", name: "a\nb", rule: 0 }],
    ["a slash in a name", { kind: "NetworkPolicy", namespace: "shop", name: "a/b", rule: 0 }],
    ["a rule in the name", { kind: "NetworkPolicy", namespace: "shop", name: "a#1", rule: undefined }],
    ["no name", { kind: "NetworkPolicy", namespace: "shop", name: "", rule: undefined }],
    ["no kind", { kind: "", namespace: "shop", name: "a", rule: undefined }],
    ["a rule before the first", { kind: "NetworkPolicy", namespace: "shop", name: "a", rule: -1 }],
    ["half a rule", { kind: "NetworkPolicy", namespace: "shop", name: "a", rule: 0.5 }],
    ["a namespace of two labels", { kind: "NetworkPolicy", namespace: "a.b", name: "a", rule: undefined }],
    ["a text too long", { kind: "Policy", namespace: "", name: "a".repeat(maxDeciderText), rule: undefined }],
  ] satisfies [string, Decider][])("%s", (_, own) => {
    expect(formatDecider(own)).toBeUndefined();
  });
});
