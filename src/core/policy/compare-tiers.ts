import { type Interval, intervalSet, overlaps } from "../net/interval-set.ts";
import { type IpSet, overlapsIp } from "../net/ip-set.ts";
import { changedParts, stretchOutcome } from "./changed-parts.ts";
import { noRule } from "./column.ts";
import { Destinations, type Disagreement, joinPlaces, report } from "./compare-named.ts";
import type { CompiledPart, CompiledRules } from "./compile.ts";
import type { Comparison, NamedDifference } from "./difference.ts";
import { actionOf } from "./exposure.ts";
import { sideOf, type Sides, type Situation, situationsOf } from "./tier-situations.ts";

/**
 * {@link compareNamed} for lists of several parts. What decides an address depends, part by part, on the first of the
 * destinations behind which it is; all combinations of these firsts that any set of destinations can have are looked at,
 * smaller sets first, so the answer is complete. Where there are too many ({@link maxStates} in one place), sets up to
 * the size that was reached are compared, and the answer is not complete.
 */
export function compareTiers(
  before: CompiledRules,
  after: CompiledRules,
  limit = maxStates,
): Comparison<NamedDifference> {
  const known = new Destinations([before, after]);
  const sides: Sides = [sideOf(before), sideOf(after)];
  const suspects = before.otherwise === after.otherwise ? suspectsOf(sides, limit) : undefined;
  if (suspects?.length === 0) return { differences: [], isComplete: true };
  const found = new Map<string, NamedDifference>();
  let isComplete = true;
  for (const situation of situationsOf(sides)) {
    const addresses = { v4: intervalSet(situation.v4), v6: intervalSet(situation.v6) };
    const isSuspect = suspects?.some(
      (suspect) =>
        suspect.l4.first <= situation.l4.last &&
        situation.l4.first <= suspect.l4.last &&
        overlapsIp(suspect.addresses, addresses),
    );
    if (isSuspect === false) continue;
    const { disagreements, isAllSeen } = disagreementsIn(situation, sides, known, limit);
    isComplete &&= isAllSeen;
    if (disagreements.length > 0) report(found, disagreements, addresses, [situation.l4], known, after);
  }
  return { differences: joinPlaces([...found.values()]), isComplete };
}

interface Suspect {
  readonly l4: Interval<number>;
  readonly addresses: IpSet;
}

/**
 * Where the parts that are not the same on both sides may lead to different ends: nowhere else can anything have changed,
 * and what changed is mostly one policy of many.
 */
function suspectsOf(sides: Sides, limit: number): readonly Suspect[] {
  const { from, to, leaves } = changedParts(sides[0].parts, sides[1].parts);
  const changed: Sides = [
    { list: sides[0].list, parts: sides[0].parts.slice(from, to[0]) },
    { list: sides[1].list, parts: sides[1].parts.slice(from, to[1]) },
  ];
  const count = changed[0].parts.length;
  if (count + changed[1].parts.length === 0) return [];
  const isAlike = (state: Int32Array): boolean =>
    leaves.every(
      (left) =>
        stretchOutcome(sides[0].parts, { from, to: to[0] }, state.subarray(0, count), left) ===
        stretchOutcome(sides[1].parts, { from, to: to[1] }, state.subarray(count), left),
    );
  const parts = changed.flatMap((side) => side.parts);
  // Whatever else an address is behind, these parts do not look at it.
  const known = new Destinations(parts.map(({ list }) => list));
  const numbered = parts.map(({ list }) => numbersOf(list, known));
  return situationsOf(changed).flatMap((situation) => {
    const isSafe =
      isAlike(situation.deciders) && allStates(parts, situation, known, numbered, { holds: isAlike, limit });
    return isSafe
      ? []
      : [{ l4: situation.l4, addresses: { v4: intervalSet(situation.v4), v6: intervalSet(situation.v6) } }];
  });
}

/** Whether something holds of all combinations of first rules; false, too, where there are more than can be looked at. */
function allStates(
  parts: readonly CompiledPart[],
  situation: Situation,
  known: Destinations,
  numbered: readonly Int32Array[],
  { holds, limit }: { readonly holds: (state: Int32Array) => boolean; readonly limit: number },
): boolean {
  const runs = runsOf(parts, situation);
  const seen = new Set<string>();
  const distinct: Int32Array[] = [];
  for (const number of known.list.keys()) {
    const state = firstRules(parts, situation, known, number, numbered);
    const key = runs(state);
    if (seen.has(key)) continue;
    if (!holds(state)) return false;
    seen.add(key);
    distinct.push(state);
  }
  const queue = [...distinct];
  for (const state of queue) {
    for (const other of distinct) {
      const joined = state.map((index, i) => Math.min(index, other[i]!));
      const key = runs(joined);
      if (seen.has(key)) continue;
      if (seen.size >= limit || !holds(joined)) return false;
      seen.add(key);
      queue.push(joined);
    }
  }
  return true;
}

const numbersByList = new WeakMap<Destinations, Map<CompiledRules, Int32Array>>();

/** The number of each unresolved rule's destination, in list order. */
function numbersOf(list: CompiledRules, known: Destinations): Int32Array {
  let byList = numbersByList.get(known);
  if (byList === undefined) numbersByList.set(known, (byList = new Map<CompiledRules, Int32Array>()));
  let numbers = byList.get(list);
  if (numbers === undefined)
    byList.set(list, (numbers = Int32Array.from(list.symbolic, ({ to }) => known.numberOf(to))));
  return numbers;
}

