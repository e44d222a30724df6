import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import * as sets from "./interval-set.ts";
import type { IntervalSet } from "./interval-set.ts";

/** Checks the laws of sets for one type of member, against membership one by one on a small axis. */
function checkSetLaws<T extends number | bigint>(name: string, member: (n: number) => T): void {
  const size = 24;
  const arbitrarySet = fc
    .array(fc.tuple(fc.nat(size), fc.nat(size)), { maxLength: 6 })
    .map((pairs) => sets.intervalSet(pairs.map(([a, b]) => ({ first: member(a), last: member(b) }))));
  const members = (set: IntervalSet<T>): number[] =>
    Array.from({ length: size + 1 }, (_, n) => n).filter((n) => sets.contains(set, member(n)));
  const isCanonical = (set: IntervalSet<T>): boolean => sets.equal(set, sets.intervalSet(set));

  describe(name, () => {
    test("operations agree with membership", () => {
      fc.assert(
        fc.property(arbitrarySet, arbitrarySet, (a, b) => {
          const [inA, inB] = [new Set(members(a)), new Set(members(b))];
          expect(members(sets.union(a, b))).toEqual([...inA.union(inB)].sort((x, y) => x - y));
          expect(members(sets.intersect(a, b))).toEqual([...inA].filter((n) => inB.has(n)));
          expect(members(sets.subtract(a, b))).toEqual([...inA].filter((n) => !inB.has(n)));
          expect(sets.overlaps(a, b)).toBe(!inA.isDisjointFrom(inB));
          expect(sets.isSubset(a, b)).toBe(inA.isSubsetOf(inB));
        }),
        { numRuns: 1_000 },
      );
    });
    test("results are canonical", () => {
      fc.assert(
        fc.property(arbitrarySet, arbitrarySet, (a, b) => {
          for (const set of [sets.union(a, b), sets.intersect(a, b), sets.subtract(a, b)])
            expect(isCanonical(set)).toBe(true);
        }),
      );
    });
    test("a∩b and a−b partition a", () => {
      fc.assert(
        fc.property(arbitrarySet, arbitrarySet, (a, b) => {
          const both = sets.intersect(a, b);
          const rest = sets.subtract(a, b);
          expect(sets.overlaps(both, rest)).toBe(false);
          expect(sets.union(both, rest)).toEqual(a);
        }),
      );
    });
  });
}

checkSetLaws("sets of numbers", (n) => n);
checkSetLaws("sets of bigints", (n) => BigInt(n) + (1n << 100n));

test("touching intervals become one", () => {
  expect(
    sets.intervalSet([
      { first: 5, last: 9 },
      { first: 1, last: 4 },
    ]),
  ).toEqual([{ first: 1, last: 9 }]);
});
