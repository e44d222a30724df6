import { ipSetKey } from "../net/ip-set.ts";
import { formatL4Set } from "../net/l4.ts";
import { noRule } from "./column.ts";
import type { CompiledPart, CompiledRules } from "./compile.ts";
import { destinationKey } from "./destination-key.ts";
import type { Rule } from "./model.ts";

/** The stretch of each of two lists of parts between what both begin and what both end with. */
export interface ChangedParts {
  /** Index of the first part that differs, the same in both. */
  readonly from: number;
  /** Index behind the last one. */
  readonly to: readonly [before: number, after: number];
  /** Tiers of which a part before the stretch may leave, so that the stretch's own parts of that tier are not asked. */
  readonly leaves: readonly (number | undefined)[];
}

/**
 * Where only some parts of two lists differ, only these have to be compared: what comes before and behind decides alike as
 * long as it is asked alike.
 */
export function changedParts(before: readonly CompiledPart[], after: readonly CompiledPart[]): ChangedParts {
  let from = 0;
  while (from < before.length && from < after.length && isAlike(before[from]!, after[from]!)) {
    if (before[from]!.tier !== after[from]!.tier) break;
    from += 1;
  }
  let [endA, endB] = [before.length, after.length];
  const last = [before.at(-1)?.tier ?? 0, after.at(-1)?.tier ?? 0] as const;
  while (endA > from && endB > from && isAlike(before[endA - 1]!, after[endB - 1]!)) {
    if (last[0] - before[endA - 1]!.tier !== last[1] - after[endB - 1]!.tier) break;
    endA -= 1;
    endB -= 1;
  }
  const left = before[from - 1]?.tier;
  const mayLeave =
    left !== undefined &&
    before.some(({ tier, list }, i) => i < from && tier === left && list.rules.some(({ action }) => action === "pass"));
  return { from, to: [endA, endB], leaves: mayLeave ? [undefined, left] : [undefined] };
}

function isAlike(a: CompiledPart, b: CompiledPart): boolean {
  return a.list === b.list || (a.list.symbolic.length === b.list.symbolic.length && keyOf(a.list) === keyOf(b.list));
}

const keys = new WeakMap<CompiledRules, string>();

function keyOf(list: CompiledRules): string {
  let key = keys.get(list);
  if (key === undefined) keys.set(list, (key = ruleListKey(list.rules)));
  return key;
}

/** Equal texts mean that two lists decide alike, rule by rule. */
export function ruleListKey(rules: readonly Rule[]): string {
  return rules
    .map(({ action, to, l4, outsideOnly }) => {
      const where = to.kind === "addresses" ? ipSetKey(to.addresses) : `${to.kind} ${destinationKey(to)}`;
      return `${action} ${where} ${formatL4Set(l4)} ${outsideOnly === true ? "outside" : ""}`;
    })
    .join("\n");
}

/**
 * What a stretch of parts does: `allow`, `deny`, or how many parts behind it are not asked because a rule passes.
 * @param deciders of the stretch's own parts
 * @param left tier that is being left when the stretch is reached
 */
export function stretchOutcome(
  parts: readonly CompiledPart[],
  { from, to }: { readonly from: number; readonly to: number },
  deciders: ArrayLike<number>,
  left: number | undefined,
): string | number {
  let at = from;
  let leaving = left;
  while (at < parts.length) {
    const { tier, list } = parts[at]!;
    if (tier === leaving) {
      at += 1;
      continue;
    }
    if (at >= to) break;
    const own = deciders[at - from]!;
    if (own === noRule) at += 1;
    else {
      const { action } = list.rules[own]!;
      if (action !== "pass") return action;
      leaving = tier;
    }
  }
  return at - to;
}
