import { overlaps } from "../net/interval-set.ts";
import { type IpSet, intersectIp, isEmptyIp, noAddresses, overlapsIp, subtractIp, unionIp } from "../net/ip-set.ts";
import { type L4Point, type L4Set } from "../net/l4.ts";
import { fixedPart, matchesName } from "../net/name-pattern.ts";
import { insideCluster, type SymbolicDestination } from "./compile.ts";
import type { Decider } from "./evaluate.ts";
import type { Rule, RuleAction, RuleList } from "./model.ts";

/** What a connection is to: all its possible addresses, and the names it is made by. */
export interface Target {
  readonly addresses: IpSet;
  /** Canonical form. */
  readonly names: readonly string[];
  readonly l4: L4Point;
}

/** A part of the target's addresses and the rule that decides it. */
export interface Outcome {
  readonly action: RuleAction;
  readonly by: Decider;
  readonly addresses: IpSet;
  /** The rule names the target: it decides wherever the target is. */
  readonly isByName: boolean;
}

export type NearMiss =
  /** The destination fits, the protocol or port does not. */
  | { readonly rule: number; readonly why: "other-port"; readonly l4: L4Set }
  /** The whole rule fits, but an earlier one has decided. */
  | { readonly rule: number; readonly why: "too-late" }
  /** A wildcard or a name that shares the target's domain but does not match. */
  | { readonly rule: number; readonly why: "other-name" }
  /** Its addresses are not known, so it may match. */
  | { readonly rule: number; readonly why: "unresolved" };

export interface Walk {
  /** Disjoint, together all addresses of the target; in list order. */
  readonly outcomes: readonly Outcome[];
  readonly nearMisses: readonly NearMiss[];
  /** Unresolved rules that come first and act differently from an outcome: they make it uncertain. */
  readonly doubts: readonly number[];
}

export interface WalkOptions {
  readonly resolve?: (to: SymbolicDestination) => IpSet | undefined;
  /** Addresses the rules never apply to. */
  readonly excluded?: IpSet;
}

/**
 * Follows one connection through a rule list, rule by rule, and notes what came close: the slow and talkative sibling
 * of `evaluate`, which also takes a connection by name.
 */
export function walk(
  list: RuleList,
  target: Target,
  { resolve = () => undefined, excluded = noAddresses }: WalkOptions = {},
): Walk {
  let left = target.addresses;
  const outcomes: Outcome[] = [];
  const nearMisses: NearMiss[] = [];
  const unresolved: number[] = [];
  for (const [index, rule] of list.rules.entries()) {
    const found = matchDestination(rule, target, resolve, excluded);
    const coversPort = overlaps(rule.l4, [{ first: target.l4, last: target.l4 }]);
    if (found.kind === "near") nearMisses.push({ rule: index, why: "other-name" });
    if (found.kind === "unresolved" && coversPort && !isEmptyIp(left)) {
      unresolved.push(index);
      nearMisses.push({ rule: index, why: "unresolved" });
    }
    if (found.kind !== "matches") continue;
    if (!coversPort) {
      nearMisses.push({ rule: index, why: "other-port", l4: rule.l4 });
      continue;
    }
    const taken = intersectIp(left, found.addresses);
    if (isEmptyIp(taken)) nearMisses.push({ rule: index, why: "too-late" });
    else {
      outcomes.push({ action: rule.action, by: index, addresses: taken, isByName: found.isByName });
      left = subtractIp(left, taken);
    }
  }
  if (!isEmptyIp(left)) outcomes.push({ action: list.otherwise, by: "otherwise", addresses: left, isByName: false });
  const merged = mergeByRule(outcomes);
  return { outcomes: merged, nearMisses, doubts: doubtsOf(list, merged, unresolved) };
}

type Match =
  | { readonly kind: "matches"; readonly addresses: IpSet; readonly isByName: boolean }
  | { readonly kind: "near" | "unresolved" | "no" };

function matchDestination(
  { to, outsideOnly }: Rule,
  { addresses, names }: Target,
  resolve: NonNullable<WalkOptions["resolve"]>,
  excluded: IpSet,
): Match {
  const never = outsideOnly === true ? unionIp(excluded, insideCluster(resolve)) : excluded;
  if (to.kind === "name" && names.some((name) => matchesName(to.pattern, name))) {
    return { kind: "matches", addresses: subtractIp(addresses, never), isByName: true };
  }
  const known = to.kind === "addresses" ? to.addresses : resolve(to);
  // As in `compile`: addresses of nodes are matched as they are.
  const matched = known === undefined || to.kind === "nodes" ? known : subtractIp(known, never);
  if (matched !== undefined && overlapsIp(matched, addresses)) {
    return { kind: "matches", addresses: intersectIp(matched, addresses), isByName: false };
  }
  if (to.kind === "name" && names.some((name) => isNear(to.pattern, name))) return { kind: "near" };
  // A name that is not the target's could still share its address, which only matters when the address is all we have.
  if (known === undefined && (to.kind !== "name" || names.length === 0)) return { kind: "unresolved" };
  return { kind: "no" };
}

/** Same domain: one is inside the other, or both have the same parent of at least two labels. */
function isNear(pattern: Extract<Rule["to"], { kind: "name" }>["pattern"], name: string): boolean {
  const own = fixedPart(pattern);
  const parent = (text: string): string => text.slice(text.indexOf(".") + 1);
  const isWithin = (inner: string, outer: string): boolean => inner === outer || inner.endsWith(`.${outer}`);
  return isWithin(name, own) || isWithin(own, name) || (parent(name).includes(".") && parent(name) === parent(own));
}

function mergeByRule(outcomes: readonly Outcome[]): readonly Outcome[] {
  const merged = new Map<Decider, Outcome>();
  for (const outcome of outcomes) {
    const known = merged.get(outcome.by);
    merged.set(
      outcome.by,
      known === undefined ? outcome : { ...known, addresses: unionIp(known.addresses, outcome.addresses) },
    );
  }
  return [...merged.values()];
}

function doubtsOf(list: RuleList, outcomes: readonly Outcome[], unresolved: readonly number[]): readonly number[] {
  return unresolved.filter((index) =>
    outcomes.some(({ by, action }) => (by === "otherwise" || index < by) && list.rules[index]!.action !== action),
  );
}
