import { type Interval, intersect, intervalSet, union } from "../net/interval-set.ts";
import { formatIpSet, type IpSet } from "../net/ip-set.ts";
import { l4Last, type L4Set } from "../net/l4.ts";
import type { CommonCell } from "./common-cells.ts";
import type { CompiledRules, SymbolicDestination } from "./compile.ts";
import { destinationKey, formatDestination, includingKeys } from "./destination-key.ts";
import { type Change, deciderOf, examplePoint, type NamedDifference } from "./difference.ts";
import { actionOf } from "./exposure.ts";
import type { Action } from "./model.ts";

/**
 * Compares what two lists decide for addresses behind names and selectors. Any address may be behind any of them, except
 * that an address behind `a.example.com` is also behind `*.example.com`. A rule list then is a first-match list over
 * destinations per protocol, port and address decider, and two such lists are equal exactly when they agree for every
 * destination alone and for every pair: the first match of a larger set is always the first match of some pair in it.
 */
export function compareNamed(
  before: CompiledRules,
  after: CompiledRules,
  cells: readonly CommonCell[],
): readonly NamedDifference[] {
  const destinations = new Map<string, SymbolicDestination>();
  for (const { to } of [...before.symbolic, ...after.symbolic]) destinations.set(destinationKey(to), to);
  const found = new Map<string, NamedDifference>();
  for (const { l4, situations } of situationsOf(before, after, cells)) {
    const a = new Placement(before, l4);
    const b = new Placement(after, l4);
    for (const situation of situations) {
      const note = (keys: readonly string[]): boolean => {
        const named = keys.map((key) => destinations.get(key)!);
        const deciderA = a.decider(named, situation.a);
        const deciderB = b.decider(named, situation.b);
        const isSame = actionOf(before, deciderA) === actionOf(after, deciderB);
        // Where neither list looks at the name, the address comparison has told it already.
        if (isSame || (deciderA === situation.a && deciderB === situation.b)) return isSame;
        const destination = named.map(formatDestination).join(" and ");
        const change = actionOf(after, deciderB) === "allow" ? "newly allowed" : "newly denied";
        add(found, { change, destination, addresses: addressesOf(situation), l4, before: deciderA, after: deciderB });
        return false;
      };
      const keys = [...destinations.keys()];
      const isAlike = keys.map((key) => note([key])).every(Boolean);
      if (isAlike && a.order(situation.a) !== b.order(situation.b)) noteFirstPair(keys, note);
    }
  }
  return [...found.values()];
}

/** Reports one pair that is decided differently; `note` says whether both lists agree. */
function noteFirstPair(keys: readonly string[], note: (pair: readonly string[]) => boolean): void {
  for (const [i, first] of keys.entries()) {
    for (const second of keys.slice(i + 1)) if (!note([first, second])) return;
  }
}

interface NotedDifference {
  readonly change: Change;
  readonly destination: string;
  readonly addresses: IpSet;
  readonly l4: L4Set;
  readonly before: number;
  readonly after: number;
}

/** Same destination, same deciders: protocols and ports are gathered into one difference. */
function add(found: Map<string, NamedDifference>, next: NotedDifference): void {
  const key = `${next.destination} ${next.before} ${next.after} ${formatIpSet(next.addresses)}`;
  const l4 = union(found.get(key)?.l4 ?? [], next.l4);
  found.set(key, {
    ...next,
    to: "named",
    before: deciderOf(next.before),
    after: deciderOf(next.after),
    l4,
    example: { name: next.destination.replace(/^\*\./, "any."), l4: examplePoint(l4) },
  });
}

/** The address deciders of both lists on one slice of protocols and ports, and where that holds. */
interface Situation {
  a: number;
  b: number;
  readonly parts: IpSet[];
}

function addressesOf({ parts }: Situation): IpSet {
  return { v4: intervalSet(parts.flatMap(({ v4 }) => v4)), v6: intervalSet(parts.flatMap(({ v6 }) => v6)) };
}

/** Borders of all unresolved rules' protocols and ports: inside a slice each such rule covers all or nothing. */
function l4Slices(lists: readonly CompiledRules[]): readonly Interval<number>[] {
  const cuts = new Set([0]);
  for (const { symbolic } of lists) {
    for (const { first, last } of symbolic.flatMap(({ l4 }) => l4)) {
      cuts.add(first);
      if (last < l4Last) cuts.add(last + 1);
    }
  }
  const starts = [...cuts].sort((x, y) => x - y);
  return starts.map((first, i) => ({ first, last: (starts[i + 1] ?? l4Last + 1) - 1 }));
}

