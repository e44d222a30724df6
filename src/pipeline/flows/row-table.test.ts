import fc from "fast-check";
import { expect, test } from "vitest";
import { RowTable } from "./row-table.ts";

/** Few values for each cell, so that rows repeat and many hashes begin alike. */
const cell = fc.oneof(fc.integer({ min: -3, max: 3 }), fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }));
const rows = fc.array(fc.tuple(cell, cell, cell), { maxLength: 2000 });

test("rows are numbered in the order in which they came, one by one or many at once, and found again", () => {
  fc.assert(
    fc.property(rows, fc.nat(600), (all, limit) => {
      const expected = new Map<string, number>();
      const numbers = all.map((row) => {
        const key = row.join(" ");
        const known = expected.get(key);
        if (known !== undefined || expected.size === limit) return known ?? -1;
        expected.set(key, expected.size);
        return expected.size - 1;
      });
      const single = new RowTable(limit, 1);
      expect(all.map(([a, b, c]) => single.add(a, b, c, 0))).toEqual(numbers);
      const joined = new RowTable(limit, 1);
      const half = all.length >> 1;
      const added = [all.slice(0, half), all.slice(half)].flatMap((some) => {
        const [a, b, c] = [0, 1, 2].map((i) => Int32Array.from(some, (row) => row[i]!));
        const out = new Int32Array(some.length);
        joined.addAll(a!, b!, c!, out, some.length);
        return [...out];
      });
      expect(added).toEqual(numbers);
      expect(all.map(([a, b, c]) => joined.find(a, b, c, 0))).toEqual(numbers);
      expect(joined.find(7, 7, 7, 7)).toBe(-1);
    }),
    { numRuns: 50 },
  );
});
