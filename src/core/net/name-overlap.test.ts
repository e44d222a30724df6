import { expect, test } from "vitest";
import { fixedLabels, overlapsPattern } from "./name-overlap.ts";
import { globPattern, type NamePattern, namePattern } from "./name-pattern.ts";

const one = (text: string): NamePattern => namePattern(text, "one-label");
const deep = (text: string): NamePattern => namePattern(text, "subdomains");

test.each([
  ["an exact name and itself", one("a.example.com"), one("a.example.com"), true],
  ["two exact names", one("a.example.com"), one("b.example.com"), false],
  ["one label and a name below it", one("*.example.com"), one("a.example.com"), true],
  ["one label and a name two below it", one("*.example.com"), one("a.b.example.com"), false],
  ["one label and any depth of the same", one("*.example.com"), deep("*.example.com"), true],
  ["one label and any depth above", one("*.b.example.com"), deep("*.example.com"), true],
  ["one label and any depth below", one("*.example.com"), deep("*.b.example.com"), false],
  ["any depth above and below", deep("*.example.com"), deep("*.b.example.com"), true],
  ["any depth of strangers", deep("*.example.com"), deep("*.example.org"), false],
  ["a name that only ends alike", deep("*.example.com"), one("badexample.com"), false],
  ["stars inside labels that meet", globPattern("cdn-*.example.com"), globPattern("*-7.example.com"), true],
  ["stars inside labels that never meet", globPattern("cdn-*.example.com"), globPattern("img-*.example.com"), false],
  ["a star that stands for nothing", globPattern("cdn*.example.com"), one("cdn.example.com"), true],
  ["every name and any", globPattern("*"), deep("*.example.com"), true],
])("%s", (_, a, b, isShared) => {
  expect(overlapsPattern(a, b)).toBe(isShared);
  expect(overlapsPattern(b, a)).toBe(isShared);
});

test.each([
  ["*.com", 1],
  ["*.example.com", 2],
  ["a.example.com", 3],
])("%s has %i labels that stand fast", (text, labels) => expect(fixedLabels(one(text))).toBe(labels));
