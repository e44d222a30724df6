import * as fc from "fast-check";
import { expect, test } from "vitest";
import { GatheredBytes } from "./gathered-bytes.ts";

test("what was added is taken, thing after thing", () => {
  const pieces = fc.array(fc.uint8Array({ maxLength: 40_000 }), { maxLength: 6 });
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 5 }), (things) => {
      const gathered = new GatheredBytes();
      for (const thing of things) {
        for (const piece of thing) gathered.add(Buffer.from(piece));
        expect(gathered.length).toBe(thing.reduce((sum, { length }) => sum + length, 0));
        expect(gathered.take().equals(Buffer.concat(thing))).toBe(true);
        expect(gathered.length).toBe(0);
      }
    }),
    { numRuns: 50 },
  );
});

test("the next has the same memory, unless it was very much", () => {
  const gathered = new GatheredBytes();
  const memoryOf = (bytes: number): ArrayBufferLike => {
    gathered.add(Buffer.alloc(bytes));
    return gathered.take().buffer;
  };
  const first = memoryOf(10_000);
  expect(memoryOf(12_000)).toBe(first);
  expect(memoryOf(300_000).byteLength).toBeGreaterThan(300_000);
  expect(memoryOf(10_000).byteLength).toBeLessThan(20_000);
});
