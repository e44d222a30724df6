import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ByteStream } from "./byte-stream.ts";

const content = Uint8Array.from({ length: 600 }, (_, i) => i & 0xff);

describe("a stream of bytes", () => {
  test("is whole whatever the order and the overlaps of its pieces", () => {
    const piece = fc.tuple(fc.nat(599), fc.integer({ min: 1, max: 200 }));
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), fc.array(fc.nat(50), { maxLength: 40 }), (pieces, drops) => {
        const stream = new ByteStream(10_000);
        const isThere = Array.from({ length: 600 }, () => false);
        let dropped = 0;
        for (const [i, [at, length]] of pieces.entries()) {
          const bytes = content.subarray(at, at + length);
          expect(stream.add(at, bytes)).toBe(true);
          isThere.fill(true, at, at + bytes.length);
          const end = [...isThere, false].indexOf(false);
          expect([...stream.readable]).toEqual([...content.subarray(dropped, end)]);
          const drop = Math.min(drops[i] ?? 0, stream.readable.length);
          stream.drop(drop);
          dropped += drop;
          expect(stream.size).toBeLessThanOrEqual(10_000);
        }
      }),
    );
  });

  test("is whole when it outgrows its first room", () => {
    const long = Uint8Array.from({ length: 9000 }, (_, i) => (i * 7) & 0xff);
    const stream = new ByteStream(9000);
    for (const at of [3000, 0, 7500, 1500, 6000, 4500]) expect(stream.add(at, long.subarray(at, at + 1500))).toBe(true);
    expect(stream.readable).toEqual(long);
    expect(stream.size).toBe(9000);
  });

  test("keeps a piece that waits as it came, though its packet's memory is used again", () => {
    const stream = new ByteStream(1000);
    const memory = new Uint8Array([4, 5, 6]);
    stream.add(3, memory);
    memory.fill(0);
    expect(stream.size).toBe(1003);
    stream.add(0, new Uint8Array([1, 2, 3]));
    expect([...stream.readable]).toEqual([1, 2, 3, 4, 5, 6]);
    expect(stream.size).toBe(1000);
  });

  test("may go on for ever, as long as it is read", () => {
    const stream = new ByteStream(100);
    for (let at = 0; at < 100_000; at += 100) {
      expect(stream.add(at, content.subarray(0, 100))).toBe(true);
      stream.drop(100);
    }
    expect(stream.add(100_000, content.subarray(0, 101))).toBe(false);
  });

  test.each<[string, readonly (readonly [number, number])[]]>([
    ["reaches beyond its limit", [[990, 20]]],
    ["comes in too many pieces", Array.from({ length: 300 }, () => [5, 1] as const)],
    ["waits for its beginning with too much", Array.from({ length: 30 }, () => [1, 100] as const)],
  ])("that %s is given up", (_, pieces) => {
    const stream = new ByteStream(1000);
    expect(pieces.every(([at, length]) => stream.add(at, new Uint8Array(length)))).toBe(false);
    expect(stream.size).toBeLessThan(5000);
  });
});