/**
 * Per slice the situations that unresolved rules can meet. Two address deciders are alike when they act alike and stand
 * behind the same unresolved rules, so thousands of address rules shrink to a few situations.
 */
function situationsOf(
  before: CompiledRules,
  after: CompiledRules,
  cells: readonly CommonCell[],
): readonly { readonly l4: L4Set; readonly situations: readonly Situation[] }[] {
  const slices = l4Slices([before, after]);
  const placeBefore = placing(before);
  const placeAfter = placing(after);
  const byL4 = new Map<string, { readonly l4: L4Set; readonly bySignature: Map<string, Situation> }>();
  for (const cell of cells) {
    const signature = `${placeBefore(cell.a)} ${placeAfter(cell.b)}`;
    for (const l4 of pieces(cell.l4, slices)) {
      const key = `${l4.first}-${l4.last}`;
      let slice = byL4.get(key);
      if (slice === undefined) byL4.set(key, (slice = { l4: [l4], bySignature: new Map() }));
      const known = slice.bySignature.get(signature);
      if (known === undefined) {
        slice.bySignature.set(signature, { a: cell.a, b: cell.b, parts: [cell.addresses] });
        continue;
      }
      known.parts.push(cell.addresses);
      // The last of the deciders that are alike speaks for them: mostly the catch-all rule.
      known.a = Math.max(known.a, cell.a);
      known.b = Math.max(known.b, cell.b);
    }
  }
  return [...byL4.values()].map(({ l4, bySignature }) => ({ l4, situations: [...bySignature.values()] }));
}

/** The slices' parts inside a set; slices touch, so a plain set intersection would join them again. */
function pieces(l4: L4Set, slices: readonly Interval<number>[]): readonly Interval<number>[] {
  return l4.flatMap(({ first, last }) =>
    slices
      .filter((slice) => slice.first <= last && slice.last >= first)
      .map((slice) => ({ first: Math.max(first, slice.first), last: Math.min(last, slice.last) })),
  );
}

/** What of a decider the unresolved rules can tell: how it acts and how many of them stand before it. */
function placing(list: CompiledRules): (decider: number) => string {
  const known = new Map<number, string>();
  return (decider) => {
    let place = known.get(decider);
    if (place === undefined) {
      let low = 0;
      let high = list.symbolic.length;
      while (low < high) {
        const middle = (low + high) >>> 1;
        if (list.symbolic[middle]!.index < decider) low = middle + 1;
        else high = middle;
      }
      known.set(decider, (place = `${low} ${actionOf(list, decider)}`));
    }
    return place;
  };
}

/** Where each destination stands in one list, for one slice of protocols and ports. */
class Placement {
  readonly #list: CompiledRules;
  /** First unresolved rule per destination key, ascending. */
  readonly #firstByKey = new Map<string, number>();
  readonly #including = new Map<string, readonly string[]>();

  constructor(list: CompiledRules, l4: L4Set) {
    this.#list = list;
    for (const rule of list.symbolic) {
      const key = destinationKey(rule.to);
      this.#including.set(key, includingKeys(rule.to));
      if (!this.#firstByKey.has(key) && intersect(rule.l4, l4).length > 0) this.#firstByKey.set(key, rule.index);
    }
  }

  /** Who decides an address that is behind all of `destinations` and nothing else named. */
  decider(destinations: readonly SymbolicDestination[], terminal: number): number {
    let first = terminal;
    for (const key of destinations.flatMap(includingKeys)) first = Math.min(first, this.#firstByKey.get(key) ?? first);
    return first;
  }

  /**
   * The order of destinations as far as it matters, as text: runs of equal action, without destinations that an earlier
   * or equal run already includes, and without a last run that acts like what follows it. Equal text, equal decisions.
   */
  order(terminal: number): string {
    const runs: { readonly action: Action; readonly keys: Set<string> }[] = [];
    for (const [key, index] of this.#firstByKey) {
      if (index >= terminal) break;
      const isDead = this.#including.get(key)!.some((other) => (this.#firstByKey.get(other) ?? index) < index);
      if (isDead) continue;
      const action = actionOf(this.#list, index);
      const run = runs.at(-1);
      if (run?.action === action) run.keys.add(key);
      else runs.push({ action, keys: new Set([key]) });
    }
    if (runs.at(-1)?.action === actionOf(this.#list, terminal)) runs.pop();
    const texts = runs.map(({ action, keys }) => {
      const kept = [...keys].filter(
        (key) => !this.#including.get(key)!.some((other) => other !== key && keys.has(other)),
      );
      return `${action}: ${kept.sort().join(", ")}`;
    });
    return texts.join("; ");
  }
}
