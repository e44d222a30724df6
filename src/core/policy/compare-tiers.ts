import { type Interval, intervalSet, overlaps } from "../net/interval-set.ts";
import { l4Last } from "../net/l4.ts";
import { cellEnd, noRule } from "./column.ts";
import { Destinations, type Disagreement, joinPlaces, report } from "./compare-named.ts";
import { deciderOf } from "./compile-parts.ts";
import type { CompiledPart, CompiledRules } from "./compile.ts";
import { composePartitions } from "./compose-partitions.ts";
import type { NamedDifference } from "./difference.ts";
import { actionOf } from "./exposure.ts";
import { type FamilyPartition, rangeEnd } from "./partition.ts";

/**
 * {@link compareNamed} for lists of several parts. What decides an address depends, part by part, on the first of the
 * destinations behind which it is; all combinations of these firsts that any set of destinations can have are looked at,
 * smaller sets first, so the answer is complete. Where there are too many ({@link maxStates} in one place), sets up to
 * the size that was reached are compared.
 */
export function compareTiers(before: CompiledRules, after: CompiledRules): readonly NamedDifference[] {
  const known = new Destinations([before, after]);
  const sides: Sides = [sideOf(before), sideOf(after)];
  const found = new Map<string, NamedDifference>();
  for (const situation of situationsOf(sides)) {
    const disagreements = disagreementsIn(situation, sides, known);
    if (disagreements.length > 0) {
      const addresses = { v4: intervalSet(situation.v4), v6: intervalSet(situation.v6) };
      report(found, disagreements, addresses, [situation.l4], known, after);
    }
  }
  return joinPlaces([...found.values()]);
}

interface Side {
  readonly list: CompiledRules;
  readonly parts: readonly CompiledPart[];
}

type Sides = readonly [before: Side, after: Side];

/** A list that is not several is its own only part. */
function sideOf(list: CompiledRules): Side {
  return { list, parts: list.parts ?? [{ list, first: 0, tier: 0, rank: 0, doubt: undefined }] };
}

/** A slice of protocols and ports in which unresolved rules cover all or nothing, and one decider of every part. */
interface Situation {
  readonly l4: Interval<number>;
  /** Of the parts before, then of those after. */
  readonly deciders: Int32Array;
  readonly v4: Interval<bigint>[];
  readonly v6: Interval<bigint>[];
}

function situationsOf(sides: Sides): readonly Situation[] {
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

/** More combinations of first rules than this in one place, and larger sets of destinations are left out. */
export const maxStates = 20_000;

function disagreementsIn(situation: Situation, sides: Sides, known: Destinations): readonly Disagreement[] {
  const parts = sides.flatMap((side) => side.parts);
  const firsts = known.list.map((_, number) => firstRules(parts, situation, known, number));
  const count = sides[0].parts.length;
  const decide = (state: Int32Array): readonly [number, number] => [
    deciderOf(sides[0].parts, state.subarray(0, count), sides[0].list.otherwise),
    deciderOf(sides[1].parts, state.subarray(count), sides[1].list.otherwise),
  ];
  const base = decide(situation.deciders);
  let isAlike = true;
  const found: Disagreement[] = [];
  const look = (state: Int32Array, destinations: readonly number[]): void => {
    const [a, b] = decide(state);
    if (actionOf(sides[0].list, a) === actionOf(sides[1].list, b)) return;
    isAlike = false;
    // Where neither list looks at the name, the address comparison has told it already.
    if (a !== base[0] || b !== base[1]) found.push({ destinations, before: a, after: b });
  };
  for (const [number, state] of firsts.entries()) look(state, [number]);
  if (!isAlike) return found;

  const runs = runsOf(parts, situation);
  const seen = new Set<string>();
  const distinct: { readonly state: Int32Array; readonly destinations: readonly number[] }[] = [];
  for (const [number, state] of firsts.entries()) {
    const key = runs(state);
    if (seen.has(key)) continue;
    seen.add(key);
    distinct.push({ state, destinations: [number] });
  }
  const queue = [...distinct];
  for (const { state, destinations } of queue) {
    for (const other of distinct) {
      const joined = state.map((index, i) => Math.min(index, other.state[i]!));
      const key = runs(joined);
      if (seen.has(key)) continue;
      if (seen.size >= maxStates) return found;
      seen.add(key);
      const together = [...new Set([...destinations, ...other.destinations])].sort((x, y) => x - y);
      look(joined, together);
      if (!isAlike) return found;
      queue.push({ state: joined, destinations: together });
    }
  }
  return found;
}

/** Who decides in each part for an address behind one destination and those that include it. */
function firstRules(
  parts: readonly CompiledPart[],
  { l4, deciders }: Situation,
  known: Destinations,
  destination: number,
): Int32Array {
  const including = new Set(known.including[destination]);
  return Int32Array.from(parts, ({ list }, i) => {
    const first = list.symbolic.find(
      (rule) => overlaps(rule.l4, [l4]) && including.has(known.numberOf(rule.to)) && rule.index < deciders[i]!,
    );
    return first?.index ?? deciders[i]!;
  });
}

/** First rules that are neighbours among the unresolved ones and act alike are as good as one: the state as text. */
function runsOf(parts: readonly CompiledPart[], { deciders, l4 }: Situation): (state: Int32Array) => string {
  const runs = parts.map(({ list }, i) => {
    const byIndex = new Map<number, number>([[deciders[i]!, -1]]);
    let run = 0;
    let last: string | undefined;
    for (const { index, l4: own } of list.symbolic) {
      if (index >= deciders[i]! || !overlaps(own, [l4])) continue;
      const { action } = list.rules[index]!;
      if (action !== last) run += 1;
      last = action;
      byIndex.set(index, run);
    }
    return byIndex;
  });
  return (state) => Array.from(state, (index, i) => runs[i]!.get(index)!).join();
}
