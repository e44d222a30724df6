import type { RuleAction } from "./model.ts";

/** Why a policy may not be there: a cluster may not have applied it, or may not have chosen the pod for it. */
export type PartDoubt = "not-applied" | "unknown-labels";

/** Where a part stands among those that are asked one after another. */
export interface PartPlace {
  /** Ascending. A rule that passes leaves to the first part of the next tier; no match, to the next part. */
  readonly tier: number;
  /** Ascending inside a tier; nothing says which of two parts with one rank comes first. */
  readonly rank: number;
  /** Undefined: it surely is there. */
  readonly doubt: PartDoubt | undefined;
}

export interface Candidate {
  /** Index in the list of all parts. */
  readonly index: number;
  readonly action: RuleAction;
}

/** What one part says about one connection. */
export interface PartAnswer extends PartPlace {
  /** The rule that decides as far as addresses are known; undefined when none matches. */
  readonly decided: Candidate | undefined;
  /** Rules before it whose addresses are not known and that may match, by index; the first of each action will do. */
  readonly mayMatch: readonly Candidate[];
  /** Index of the part's last rule: stands for a part that may not be as written at all. */
  readonly mark: number;
}

export type Settled = (
  | { readonly kind: RuleAction; readonly by: number | undefined }
  | { readonly kind: "unknown"; readonly by: number; readonly why: PartDoubt | "undefined-order" | "unresolved" }
) & {
  /** Rules that left their tiers on the way, in the order they are asked. */
  readonly passed: readonly number[];
};

const bits = { allow: 1, deny: 2, pass: 4 } as const;
const allBits = 7;

/**
 * The verdict of parts that are asked in order. It is unknown only if some way in which the unknown may turn out would
 * change it, and then names the first thing in order that would have to be known.
 * @param parts by tier and rank
 * @param otherwise what happens when every tier passes
 */
export function settle(parts: readonly PartAnswer[], otherwise: RuleAction): Settled {
  const ends = groupEnds(parts);
  const reachable = reachableFrom(parts, ends, otherwise);
  const nominal = nominalOf(parts, ends, otherwise);
  const possible = reachable[0]!;
  if (possible === bits[nominal.kind]) return nominal;
  return { ...firstDoubt(parts, ends, reachable, possible, nominal.kind), passed: nominal.passed };
}

/** For every part the end of its group: the parts that nothing orders. */
function groupEnds(parts: readonly PartPlace[]): Int32Array {
  const ends = new Int32Array(parts.length);
  for (let at = parts.length - 1; at >= 0; at -= 1) {
    const next = parts[at + 1];
    const { tier, rank } = parts[at]!;
    ends[at] = next !== undefined && next.tier === tier && next.rank === rank ? ends[at + 1]! : at + 1;
  }
  return ends;
}

function nextTier(parts: readonly PartPlace[], from: number): number {
  let at = from;
  while (at < parts.length && parts[at]!.tier === parts[from]!.tier) at += 1;
  return at;
}

/** Actions that may come of asking from each part on, as bits; the last entry is what happens behind all of them. */
function reachableFrom(parts: readonly PartAnswer[], ends: Int32Array, otherwise: RuleAction): Int32Array {
  const reachable = new Int32Array(parts.length + 1);
  reachable[parts.length] = bits[otherwise];
  for (let at = parts.length - 1; at >= 0; at -= 1) {
    const isStart = at === 0 || ends[at - 1] !== ends[at];
    if (!isStart) continue;
    let outcomes = 0;
    let isCertain = false;
    for (const part of parts.slice(at, ends[at])) {
      outcomes |= possibleIn(part);
      if (part.decided !== undefined && part.doubt === undefined) isCertain = true;
    }
    if ((outcomes & bits.pass) !== 0) outcomes = (outcomes & ~bits.pass) | reachable[nextTier(parts, at)]!;
    reachable[at] = isCertain ? outcomes : outcomes | reachable[ends[at]!]!;
  }
  return reachable;
}

function possibleIn({ decided, mayMatch, doubt }: PartAnswer): number {
  if (doubt === "not-applied") return allBits;
  let outcomes = decided === undefined ? 0 : bits[decided.action];
  for (const { action } of mayMatch) outcomes |= bits[action];
  return outcomes;
}

/** What happens when nothing unknown matches and every policy is as written, but for those that are not applied. */
function nominalOf(
  parts: readonly PartAnswer[],
  ends: Int32Array,
  otherwise: RuleAction,
): { readonly kind: RuleAction; readonly by: number | undefined; readonly passed: readonly number[] } {
  const passed: number[] = [];
  let at = 0;
  while (at < parts.length) {
    const decided = nominalIn(parts, at, ends[at]!);
    if (decided === undefined) at = ends[at]!;
    else if (decided.action !== "pass") return { kind: decided.action, by: decided.index, passed };
    else {
      passed.push(decided.index);
      at = nextTier(parts, at);
    }
  }
  return { kind: otherwise, by: undefined, passed };
}

function nominalIn(parts: readonly PartAnswer[], from: number, end: number): Candidate | undefined {
  for (const { decided, doubt } of parts.slice(from, end)) {
    if (decided !== undefined && doubt !== "not-applied") return decided;
  }
  return undefined;
}

/** Along the way of the nominal verdict, the first thing whose other outcome would lead to another one. */
function firstDoubt(
  parts: readonly PartAnswer[],
  ends: Int32Array,
  reachable: Int32Array,
  possible: number,
  nominal: RuleAction,
): { readonly kind: "unknown"; readonly by: number; readonly why: PartDoubt | "undefined-order" | "unresolved" } {
  const leadsAway = (outcomes: number): boolean => (outcomes & ~bits[nominal] & possible) !== 0;
  let at = 0;
  while (at < parts.length) {
    const end = ends[at]!;
    const behind = reachable[nextTier(parts, at)]!;
    const ofAction = (action: RuleAction): number => (action === "pass" ? behind : bits[action]);
    const own = nominalIn(parts, at, end);
    const group = parts.slice(at, end);
    for (const part of group) {
      const { decided, mayMatch, doubt, mark } = part;
      if (doubt === "not-applied") return { kind: "unknown", by: mark, why: doubt };
      const match = mayMatch.find(({ action }) => leadsAway(ofAction(action)));
      if (match !== undefined) return { kind: "unknown", by: match.index, why: "unresolved" };
      if (decided === undefined) continue;
      if (decided !== own && leadsAway(ofAction(decided.action)))
        return { kind: "unknown", by: decided.index, why: "undefined-order" };
      if (doubt === undefined || decided !== own) continue;
      const others = group.filter((other) => other !== part);
      const isCertain = others.some((other) => other.decided !== undefined && other.doubt === undefined);
      if (!isCertain && leadsAway(reachable[end]!)) return { kind: "unknown", by: decided.index, why: doubt };
    }
    at = own === undefined ? end : own.action === "pass" ? nextTier(parts, at) : parts.length;
  }
  throw new Error("a verdict with several outcomes must have a first doubt");
}
