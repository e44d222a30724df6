import { expect, test } from "vitest";
import { SeenEntries } from "./seen-entries.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const labels = '"SrcK8S_Namespace":"shop", "FlowDirection":"1"';
const line = (fields: string, before = labels): [Uint8Array, number] => [bytes(`{${before},${fields}}`), before.length];

test("a line of an overlapping page is known, whatever the order of its labels", () => {
  const seen = new SeenEntries(7);
  expect(seen.add(...line('"SrcPort":1'), "1700000000000000000")).toBe(true);
  expect(seen.add(...line('"SrcPort":1', labels.split(", ").toReversed().join(",")), "1700000000000000000")).toBe(
    false,
  );
});

test.each([
  ["another time", line('"SrcPort":1'), "1700000000000000001"],
  ["another line", line('"SrcPort":2'), "1700000000000000000"],
  ["another stream", line('"SrcPort":1', '"SrcK8S_Namespace":"bank"'), "1700000000000000000"],
])("%s is new", (_, [other, labelBytes], time) => {
  const seen = new SeenEntries(7);
  seen.add(...line('"SrcPort":1'), "1700000000000000000");
  expect(seen.add(other, labelBytes, time)).toBe(true);
});

test("what is no line of Loki is never known: a flow may come twice", () => {
  const seen = new SeenEntries(7);
  for (let i = 0; i < 3; i += 1) expect(seen.add(bytes('{"SrcPort":1}'), 0, "")).toBe(true);
});

test("memory is bounded, and the latest are known", () => {
  const seen = new SeenEntries(7, 100);
  const add = (port: number): boolean => seen.add(...line(`"SrcPort":${port}`), "1");
  for (let port = 0; port < 1000; port += 1) expect(add(port)).toBe(true);
  expect(add(0)).toBe(true);
  for (let port = 901; port < 1000; port += 1) expect(add(port)).toBe(false);
});
