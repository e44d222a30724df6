import { overlaps, isSubset } from "../../../core/net/interval-set.ts";
import { ipSetKey, isSubsetIp, overlapsIp } from "../../../core/net/ip-set.ts";
import { destinationKey } from "../../../core/policy/destination-key.ts";
import type { EgressPolicy, LabelSelector, Rule } from "../../../core/policy/model.ts";

/** One rule as it was written; in the model it may be several, such as one per peer of a NetworkPolicy's rule. */
export interface WrittenRule {
  readonly written: number;
  readonly rules: readonly Rule[];
  /** Equal keys decide the same connections the same way. */
  readonly key: string;
}

export function writtenRules({ rules, ruleLocations }: EgressPolicy): readonly WrittenRule[] {
  const byWritten = Map.groupBy(rules, ({ written }) => written);
  const count = Math.max(ruleLocations.length, ...byWritten.keys().map((written) => written + 1));
  return Array.from({ length: count }, (_, written) => {
    const own = byWritten.get(written) ?? [];
    return { written, rules: own, key: own.map(keyOf).toSorted().join("; ") };
  });
}

function keyOf({ action, to, l4 }: Rule): string {
  const where = to.kind === "addresses" ? ipSetKey(to.addresses) : destinationKey(to);
  return `${action} ${where} ${l4.map(({ first, last }) => `${first}-${last}`).join()}`;
}

/** Whether which of the two comes first can matter. What stands behind a name or selector can be anything. */
export function canConflict(a: WrittenRule, b: WrittenRule): boolean {
  return a.rules.some((x) => b.rules.some((y) => x.action !== y.action && overlaps(x.l4, y.l4) && mayMeet(x.to, y.to)));
}

function mayMeet(a: Rule["to"], b: Rule["to"]): boolean {
  return a.kind !== "addresses" || b.kind !== "addresses" || overlapsIp(a.addresses, b.addresses);
}

/** Whether the two speak of the same thing, so that one is the other's new form rather than a stranger. */
export function isFormOf(a: WrittenRule, b: WrittenRule): boolean {
  return a.rules.some((x) =>
    b.rules.some((y) => {
      if (x.action !== y.action) return false;
      if (x.to.kind === "addresses" && y.to.kind === "addresses") {
        return isSubsetIp(x.to.addresses, y.to.addresses) || isSubsetIp(y.to.addresses, x.to.addresses);
      }
      if (x.to.kind === "nodes" && y.to.kind === "nodes") return haveCommonKey(x.to.selector, y.to.selector);
      return x.to.kind !== "addresses" && y.to.kind !== "addresses" && destinationKey(x.to) === destinationKey(y.to);
    }),
  );
}

/** Two ways to ask for the same role. */
function haveCommonKey(a: LabelSelector, b: LabelSelector): boolean {
  return a.requirements.some(({ key }) => b.requirements.some((other) => other.key === key));
}

/** Whether every connection of `inner` is one of `outer`'s, which does the same with it. */
export function liesWithin(inner: WrittenRule, outer: WrittenRule): boolean {
  return inner.rules.every((x) =>
    outer.rules.some(
      (y) =>
        x.action === y.action &&
        isSubset(x.l4, y.l4) &&
        (x.to.kind === "addresses"
          ? y.to.kind === "addresses" && isSubsetIp(x.to.addresses, y.to.addresses)
          : y.to.kind !== "addresses" && destinationKey(x.to) === destinationKey(y.to)),
    ),
  );
}
