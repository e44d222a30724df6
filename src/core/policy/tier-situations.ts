import type { Interval } from "../net/interval-set.ts";
import { l4Last } from "../net/l4.ts";
import { cellEnd, noRule } from "./column.ts";
import type { CompiledPart, CompiledRules } from "./compile.ts";
import { composePartitions } from "./compose-partitions.ts";
import { type FamilyPartition, rangeEnd } from "./partition.ts";

export interface Side {
  readonly list: CompiledRules;
  readonly parts: readonly CompiledPart[];
}

export type Sides = readonly [before: Side, after: Side];

/** A list that is not several is its own only part. */
export function sideOf(list: CompiledRules): Side {
  return { list, parts: list.parts ?? [{ list, first: 0, tier: 0, rank: 0, doubt: undefined }] };
}

/** A slice of protocols and ports in which unresolved rules cover all or nothing, and one decider of every part. */
export interface Situation {
  readonly l4: Interval<number>;
  /** Of the parts before, then of those after. */
  readonly deciders: Int32Array;
  readonly v4: Interval<bigint>[];
  readonly v6: Interval<bigint>[];
}

export function situationsOf(sides: Sides): readonly Situation[] {
  const parts = sides.flatMap((side) => side.parts);
  const tuples: Int32Array[] = [];
  const numbers = new Map<string, number>();
  const whole = composePartitions(
    parts.map(({ list }) => list.partition),
    (deciders) => {
      const key = deciders.join();
      let number = numbers.get(key);
      if (number === undefined) {
        numbers.set(key, (number = tuples.length));
        tuples.push(deciders.slice());
      }
      return number;
    },
  );
  const slices = l4Slices(parts);
  const signatures = tuples.map((tuple) => signatureOf(parts, tuple));
  const found = new Map<string, Situation>();
  // Thousands of ranges share a column, so each column is cut once.
  const cut = whole.columns.map((column) =>
    [...column.deciders.entries()].flatMap(([cell, number]) =>
      pieces({ first: column.starts[cell]!, last: cellEnd(column, cell) }, slices).map((l4) => {
        const key = `${l4.first}-${l4.last} ${signatures[number]!}`;
        let situation = found.get(key);
        if (situation === undefined) found.set(key, (situation = { l4, deciders: tuples[number]!, v4: [], v6: [] }));
        return situation;
      }),
    ),
  );
  const note = (family: FamilyPartition, key: "v4" | "v6"): void => {
    for (const [range, first] of family.starts.entries()) {
      const interval = { first, last: rangeEnd(family, range) };
      for (const situation of new Set(cut[family.columnOf[range]!])) situation[key].push(interval);
    }
  };
  note(whole.v4, "v4");
  note(whole.v6, "v6");
  return [...found.values()];
}

/** Borders of all unresolved rules' protocols and ports. */
function l4Slices(parts: readonly CompiledPart[]): readonly Interval<number>[] {
  const cuts = new Set([0]);
  for (const { first, last } of parts.flatMap(({ list }) => list.symbolic.flatMap(({ l4 }) => l4))) {
    cuts.add(first);
    if (last < l4Last) cuts.add(last + 1);
  }
  const starts = [...cuts].sort((a, b) => a - b);
  return starts.map((first, i) => ({ first, last: (starts[i + 1] ?? l4Last + 1) - 1 }));
}

function pieces(l4: Interval<number>, slices: readonly Interval<number>[]): readonly Interval<number>[] {
  return slices
    .filter(({ first, last }) => first <= l4.last && last >= l4.first)
    .map(({ first, last }) => ({ first: Math.max(first, l4.first), last: Math.min(last, l4.last) }));
}

/** What unresolved rules can tell of the deciders: how each acts, and how many of them stand before it. */
function signatureOf(parts: readonly CompiledPart[], deciders: Int32Array): string {
  return parts
    .map(({ list }, i) => {
      const decider = deciders[i]!;
      const before = list.symbolic.filter(({ index }) => index < decider).length;
      return `${before} ${decider === noRule ? "none" : list.rules[decider]!.action}`;
    })
    .join(";");
}
