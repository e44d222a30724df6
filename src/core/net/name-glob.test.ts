import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { canonicalGlob, fixedEnd } from "./name-glob.ts";
import {
  formatNamePattern,
  globOf,
  globPattern,
  includesPattern,
  matchesName,
  type NamePattern,
} from "./name-pattern.ts";

test.each([
  ["*.example.com", "a.example.com", true],
  ["*.example.com", "a.b.example.com", false],
  ["*.example.com", "example.com", false],
  ["**.example.com", "a.b.example.com", true],
  ["**.example.com", "example.com", false],
  ["****.example.com.", "a.b.example.com", true],
  ["*example.com", "badexample.com", true],
  ["*example.com", "example.com", true],
  ["*example.com", "a.example.com", false],
  ["cdn-*.example.com", "cdn-.example.com", true],
  ["cdn-*.example.com", "cdn-7.example.com", true],
  ["a*b*c.example.com", "abbxc.example.com", true],
  ["a*b*c.example.com", "acb.example.com", false],
  ["*.*.example.com", "a.b.example.com", true],
  ["*.*.example.com", "a.example.com", false],
  ["**.a*.example.com", "x.y.a1.example.com", true],
  ["**.a*.example.com", "a1.example.com", false],
  ["a**b.example.com", "axb.example.com", true],
  ["_http._tcp.*", "_http._tcp.local", true],
  ["*", "anything.at.all", true],
  ["**.", "localhost", true],
  ["*", "not a name", false],
  ["*", "two..dots", false],
])("%s matches %s: %s", (text, name, expected) => expect(matchesName(globPattern(text), name)).toBe(expected));

test.each<[string, NamePattern]>([
  ["API.Example.com.", { kind: "exact", name: "api.example.com" }],
  ["*.example.com", { kind: "one-label", suffix: "example.com" }],
  ["**.example.com", { kind: "subdomains", suffix: "example.com" }],
  ["***", { kind: "glob", text: "*" }],
  ["a***.example.com", { kind: "glob", text: "a*.example.com" }],
  ["**.*.example.com", { kind: "glob", text: "**.*.example.com" }],
])("%s is the simplest pattern that says it", (text, expected) => expect(globPattern(text)).toEqual(expected));

test.each([
  ["cdn-*.example.com", "example.com"],
  ["*", ""],
  ["a.*", ""],
  ["**.a*.b.example", "b.example"],
])("the fixed end of %s is `%s`", (glob, expected) => expect(fixedEnd(canonicalGlob(glob))).toBe(expected));

const word = fc.array(fc.constantFrom("a", "b", "*"), { minLength: 1, maxLength: 4 }).map((parts) => parts.join(""));
const glob = fc
  .tuple(fc.constantFrom("", "", "**."), fc.array(word, { minLength: 1, maxLength: 3 }))
  .map(([prefix, parts]) => `${prefix}${parts.join(".")}`);
/** Every name of at most seven characters over three letters: `c` stands for what no pattern has of its own. */
const names = (function namesOf(length: number): readonly string[] {
  if (length === 0) return [""];
  const shorter = namesOf(length - 1);
  return [
    ...shorter,
    ...shorter
      .filter((name) => name.length === length - 1)
      .flatMap((name) => ["a", "b", "c", "."].map((c) => name + c)),
  ];
})(7).filter((name) => /^[abc]+(\.[abc]+)*$/.test(name));

describe("laws", () => {
  test("a pattern matches what its regular expression matches", () => {
    fc.assert(
      fc.property(glob, (text) => {
        const pattern = globPattern(text);
        const isDeep = /^\*{2,}\./.test(text);
        const rest = (isDeep ? text.slice(text.indexOf(".") + 1) : text)
          .replaceAll(".", "[.]")
          .replaceAll(/\*+/g, "[abc]*");
        const source = /^\*+$/.test(text) ? ".*" : `${isDeep ? "([abc]+[.])+" : ""}${rest}`;
        const expected = new RegExp(`^${source}$`);
        for (const name of names) expect(matchesName(pattern, name), name).toBe(expected.test(name));
      }),
      { numRuns: 60 },
    );
  });

  test("inclusion is inclusion of the names", () => {
    const seen = new Set<boolean>();
    fc.assert(
      fc.property(glob, glob, (a, b) => {
        const [outer, inner] = [globPattern(a), globPattern(b)];
        const isIncluded = includesPattern(outer, inner);
        seen.add(isIncluded);
        const missing = names.find((name) => matchesName(inner, name) && !matchesName(outer, name));
        if (isIncluded) expect(missing).toBeUndefined();
        // Counterexamples need not be longer than seven characters for patterns of at most four.
        else if (a.length + b.length <= 7) expect(missing, `${a} ⊉ ${b}`).toBeDefined();
      }),
      { numRuns: 400 },
    );
    expect(seen.size).toBe(2);
  });

  test("a pattern reads back from its own text", () => {
    fc.assert(
      fc.property(glob, (text) => {
        expect(globPattern(globOf(globPattern(text)))).toEqual(globPattern(text));
      }),
    );
  });
});

test("a pattern with as many stars as fit is compared at once", () => {
  const many = `${"a*".repeat(60)}b.example.com`;
  const more = `${"a*".repeat(61)}b.example.com`;
  expect(includesPattern(globPattern(many), globPattern(more))).toBe(true);
  expect(includesPattern(globPattern(more), globPattern(many))).toBe(false);
  expect(formatNamePattern(globPattern("**.example.com"))).toBe("*.example.com");
});

test("patterns that stars cut into many labels are given up, and count as not included", () => {
  const labels = ".*".repeat(24);
  expect(includesPattern(globPattern(`**.*a${labels}`), globPattern(`**.*a*a${labels}`))).toBe(false);
  expect(includesPattern(globPattern("**.*a.*"), globPattern("**.*a*a.*"))).toBe(true);
});
