import { intervalSet, isSubset, overlaps, subtract } from "../net/interval-set.ts";
import { isSubsetIp } from "../net/ip-set.ts";
import type { L4Set } from "../net/l4.ts";
import { cellEnd, noRule } from "./column.ts";
import type { CompiledRules, SymbolicRule } from "./compile.ts";
import { destinationKey, includesDestination, includingKeys, isGlob } from "./destination-key.ts";
import { actionOf } from "./exposure.ts";

/** What the order of a list does to one of its rules. Indices are those of the compiled list. */
export type RuleIssue =
  /** Nothing is left for the rule. `decidesDifferently` says whether any hiding rule has another action. */
  | {
      readonly kind: "shadowed";
      readonly rule: number;
      readonly hiddenBy: readonly number[];
      readonly decidesDifferently: boolean;
    }
  /** The rule decides, but without it every connection would have the same verdict, by `decidedInstead`. */
  | { readonly kind: "redundant"; readonly rule: number; readonly decidedInstead: readonly (number | "otherwise")[] }
  /** Two rules of different action overlap in part and neither is an exception of the other: only the order decides. */
  | { readonly kind: "conflicting"; readonly rule: number; readonly with: number };

const listedRules = 8;

/**
 * Shadowed, redundant and conflicting rules, by rule. Sound for names and selectors too, whatever stands behind them,
 * though not complete there: a rule about a name is only reported where the answer holds for every resolution.
 * @param list compiled with `withRunnersUp`
 */
export function analyse(list: CompiledRules): readonly RuleIssue[] {
  const facts = collect(list);
  const symbolicByIndex = new Map(list.symbolic.map((rule) => [rule.index, rule]));
  const issues: RuleIssue[] = [];
  for (const index of list.rules.keys()) {
    const symbolic = symbolicByIndex.get(index);
    const issue = symbolic === undefined ? addressIssue(list, facts, index) : symbolicIssue(list, facts, symbolic);
    if (issue !== undefined) issues.push(issue);
  }
  const dead = new Set(issues.filter(({ kind }) => kind !== "conflicting").map(({ rule }) => rule));
  for (const [first, second] of facts.differingNeighbours) {
    if (!dead.has(first) && !dead.has(second) && isPartialOverlap(list, first, second)) {
      issues.push({ kind: "conflicting", rule: second, with: first });
    }
  }
  return issues
    .filter((issue) => !isOnlyOutside(list, issue))
    .sort((a, b) => a.rule - b.rule || (a.kind < b.kind ? -1 : a.kind > b.kind ? 1 : 0));
}

/** A rule about the outside takes nothing from pods and nodes: one that is about them too still has them. */
function isOnlyOutside({ rules }: CompiledRules, issue: RuleIssue): boolean {
  if (issue.kind === "conflicting" || rules[issue.rule]!.outsideOnly === true) return false;
  const others = issue.kind === "shadowed" ? issue.hiddenBy : issue.decidedInstead;
  return others.some((other) => other !== "otherwise" && rules[other]!.outsideOnly === true);
}

interface Facts {
  /** Address rules that decide something, with who would decide instead, and on which protocols and ports. */
  readonly successors: ReadonlyMap<number, ReadonlyMap<number, L4Set>>;
  /** For rules that decide nothing: who decides where they would. */
  readonly hiders: ReadonlyMap<number, ReadonlySet<number>>;
  /** Per protocol and port: the highest decider over all addresses; a rule above it can never match there. */
  readonly lastDecider: readonly { readonly first: number; readonly last: number; readonly index: number }[];
  readonly differingNeighbours: readonly (readonly [number, number])[];
  readonly symbolicByKey: ReadonlyMap<string, readonly SymbolicRule[]>;
  /** Names that keys cannot find. */
  readonly globs: readonly SymbolicRule[];
}

function collect(list: CompiledRules): Facts {
  const used = new Set([...list.partition.v4.columnOf, ...list.partition.v6.columnOf]);
  const pieces = new Map<number, Map<number, Set<number>>>();
  const neighbours = new Map<string, readonly [number, number]>();
  const cuts = new Set<number>();
  for (const number of used) {
    const column = list.partition.columns[number]!;
    for (const [cell, index] of column.deciders.entries()) {
      cuts.add(column.starts[cell]!);
      if (index === noRule) continue;
      const next = column.runnersUp![cell]!;
      let own = pieces.get(index);
      if (own === undefined) pieces.set(index, (own = new Map<number, Set<number>>()));
      let between = own.get(next);
      if (between === undefined) own.set(next, (between = new Set()));
      // The same piece recurs in thousands of columns; first and last share one number because sets compare by value.
      between.add(column.starts[cell]! * pieceBase + cellEnd(column, cell));
      if (next !== noRule && actionOf(list, next) !== actionOf(list, index)) {
        neighbours.set(`${index} ${next}`, [index, next]);
      }
    }
  }
  const successors = new Map(
    [...pieces].map(([index, own]) => [index, new Map([...own].map(([next, between]) => [next, l4SetOf(between)]))]),
  );
  return {
    successors,
    hiders: hidersOf(list, successors),
    lastDecider: lastDeciders(list, used, cuts),
    differingNeighbours: [...neighbours.values()],
    symbolicByKey: Map.groupBy(list.symbolic, ({ to }) => destinationKey(to)),
    globs: list.symbolic.filter(({ to }) => isGlob(to)),
  };
}

const pieceBase = 2 ** 18;

function l4SetOf(pieces: ReadonlySet<number>): L4Set {
  return intervalSet([...pieces].map((piece) => ({ first: Math.floor(piece / pieceBase), last: piece % pieceBase })));
}

