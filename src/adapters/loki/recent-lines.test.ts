import fc from "fast-check";
import { expect, test } from "vitest";
import { RecentLines } from "./recent-lines.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const hash = (labels: string, fields: string, time = 1n, key = 5): number =>
  new RecentLines(key).hash(bytes(`{${labels},${fields}}`), labels.length, time);

test("labels may come in another order, the fields of a line never do", () => {
  const labels = ['"SrcK8S_Namespace":"shop"', '"FlowDirection":"1"', '"app":"x"'];
  const backwards = labels.toReversed().join(",");
  expect(hash(labels.join(","), '"Bytes":66')).toBe(hash(backwards, '"Bytes":66'));
  expect(hash("", '"a":1,"b":2')).not.toBe(hash("", '"b":2,"a":1'));
});

test.each([
  ["another time", hash('"A":"b"', '"Bytes":66', 2n)],
  ["another line", hash('"A":"b"', '"Bytes":67')],
  ["another label", hash('"A":"c"', '"Bytes":66')],
  ["another key", hash('"A":"b"', '"Bytes":66', 1n, 6)],
])("%s makes another hash", (_, other) => {
  expect(other).not.toBe(hash('"A":"b"', '"Bytes":66'));
});

test.each(['"A":"b"', '"A":"b","detected_level":"info"', '"__stream_shard__":"3","service_name":"x,\\"Y","A":"b"'])(
  "labels that Loki adds make no other hash: %s",
  (labels) => {
    expect(hash(labels, '"Bytes":66')).toBe(hash('"A":"b"', '"Bytes":66'));
  },
);

test("lines of whole seconds are counted", () => {
  const lines = new RecentLines(1);
  for (const [i, at] of [1_500_000_000n, 2_000_000_000n, 2_999_999_999n, 3_000_000_000n].entries()) lines.add(i, at);
  lines.add(1, 2_000_000_000n);
  expect(lines.countBetween(2_000_000_000n, 3_000_000_000n)).toBe(2);
  expect([lines.isKnown(1, 2_000_000_000n), lines.isKnown(1, 3_000_000_000n)]).toEqual([true, false]);
});

test("hashes are whole numbers that do not meet by chance", () => {
  const seen = new Set<number>();
  const lines = new RecentLines(99);
  for (let i = 0; i < 20_000; i += 1) seen.add(lines.hash(bytes(`{"SrcPort":${i},"Bytes":66}`), 0, 1n));
  expect(seen.size).toBe(20_000);
  expect([...seen].every((one) => Number.isSafeInteger(one) && one >= 0)).toBe(true);
});

test("what is forgotten is said, what is kept is known", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(100)), fc.nat(100), (seconds, at) => {
      const lines = new RecentLines(1);
      const timeOf = (one: number): bigint => BigInt(one) * 1_000_000_000n;
      for (const [i, one] of seconds.entries()) expect(lines.add(i, timeOf(one))).toBe(true);
      const known = lines.forget(timeOf(at));
      for (const [i, one] of seconds.entries()) if (timeOf(one) >= known) expect(lines.add(i, timeOf(one))).toBe(false);
    }),
  );
});

test("memory is bounded: the oldest go first, and where is said", () => {
  const lines = new RecentLines(1);
  for (let i = 0; i < 600_000; i += 1) lines.add(i, BigInt(Math.floor(i / 100_000)) * 1_000_000_000n);
  expect(lines.forget(0n)).toBe(1_000_000_000n);
  expect(lines.add(599_999, 5_000_000_000n)).toBe(false);
});

test("lines are known again after a restart, the latest of them if there are too many", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(100), { maxLength: 200 }), fc.nat(100), (seconds, at) => {
      const timeOf = (one: number): bigint => BigInt(one) * 1_000_000_000n;
      const hashOf = (i: number): number => i * 0x1_2345_6789;
      const lines = new RecentLines(1);
      for (const [i, one] of seconds.entries()) lines.add(hashOf(i), timeOf(one));
      let again = lines;
      // Twice: what is restored is remembered as well.
      for (let restarts = 0; restarts < 2; restarts += 1) {
        const remembered = again.remember(timeOf(at));
        again = new RecentLines(1);
        again.restore(remembered);
      }
      for (const [i, one] of seconds.entries()) expect(again.add(hashOf(i), timeOf(one))).toBe(one < at);
    }),
  );
  const many = new RecentLines(1);
  for (let i = 0; i < 30_000; i += 1) many.add(i, BigInt(Math.floor(i / 3000)) * 1_000_000_000n);
  const remembered = many.remember(0n);
  expect(remembered.since).toBe(8_000_000_000n);
  expect(JSON.stringify(remembered.seconds).length).toBeLessThan(40_000);
});
