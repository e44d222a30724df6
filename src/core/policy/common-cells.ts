import { type Interval, intervalSet } from "../net/interval-set.ts";
import type { IpSet } from "../net/ip-set.ts";
import type { Family } from "../net/ip.ts";
import type { L4Set } from "../net/l4.ts";
import { cellEnd, type Column } from "./column.ts";
import type { CompiledRules } from "./compile.ts";
import { familyPartition, rangeEnd } from "./partition.ts";

/** All connections on whose protocol and port both lists decide by the same two rules ({@link noRule} for none). */
export interface CommonCell {
  readonly l4: L4Set;
  readonly a: number;
  readonly b: number;
  readonly addresses: IpSet;
}

/** The coarsest split of the traffic space on which neither list changes its deciding rule. */
export function commonCells(before: CompiledRules, after: CompiledRules): readonly CommonCell[] {
  const found = new Map<
    string,
    { readonly pair: CellPair; readonly 4: Interval<bigint>[]; readonly 6: Interval<bigint>[] }
  >();
  const walked = new Map<number, readonly CellPair[]>();
  for (const family of [4, 6] as const) {
    forEachCommonRange(before, after, family, (range, columnA, columnB) => {
      // Most pairs of columns meet many times, so each is walked once.
      const key = columnA * after.partition.columns.length + columnB;
      let pairs = walked.get(key);
      if (pairs === undefined) {
        pairs = commonPairs(before.partition.columns[columnA]!, after.partition.columns[columnB]!);
        walked.set(key, pairs);
      }
      for (const pair of pairs) {
        const known = found.get(pair.key);
        if (known !== undefined) known[family].push(range);
        else found.set(pair.key, { pair, 4: family === 4 ? [range] : [], 6: family === 6 ? [range] : [] });
      }
    });
  }
  return [...found.values()].map(({ pair, 4: v4, 6: v6 }) => ({
    l4: [pair.l4],
    a: pair.a,
    b: pair.b,
    addresses: { v4: intervalSet(v4), v6: intervalSet(v6) },
  }));
}

interface CellPair {
  readonly key: string;
  readonly l4: Interval<number>;
  readonly a: number;
  readonly b: number;
}

function forEachCommonRange(
  before: CompiledRules,
  after: CompiledRules,
  family: Family,
  visit: (range: Interval<bigint>, columnA: number, columnB: number) => void,
): void {
  const a = familyPartition(before.partition, family);
  const b = familyPartition(after.partition, family);
  for (let i = 0, j = 0, first = 0n; i < a.starts.length && j < b.starts.length;) {
    const endA = rangeEnd(a, i);
    const endB = rangeEnd(b, j);
    const last = endA < endB ? endA : endB;
    visit({ first, last }, a.columnOf[i]!, b.columnOf[j]!);
    if (endA === last) i += 1;
    if (endB === last) j += 1;
    first = last + 1n;
  }
}

function commonPairs(columnA: Column, columnB: Column): readonly CellPair[] {
  const pairs: CellPair[] = [];
  for (let i = 0, j = 0, first = 0; i < columnA.starts.length && j < columnB.starts.length;) {
    const endA = cellEnd(columnA, i);
    const endB = cellEnd(columnB, j);
    const last = Math.min(endA, endB);
    const a = columnA.deciders[i]!;
    const b = columnB.deciders[j]!;
    pairs.push({ key: `${first} ${last} ${a} ${b}`, l4: { first, last }, a, b });
    if (endA === last) i += 1;
    if (endB === last) j += 1;
    first = last + 1;
  }
  return pairs;
}
