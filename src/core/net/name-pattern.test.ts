import * as fc from "fast-check";
import { expect, test } from "vitest";
import { includesPattern, matchesName, namePattern, type NamePattern } from "./name-pattern.ts";

test.each([
  // EgressFirewall: exactly one label; AdminNetworkPolicy and Calico Enterprise: one or more.
  ["*.example.com", "one-label", "a.example.com", true],
  ["*.example.com", "one-label", "a.b.example.com", false],
  ["*.example.com", "one-label", "example.com", false],
  ["*.example.com", "subdomains", "a.example.com", true],
  ["*.example.com", "subdomains", "a.b.example.com", true],
  ["*.example.com", "subdomains", "example.com", false],
  ["*.example.com", "subdomains", "badexample.com", false],
  ["*.example.com", "one-label", ".example.com", false],
  ["API.Example.com.", "one-label", "api.example.com", true],
  ["example.com", "one-label", "www.example.com", false],
] as const)("%s as %s matches %s: %s", (text, star, name, expected) => {
  expect(matchesName(namePattern(text, star), name)).toBe(expected);
});

const suffix = fc.array(fc.constantFrom("a", "b"), { minLength: 1, maxLength: 3 }).map((labels) => labels.join("."));
const pattern: fc.Arbitrary<NamePattern> = fc.oneof(
  suffix.map((name): NamePattern => ({ kind: "exact", name })),
  suffix.map((text): NamePattern => ({ kind: "one-label", suffix: text })),
  suffix.map((text): NamePattern => ({ kind: "subdomains", suffix: text })),
);
const labels = ["a", "b", "c"];
const names = [1, 2, 3, 4, 5]
  .reduce<string[][]>(
    (all) => [...all, all.at(-1)!.flatMap((name) => labels.map((label) => (name === "" ? label : `${label}.${name}`)))],
    [[""]],
  )
  .flat();

test("inclusion is inclusion of the names", () => {
  fc.assert(
    fc.property(pattern, pattern, (outer, inner) => {
      const isIncluded = names.every((name) => !matchesName(inner, name) || matchesName(outer, name));
      expect(includesPattern(outer, inner)).toBe(isIncluded);
    }),
    { numRuns: 1_000 },
  );
});
