import fc from "fast-check";
import { expect, test } from "vitest";
import { isWithin, type JsonLimits } from "./json-extent.ts";

const wide: JsonLimits = { depth: 100, containers: 1000, fields: 1000 };

test.each<readonly [string, Partial<JsonLimits>, boolean]>([
  ["[[1]]", { depth: 2 }, true],
  ["[[1]]", { depth: 1 }, false],
  ["[[],[],{}]", { containers: 4 }, true],
  ["[[],[],{}]", { containers: 3 }, false],
  ['{"a":1,"b":{"c":2}}', { fields: 3 }, true],
  ['{"a":1,"b":{"c":2}}', { fields: 2 }, false],
  [String.raw`["[{:\"[[[[\\"]`, { depth: 1, containers: 1, fields: 0 }, true],
  ['["[[[[', { depth: 1 }, true],
  ['["\\', { depth: 1 }, true],
  ["]]]][[", { depth: 1 }, true],
  ["", {}, true],
])("%s within %j: %s", (text, limits, expected) => {
  expect(isWithin(text, { ...wide, ...limits })).toBe(expected);
});

test("counts what the parser builds", () => {
  const sizeOf = (value: unknown): readonly [depth: number, containers: number, fields: number] => {
    if (typeof value !== "object" || value === null) return [0, 0, 0];
    const own = Object.values(value).map(sizeOf);
    return [
      1 + Math.max(0, ...own.map(([depth]) => depth)),
      own.reduce((sum, [, containers]) => sum + containers, 1),
      own.reduce((sum, [, , fields]) => sum + fields, Array.isArray(value) ? 0 : Object.keys(value).length),
    ];
  };
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const text = JSON.stringify(value);
      const [depth, containers, fields] = sizeOf(value);
      expect(isWithin(text, { depth, containers, fields })).toBe(true);
      if (depth > 0) expect(isWithin(text, { depth: depth - 1, containers, fields })).toBe(false);
      if (containers > 0) expect(isWithin(text, { depth, containers: containers - 1, fields })).toBe(false);
      if (fields > 0) expect(isWithin(text, { depth, containers, fields: fields - 1 })).toBe(false);
    }),
  );
});
