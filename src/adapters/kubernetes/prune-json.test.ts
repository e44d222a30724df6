import * as fc from "fast-check";
import { expect, test } from "vitest";
import { pruneJson } from "./prune-json.ts";

const keys = new Set(["managedFields", "containers"]);
const key = fc.oneof(
  fc.constantFrom("managedFields", "containers", "metadata", "a"),
  fc.string({ maxLength: 6, unit: "binary" }),
);
const value = fc.letrec((tie) => ({
  any: fc.oneof(
    { depthSize: "medium" },
    fc.constantFrom<unknown>(null, true, 0, -1.5, "", '"', "\\", "},]{[:,", "日本"),
    fc.string({ unit: "binary" }),
    fc.array(tie("any"), { maxLength: 3 }),
    fc.dictionary(key, tie("any"), { maxKeys: 4 }),
  ),
})).any;

/** The obvious version, on parsed values. */
function pruned(of: unknown, depth: number): unknown {
  if (Array.isArray(of)) return of.map((item) => pruned(item, depth - 1));
  if (typeof of !== "object" || of === null) return of;
  return Object.fromEntries(
    Object.entries(of).map(([name, inner]) => [name, depth === 1 && keys.has(name) ? 0 : pruned(inner, depth - 1)]),
  );
}

test("what is left is the text of what is left, however it is indented", () => {
  fc.assert(
    fc.property(value, fc.integer({ min: 1, max: 3 }), fc.nat(2), (any, depth, indent) => {
      const left = pruneJson(Buffer.from(JSON.stringify(any, null, indent)), keys, depth);
      expect(JSON.parse(left.toString("utf8"))).toEqual(pruned(any, depth));
    }),
    { numRuns: 1000 },
  );
});

test("no text makes it grow, or never end", () => {
  const junk = fc.array(
    fc.constantFrom('"managedFields"', '"containers":', "{", "}", "[", "]", '"', "\\", ",", ":", "é"),
    { maxLength: 40 },
  );
  fc.assert(
    fc.property(junk, fc.integer({ min: 0, max: 3 }), (parts, depth) => {
      const text = Buffer.from(parts.join(""));
      expect(pruneJson(Buffer.from(text), keys, depth).length).toBeLessThanOrEqual(text.length);
    }),
  );
});

test("most of a pod is gone before it is parsed", () => {
  const pod = {
    metadata: { name: "web", managedFields: [{ fieldsV1: { "f:spec": {} } }] },
    spec: { hostNetwork: true, containers: [{ name: "main", args: ["}"] }] },
    status: { podIP: "10.1.0.9" },
  };
  expect(pruneJson(Buffer.from(JSON.stringify(pod)), keys, 2).toString()).toBe(
    '{"metadata":{"name":"web","managedFields":0},"spec":{"hostNetwork":true,"containers":0},"status":{"podIP":"10.1.0.9"}}',
  );
});
