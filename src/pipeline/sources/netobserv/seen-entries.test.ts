import { expect, test } from "vitest";
import { hashEntry } from "./entry-hash.ts";
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
  ["another time by far", line('"SrcPort":1'), "1700000004294967296"],
  [
    "another stream of NetObserv's own labels",
    line('"SrcPort":1', `${labels},"_RecordType":"flowLog"`),
    "1700000000000000000",
  ],
])("%s is new", (_, [other, labelBytes], time) => {
  const seen = new SeenEntries(7);
  seen.add(...line('"SrcPort":1'), "1700000000000000000");
  expect(seen.add(other, labelBytes, time)).toBe(true);
});

test.each([
  ["blanks between its labels", labels.replace(", ", ",  ")],
  ["a label that Loki adds", `${labels},"detected_level":"info"`],
  ["such a label in front, with a comma and a quote in it", String.raw`"service_name":"a,\"B",${labels}`],
])("a line is known with %s", (_, others) => {
  const seen = new SeenEntries(7);
  seen.add(...line('"SrcPort":1'), "1700000000000000000");
  expect(seen.add(...line('"SrcPort":1', others), "1700000000000000000")).toBe(false);
});

test("lines whose labels differ behind a comma or a quote are told apart", () => {
  const seen = new SeenEntries(7);
  for (const name of ["a,b", "a,c", String.raw`a\",b`, String.raw`a\",c`, String.raw`a\\`, String.raw`b\\`]) {
    expect(seen.add(...line('"SrcPort":1', `"SrcK8S_OwnerName":"${name}"`), "1")).toBe(true);
  }
});

test("both halves of a hash tell lines apart, whatever the key", () => {
  for (const key of [0, 7, 0xffff_ffff]) {
    const hashes = Array.from({ length: 5000 }, (_, port) => hashEntry(key, ...line(`"SrcPort":${port}`), 1n));
    expect(new Set(hashes).size).toBe(5000);
    // Of 32 and of 21 bits: the birthday paradox allows none and about six.
    expect(new Set(hashes.map((hash) => hash % 2 ** 32)).size).toBeGreaterThan(4995);
    expect(new Set(hashes.map((hash) => Math.floor(hash / 2 ** 32))).size).toBeGreaterThan(4960);
  }
});

test("who does not know the key does not know which lines look alike", () => {
  const keys = Array.from({ length: 1000 }, (_, i) => Math.imul(i + 1, 0x9e37_79b1) >>> 0);
  expect(new Set(keys.map((key) => hashEntry(key, ...line('"SrcPort":1'), 1n))).size).toBe(1000);
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