/** More combinations of first rules than this in one place, and larger sets of destinations are left out. */
export const maxStates = 20_000;

/** In one place. Smaller sets that are decided differently end the search, which counts as all there is to see. */
interface Seen {
  readonly disagreements: readonly Disagreement[];
  readonly isAllSeen: boolean;
}

function disagreementsIn(situation: Situation, sides: Sides, known: Destinations, limit: number): Seen {
  const rows = [
    rowsOf(sides[0].parts, 0, situation, known),
    rowsOf(sides[1].parts, sides[0].parts.length, situation, known),
  ] as const;
  const all = rows.flat();
  const count = rows[0].length;
  const decide = (state: Int32Array): readonly [number, number] => [
    deciderIn(rows[0], state.subarray(0, count), sides[0].list),
    deciderIn(rows[1], state.subarray(count), sides[1].list),
  ];
  const base = decide(Int32Array.from(all, ({ open }) => open.length));
  let isAlike = true;
  const found: Disagreement[] = [];
  const look = (state: Int32Array, destinations: readonly number[]): void => {
    const [a, b] = decide(state);
    if (actionOf(sides[0].list, a) === actionOf(sides[1].list, b)) return;
    isAlike = false;
    // Where neither list looks at the name, the address comparison has told it already.
    if (a !== base[0] || b !== base[1]) found.push({ destinations, before: a, after: b });
  };
  const firsts = known.list.map((_, number) => firstsOf(all, known.including[number]!));
  for (const [number, state] of firsts.entries()) look(state, [number]);
  if (!isAlike) return { disagreements: found, isAllSeen: true };

  const runs = (state: Int32Array): string => Array.from(state, (at, i) => all[i]!.open[at]?.run ?? -1).join();
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
      const joined = state.map((at, i) => Math.min(at, other.state[i]!));
      const key = runs(joined);
      if (seen.has(key)) continue;
      if (seen.size >= limit) return { disagreements: found, isAllSeen: false };
      seen.add(key);
      const together = [...new Set([...destinations, ...other.destinations])].sort((x, y) => x - y);
      look(joined, together);
      if (!isAlike) return { disagreements: found, isAllSeen: true };
      queue.push({ state: joined, destinations: together });
    }
  }
  return { disagreements: found, isAllSeen: true };
}

/** One tier in one situation: of its parts together only the first rule that matches counts. */
interface Row {
  /** Rules that may match, in order. Those of one run are neighbours and act alike, which is as good as one rule. */
  readonly open: readonly { readonly index: number; readonly run: number }[];
  /** The first of them that points to each destination. */
  readonly firstOf: ReadonlyMap<number, number>;
  /** The rule that decides where none of them matches, {@link noRule} for none. */
  readonly base: number;
}

/** @param from where the deciders of these parts begin in the situation's */
function rowsOf(
  parts: readonly CompiledPart[],
  from: number,
  { l4, deciders }: Situation,
  known: Destinations,
): readonly Row[] {
  const byTier = Map.groupBy(parts.entries(), ([, { tier }]) => tier);
  return [...byTier.values()].map((own) => {
    const open: { readonly index: number; readonly run: number }[] = [];
    const firstOf = new Map<number, number>();
    let run = 0;
    let last: string | undefined;
    for (const [i, { list, first }] of own) {
      const decider = deciders[from + i]!;
      const numbers = numbersOf(list, known);
      for (const [at, { index, l4: ports }] of list.symbolic.entries()) {
        if (index >= decider) break;
        if (!overlaps(ports, [l4])) continue;
        const { action } = list.rules[index]!;
        if (action !== last) run += 1;
        last = action;
        if (!firstOf.has(numbers[at]!)) firstOf.set(numbers[at]!, open.length);
        open.push({ index: first + index, run });
      }
      if (decider !== noRule) return { open, firstOf, base: first + decider };
    }
    return { open, firstOf, base: noRule };
  });
}

/** For each row the first of its open rules that an address matches behind these destinations; their number for none. */
function firstsOf(rows: readonly Row[], including: readonly number[]): Int32Array {
  return Int32Array.from(rows, ({ open, firstOf }) =>
    including.reduce((first, number) => Math.min(first, firstOf.get(number) ?? first), open.length),
  );
}

function deciderIn(rows: readonly Row[], state: Int32Array, { rules, otherwise }: CompiledRules): number {
  let last = noRule;
  for (const [i, { open, base }] of rows.entries()) {
    const own = open[state[i]!]?.index ?? base;
    if (own === noRule) continue;
    if (rules[own]!.action !== "pass") return own;
    last = own;
  }
  return otherwise === "pass" ? last : noRule;
}

/** Who decides in each part for an address behind one destination and those that include it. */
function firstRules(
  parts: readonly CompiledPart[],
  { l4, deciders }: Situation,
  known: Destinations,
  destination: number,
  numbered: readonly Int32Array[],
): Int32Array {
  const including = new Set(known.including[destination]);
  return Int32Array.from(parts, ({ list }, i) => {
    const numbers = numbered[i]!;
    const first = list.symbolic.find(
      (rule, at) => including.has(numbers[at]!) && rule.index < deciders[i]! && overlaps(rule.l4, [l4]),
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
