import * as fc from "fast-check";
import { expect, test } from "vitest";
import { fitsPattern } from "./scope.ts";

test.each([
  ["*", "", true],
  ["*", "shop", true],
  ["team-*", "team-a", true],
  ["team-*", "a-team-b", false],
  ["*-prod", "shop-prod", true],
  ["*-prod", "shop-prod-2", false],
  ["a*b*c", "axxbyyc", true],
  ["a*b*c", "axxcyyb", false],
  ["shop", "shop", true],
  ["shop", "shops", false],
])("%s and `%s`: %s", (pattern, name, fits) => expect(fitsPattern(pattern, name)).toBe(fits));

test("stars mean what they mean to an ordinary engine", () => {
  const of = (most: number): fc.Arbitrary<string> =>
    fc.string({ unit: fc.constantFrom("a", "b", "*"), maxLength: most });
  fc.assert(
    fc.property(of(6), fc.string({ unit: fc.constantFrom("a", "b"), maxLength: 8 }), (pattern, name) => {
      expect(fitsPattern(pattern, name)).toBe(new RegExp(`^${pattern.replaceAll("*", ".*")}$`).test(name));
    }),
  );
});
