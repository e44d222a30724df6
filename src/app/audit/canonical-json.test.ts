import fc from "fast-check";
import { expect, test } from "vitest";
import { canonicalJson } from "./canonical-json.ts";

test.each([
  // Of RFC 8785, 3.2.2 and 3.2.3.
  [
    {
      numbers: [Number("333333333.33333329"), 1e30, 4.5, 2e-3, 0.000000000000000000000000001],
      literals: [null, true, false],
    },
    '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27]}',
  ],
  [{ string: '€$\u000F\nA\'B"\\\\"/' }, String.raw`{"string":"€$\u000f\nA'B\"\\\\\"/"}`],
  [
    { "€": "Euro", "\r": "CR", "\ufb33": "Dalet", "1": "One", "😀": "Smile", "\u0080": "Control", ö: "o" },
    '{"\\r":"CR","1":"One","\u0080":"Control","ö":"o","€":"Euro","😀":"Smile","\ufb33":"Dalet"}',
  ],
  [-0, "0"],
  [{ b: [1, undefined], a: undefined }, '{"b":[1,null]}'],
  ["\ud800x", '"\ufffdx"'],
  [{}, "{}"],
  [[], "[]"],
])("%o is written in one way", (value, text) => expect(canonicalJson(value)).toBe(text));

test.each([Number.NaN, Number.POSITIVE_INFINITY, 1n, () => 0, Symbol("s"), undefined, [1n]])("%o is refused", (value) =>
  expect(() => canonicalJson(value)).toThrow(TypeError),
);

test("the text is JSON of the same value, and the same for members in any order", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const text = canonicalJson(value);
      expect(canonicalJson(JSON.parse(text))).toBe(text);
      const reversed: unknown = JSON.parse(text, (_, own: unknown) =>
        own !== null && typeof own === "object" && !Array.isArray(own)
          ? Object.fromEntries(Object.entries(own).toReversed())
          : own,
      );
      expect(canonicalJson(reversed)).toBe(text);
    }),
  );
});
