import { type Interval, intervalSet, overlaps, union } from "../net/interval-set.ts";
import { allAddresses, equalIp, type IpSet, ipSetKey, unionIp } from "../net/ip-set.ts";
import { formatL4Set, l4Last, type L4Set } from "../net/l4.ts";
import { noRule } from "./column.ts";
import type { CommonCell } from "./common-cells.ts";
import type { CompiledRules, SymbolicDestination } from "./compile.ts";
import { destinationKey, formatDestination, includesDestination, includingKeys, isGlob } from "./destination-key.ts";
import { deciderOf, examplePoint, type NamedDifference } from "./difference.ts";
import { actionOf } from "./exposure.ts";
import { impliesSelector } from "./label-selector.ts";
import type { RuleAction } from "./model.ts";

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
  const known = new Destinations([before, after]);
  const all = [...known.list.keys()];
  const found = new Map<string, NamedDifference>();
  for (const { l4, situations } of situationsOf(before, after, cells)) {
    const a = new Placement(before, l4, known);
    const b = new Placement(after, l4, known);
    for (const situation of situations) {
      const disagreements: Disagreement[] = [];
      const agree = (...destinations: readonly number[]): boolean => {
        const deciderA = a.decider(destinations, situation.a);
        const deciderB = b.decider(destinations, situation.b);
        if (actionOf(before, deciderA) === actionOf(after, deciderB)) return true;
        // Where neither list looks at the name, the address comparison has told it already.
        const isTold = deciderA === situation.a && deciderB === situation.b;
        if (!isTold) disagreements.push({ destinations, before: deciderA, after: deciderB });
        return false;
      };
      const isAlike = all.map((id) => agree(id)).every(Boolean);
      if (isAlike && a.order(situation.a) !== b.order(situation.b)) findPair(all, agree);
      if (disagreements.length > 0) report(found, disagreements, addressesOf(situation), l4, known, after);
    }
  }
  return joinPlaces([...found.values()]);
}

/** What differs in nothing but its place is one difference. */
export function joinPlaces(differences: readonly NamedDifference[]): readonly NamedDifference[] {
  const joined = new Map<string, NamedDifference>();
  for (const difference of differences) {
    const { change, destination, before, after, l4, addresses } = difference;
    const key = `${change} ${destination} ${before} ${after} ${formatL4Set(l4)}`;
    const known = joined.get(key);
    joined.set(key, known === undefined ? difference : { ...known, addresses: unionIp(known.addresses, addresses) });
  }
  return [...joined.values()];
}

/** The first pair that is decided differently, if there is one. */
function findPair(all: readonly number[], agree: (first: number, second: number) => boolean): void {
  for (const first of all) {
    for (const second of all) if (second > first && !agree(first, second)) return;
  }
}

/** Every destination of some lists under a number, with the numbers of those that include it (itself among them). */
export class Destinations {
  readonly list: SymbolicDestination[] = [];
  readonly including: (readonly number[])[] = [];
  readonly #numbers = new Map<string, number>();

