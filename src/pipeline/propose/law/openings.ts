import { intersect, type Interval, intervalSet, subtract, union } from "../../../core/net/interval-set.ts";
import { type IpSet, isEmptyIp } from "../../../core/net/ip-set.ts";
import { l4Last, type L4Set } from "../../../core/net/l4.ts";
import { cellEnd, noRule } from "../../../core/policy/column.ts";
import { commonCells } from "../../../core/policy/common-cells.ts";
import {
  type CompiledRules,
  compile,
  type CompileOptions,
  type SymbolicDestination,
} from "../../../core/policy/compile.ts";
import { actionOf } from "../../../core/policy/exposure.ts";
import type { EgressPolicy, RuleAction } from "../../../core/policy/model.ts";
import { familiesOf } from "./policy-kinds.ts";

/** Addresses × protocols and ports that one rule decides; `by` is an index of the policy's rules, {@link noRule} for none. */
export interface DecidedRegion {
  readonly addresses: IpSet;
  readonly l4: L4Set;
  readonly by: number;
  readonly action: RuleAction;
}

/** An allow rule by name or selector, where it can still decide. */
export interface SymbolicOpening {
  readonly index: number;
  readonly to: SymbolicDestination;
  /** Protocols and ports on which no earlier rule has taken every address already. */
  readonly l4: L4Set;
}

/** What one policy lets through by itself, whatever other policies say. */
export interface Openings {
  readonly policy: EgressPolicy;
  readonly list: CompiledRules;
  readonly regions: readonly DecidedRegion[];
  /** {@link regions} that are allowed. */
  readonly open: readonly DecidedRegion[];
  readonly symbolic: readonly SymbolicOpening[];
}

const everything = compile({ rules: [], otherwise: "allow" });

export function openingsOf(policy: EgressPolicy): Openings {
  const list = compile(policy);
  const regions = regionsOf(list, policy);
  const last = lastDeciders(list, policy);
  const symbolic = list.symbolic.flatMap(({ index, to, l4 }): readonly SymbolicOpening[] => {
    if (list.rules[index]!.action !== "allow") return [];
    const left = last.filter(({ by }) => by > index).map(({ l4: own }) => own);
    const reached = intersect(l4, left);
    return reached.length === 0 ? [] : [{ index, to, l4: reached }];
  });
  return { policy, list, regions, open: regions.filter(({ action }) => action === "allow"), symbolic };
}

/** The traffic space by the rule that decides, as far as addresses are known or `resolve` gives them. */
export function regionsOf(list: CompiledRules, { kind }: EgressPolicy): readonly DecidedRegion[] {
  const families = familiesOf(kind);
  return commonCells(list, everything).flatMap(({ addresses, l4, a }) => {
    const own = families.length === 2 ? addresses : { v4: addresses.v4, v6: [] };
    return isEmptyIp(own) ? [] : [{ addresses: own, l4, by: a, action: actionOf(list, a) }];
  });
}

/** {@link regionsOf} with some names taken for addresses. */
export function regionsWith(
  policy: EgressPolicy,
  resolve: NonNullable<CompileOptions["resolve"]>,
): readonly DecidedRegion[] {
  return regionsOf(compile(policy, { resolve }), policy);
}

interface LastDecider {
  readonly l4: Interval<number>;
  /** The latest rule that decides for some address. */
  readonly by: number;
}

/** For each protocol and port the latest rule that decides anywhere: a rule by name behind it is never asked. */
function lastDeciders({ partition }: CompiledRules, { kind }: EgressPolicy): readonly LastDecider[] {
  const used = new Set(
    familiesOf(kind).flatMap((family) => [...(family === 4 ? partition.v4 : partition.v6).columnOf]),
  );
  const columns = [...used].map((number) => partition.columns[number]!);
  const cuts = [...new Set(columns.flatMap(({ starts }) => [...starts]))].toSorted((a, b) => a - b);
  const latest = new Int32Array(cuts.length);
  for (const column of columns) {
    for (let cell = 0, at = 0; cell < column.starts.length; cell += 1) {
      const end = cellEnd(column, cell);
      for (; at < cuts.length && cuts[at]! <= end; at += 1) latest[at] = Math.max(latest[at]!, column.deciders[cell]!);
    }
  }
  return cuts.map((first, i) => ({ l4: { first, last: (cuts[i + 1] ?? l4Last + 1) - 1 }, by: latest[i]! }));
}

/** What is open, by protocol and port: each group of points on which the same addresses are open. */
export function openByPort(
  open: readonly DecidedRegion[],
): readonly { readonly l4: L4Set; readonly regions: readonly DecidedRegion[] }[] {
  // Where regions begin and end, by point: between two of these the same ones are open.
  const changes = new Map<number, { readonly begin: number[]; readonly end: number[] }>();
  const at = (point: number): { readonly begin: number[]; readonly end: number[] } => {
    let change = changes.get(point);
    if (change === undefined) changes.set(point, (change = { begin: [], end: [] }));
    return change;
  };
  for (const [number, { l4 }] of open.entries()) {
    for (const { first, last } of l4) {
      at(first).begin.push(number);
      at(last + 1).end.push(number);
    }
  }
  const starts = [...changes.keys()].toSorted((a, b) => a - b);
  const groups = new Map<string, { readonly pieces: Interval<number>[]; readonly numbers: readonly number[] }>();
  const now = new Set<number>();
  for (const [i, first] of starts.entries()) {
    const { begin, end } = changes.get(first)!;
    for (const number of end) now.delete(number);
    for (const number of begin) now.add(number);
    if (now.size === 0) continue;
    const piece = { first, last: starts[i + 1]! - 1 };
    const numbers = [...now].toSorted((a, b) => a - b);
    const key = numbers.join();
    const known = groups.get(key);
    if (known === undefined) groups.set(key, { pieces: [piece], numbers });
    else known.pieces.push(piece);
  }
  return [...groups.values()].map(({ pieces, numbers }) => ({
    l4: intervalSet(pieces),
    regions: numbers.map((number) => open[number]!),
  }));
}

/** Index of the rule as it is written in the object; undefined where no rule matches. */
export function writtenIndex({ rules }: EgressPolicy, by: number): number | undefined {
  return by === noRule ? undefined : rules[by]?.written;
}

/** `rule 3, Allow 10.0.0.0/8`, or that nothing denies. */
export function ruleWords(policy: EgressPolicy, by: number): string {
  const rule = by === noRule ? undefined : policy.rules[by];
  return rule === undefined ? "no rule denies, so the policy" : `rule ${rule.written}, \`${rule.text}\`,`;
}

export function without(l4: L4Set, only: L4Set | undefined, never: L4Set): L4Set {
  const beyond = only === undefined ? [] : subtract(l4, only);
  return union(beyond, intersect(l4, never));
}