/** One walk over all cells per rule that decides nothing, through the addresses it covers. */
function hidersOf(
  list: CompiledRules,
  successors: ReadonlyMap<number, unknown>,
): ReadonlyMap<number, ReadonlySet<number>> {
  const hiders = new Map<number, Set<number>>();
  for (const [index, { to, l4 }] of list.rules.entries()) {
    if (to.kind !== "addresses" || successors.has(index)) continue;
    const found = new Set<number>();
    for (const family of [list.partition.v4, list.partition.v6]) {
      for (const { first, last } of family.family === 4 ? to.addresses.v4 : to.addresses.v6) {
        forEachRangeWithin(family.starts, first, last, (range) => {
          const column = list.partition.columns[family.columnOf[range]!]!;
          for (const [cell, decider] of column.deciders.entries()) {
            const piece = [{ first: column.starts[cell]!, last: cellEnd(column, cell) }];
            if (decider < index && overlaps(piece, l4)) found.add(decider);
          }
          return found.size <= listedRules;
        });
      }
    }
    hiders.set(index, found);
  }
  return hiders;
}

function forEachRangeWithin(
  starts: readonly bigint[],
  first: bigint,
  last: bigint,
  visit: (range: number) => boolean,
): void {
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    if (starts[middle]! <= first) low = middle;
    else high = middle - 1;
  }
  for (let range = low; range < starts.length && starts[range]! <= last; range += 1) if (!visit(range)) return;
}

function lastDeciders(list: CompiledRules, used: ReadonlySet<number>, cuts: ReadonlySet<number>): Facts["lastDecider"] {
  const starts = [...cuts].sort((a, b) => a - b);
  const highest = new Int32Array(starts.length).fill(-1);
  for (const number of used) {
    const column = list.partition.columns[number]!;
    for (let slice = 0, cell = 0; slice < starts.length; slice += 1) {
      while (cellEnd(column, cell) < starts[slice]!) cell += 1;
      highest[slice] = Math.max(highest[slice]!, column.deciders[cell]!);
    }
  }
  return starts.map((first, slice) => ({ first, last: (starts[slice + 1] ?? Infinity) - 1, index: highest[slice]! }));
}

function addressIssue(list: CompiledRules, facts: Facts, index: number): RuleIssue | undefined {
  const { action } = list.rules[index]!;
  const successors = facts.successors.get(index);
  if (successors === undefined) {
    const hiddenBy = [...facts.hiders.get(index)!].sort((a, b) => a - b).slice(0, listedRules);
    return {
      kind: "shadowed",
      rule: index,
      hiddenBy,
      decidesDifferently: hiddenBy.some((other) => actionOf(list, other) !== action),
    };
  }
  for (const [next, l4] of successors) {
    if (actionOf(list, next) !== action) return undefined;
    // A name between the two would then come first.
    const isExposed = list.symbolic.some(
      (rule) =>
        rule.index > index && rule.index < next && actionOf(list, rule.index) !== action && overlaps(rule.l4, l4),
    );
    if (isExposed) return undefined;
  }
  const instead = [...successors.keys()].sort((a, b) => a - b).slice(0, listedRules);
  return {
    kind: "redundant",
    rule: index,
    decidedInstead: instead.map((next) => (next === noRule ? "otherwise" : next)),
  };
}

function symbolicIssue(list: CompiledRules, facts: Facts, rule: SymbolicRule): RuleIssue | undefined {
  const listed = includingKeys(rule.to).flatMap((key) => facts.symbolicByKey.get(key) ?? []);
  const globs = facts.globs.filter((other) => !listed.includes(other) && includesDestination(other.to, rule.to));
  const including = [...listed, ...globs].filter(({ index }) => index !== rule.index).sort((a, b) => a.index - b.index);
  let left = rule.l4;
  const hiddenBy = new Set<number>();
  for (const { first, last, index } of facts.lastDecider) {
    const piece = [{ first, last }];
    if (index >= rule.index || !overlaps(left, piece)) continue;
    left = subtract(left, piece);
    hiddenBy.add(index);
  }
  for (const earlier of including) {
    if (earlier.index > rule.index || !overlaps(left, earlier.l4)) continue;
    left = subtract(left, earlier.l4);
    hiddenBy.add(earlier.index);
  }
  const { action } = list.rules[rule.index]!;
  if (left.length === 0) {
    const hiding = [...hiddenBy].sort((a, b) => a - b);
    const decidesDifferently = hiding.some((other) => actionOf(list, other) !== action);
    return { kind: "shadowed", rule: rule.index, hiddenBy: hiding.slice(0, listedRules), decidesDifferently };
  }
  const twin = including.find(
    (later) =>
      later.index > rule.index &&
      actionOf(list, later.index) === action &&
      isSubset(rule.l4, later.l4) &&
      !list.rules.some(
        (between, at) =>
          at > rule.index && at < later.index && between.action !== action && overlaps(between.l4, rule.l4),
      ),
  );
  return twin === undefined ? undefined : { kind: "redundant", rule: rule.index, decidedInstead: [twin.index] };
}

/** Neither rule's connections lie inside the other's: an exception is a habit, a partial overlap is a surprise. */
function isPartialOverlap(list: CompiledRules, first: number, second: number): boolean {
  const a = list.rules[first]!;
  const b = list.rules[second]!;
  if (a.to.kind !== "addresses" || b.to.kind !== "addresses") return false;
  const isInside = (x: typeof a, y: typeof a): boolean =>
    x.to.kind === "addresses" &&
    y.to.kind === "addresses" &&
    isSubsetIp(x.to.addresses, y.to.addresses) &&
    isSubset(x.l4, y.l4);
  return !isInside(a, b) && !isInside(b, a);
}