  constructor(lists: readonly CompiledRules[]) {
    for (const { to } of lists.flatMap(({ symbolic }) => symbolic)) {
      const key = destinationKey(to);
      if (this.#numbers.has(key)) continue;
      this.#numbers.set(key, this.list.length);
      this.list.push(to);
    }
    const selectors = [...this.list.entries()].filter(([, to]) => to.kind === "nodes");
    const globs = [...this.list.entries()].filter(([, to]) => isGlob(to));
    for (const to of this.list) {
      const numbers = includingKeys(to).map((key) => this.#numbers.get(key));
      this.including.push([
        ...numbers.filter((number) => number !== undefined),
        ...selectors.filter(([, other]) => other !== to && isWithin(to, other)).map(([number]) => number),
        ...globs.filter(([, other]) => other !== to && includesDestination(other, to)).map(([number]) => number),
      ]);
    }
  }

  numberOf(to: SymbolicDestination): number {
    return this.#numbers.get(destinationKey(to))!;
  }
}

/** Nodes that one selector takes and another surely takes too, as `role in (a)` and `role exists`. */
function isWithin(inner: SymbolicDestination, outer: SymbolicDestination): boolean {
  return inner.kind === "nodes" && outer.kind === "nodes" && impliesSelector(inner.selector, outer.selector);
}

/** Destinations behind all of which an address is decided by these two rules, which act differently. */
export interface Disagreement {
  readonly destinations: readonly number[];
  readonly before: number;
  readonly after: number;
}

/** Past this many destinations with one fate in one place, the cause is an address rule: they are told as one. */
const toldApart = 20;

/** Same destinations, same deciders, same addresses: protocols and ports are gathered into one difference. */
export function report(
  found: Map<string, NamedDifference>,
  disagreements: readonly Disagreement[],
  addresses: IpSet,
  l4: L4Set,
  known: Destinations,
  after: CompiledRules,
): void {
  const where = ipSetKey(addresses);
  const isPart = !equalIp(addresses, allAddresses);
  const textOf = ({ destinations }: Disagreement): string =>
    destinations.map((id) => formatDestination(known.list[id]!)).join(" and ");
  const groups = Map.groupBy(disagreements, (disagreement) => actionOf(after, disagreement.after));
  for (const [action, alike] of groups) {
    const isTold = isPart && alike.length > toldApart;
    for (const one of isTold ? alike.slice(0, 1) : alike) {
      const texts = (isTold ? alike : [one]).map(textOf);
      const destination = isTold ? `${texts[0]} and ${texts.length - 1} more names` : texts[0]!;
      const key = `${action} ${destination} ${one.before} ${one.after} ${where}`;
      const whole = union(found.get(key)?.l4 ?? [], l4);
      found.set(key, {
        change: action === "allow" ? "newly allowed" : "newly denied",
        to: "named",
        destination,
        destinations: texts,
        addresses,
        l4: whole,
        before: deciderOf(one.before),
        after: deciderOf(one.after),
        example: { name: texts[0]!.replace(/^\*\./, "any."), l4: examplePoint(whole) },
      });
    }
  }
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
  readonly #known: Destinations;
  /** First unresolved rule per destination; {@link noRule} where there is none. */
  readonly #first: Int32Array;

  constructor(list: CompiledRules, l4: L4Set, known: Destinations) {
    this.#list = list;
    this.#known = known;
    this.#first = new Int32Array(known.list.length).fill(noRule);
    for (const rule of list.symbolic) {
      const number = known.numberOf(rule.to);
      if (this.#first[number] === noRule && overlaps(rule.l4, l4)) this.#first[number] = rule.index;
    }
  }

  /** Who decides an address that is behind all of `destinations` and nothing else named. */
  decider(destinations: readonly number[], terminal: number): number {
    let first = terminal;
    for (const destination of destinations) {
      for (const number of this.#known.including[destination]!) first = Math.min(first, this.#first[number]!);
    }
    return first;
  }

  /**
   * The order of destinations as far as it matters, as text: runs of equal action, without destinations that an earlier
   * or the same run already includes. Those without a rule before the terminal come last and act as it does, so equal
   * text means equal decisions for every address that is behind some destination.
   */
  order(terminal: number): string {
    const at = (number: number): number => Math.min(this.#first[number]!, terminal);
    const numbers = [...this.#known.list.keys()].sort((a, b) => at(a) - at(b));
    const runs: { readonly action: RuleAction; readonly members: Set<number> }[] = [];
    for (const number of numbers) {
      if (this.#known.including[number]!.some((other) => at(other) < at(number))) continue;
      const action = actionOf(this.#list, at(number));
      const run = runs.at(-1);
      if (run?.action === action) run.members.add(number);
      else runs.push({ action, members: new Set([number]) });
    }
    const texts = runs.map(({ action, members }) => {
      const isIncluded = (number: number): boolean =>
        this.#known.including[number]!.some((other) => other !== number && members.has(other));
      const kept = [...members].filter((number) => !isIncluded(number)).sort((a, b) => a - b);
      return `${action} ${kept.join()}`;
    });
    return texts.join("; ");
  }
}
