import { expect, test } from "vitest";
import { tellingApart, valueOf, whyNot } from "./dimensions.ts";

test.each([
  ["port", "443", true],
  ["port", "65536", false],
  ["port", "https", false],
  ["address", "2001:db8::/32", true],
  ["address", "10.0.0.0/8", true],
  ["address", "example.com", false],
  ["name", "*.example.com", true],
] as const)("%s `%s`: %s", (dimension, value, isValue) => {
  expect(whyNot(dimension, value) === undefined).toBe(isValue);
});

test("a row is narrowed by its first name", () => {
  const row = {
    names: ["a.example", "b.example"],
    port: 53,
    flows: 1,
    bytes: null,
    destinations: 1,
    firstSeenMs: null,
    lastSeenMs: null,
  };
  expect([valueOf(row, "name"), valueOf(row, "port"), valueOf(row, "workload")]).toEqual([
    "a.example",
    "53",
    undefined,
  ]);
});

test.each([
  [[], []],
  [["port"], ["port"]],
  [["namespace"], ["cluster", "namespace"]],
  [
    ["verdict", "workload"],
    ["cluster", "namespace", "workload", "verdict"],
  ],
  [
    ["namespace", "cluster"],
    ["cluster", "namespace"],
  ],
] as const)("groups by %j are told apart by %j", (by, shown) => {
  expect(tellingApart(by)).toEqual(shown);
});
