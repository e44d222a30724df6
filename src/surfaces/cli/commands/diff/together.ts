import { ranges, unionIp } from "../../../../core/net/ip-set.ts";
import { formatL4Set } from "../../../../core/net/l4.ts";
import type { DecidedBy, ScopeChange } from "../../../../core/policy/compare-sets.ts";
import type { Difference } from "../../../../core/policy/difference.ts";
import { place } from "../../words/place.ts";

/** What a reader calls one change: the same connections to be, decided by one rule before, by several after. */
export interface Together {
  readonly difference: Difference;
  readonly before: DecidedBy;
  readonly after: readonly DecidedBy[];
}

/** In the order in which they begin. The example is of the change that covers most. */
export function together(changes: readonly ScopeChange[]): readonly Together[] {
  const alike = Map.groupBy(changes, ({ difference, before }) => {
    const destination = difference.to === "named" ? difference.destination : undefined;
    return JSON.stringify([difference.change, destination, formatL4Set(difference.l4), sideKey(before)]);
  });
  return [...alike.values()].map((group) => {
    const widest = group.reduce((a, b) => (sizeOf(b.difference) > sizeOf(a.difference) ? b : a));
    const addresses = group.map(({ difference }) => difference.addresses).reduce(unionIp);
    const after = new Map(group.map((change) => [sideKey(change.after), change.after]));
    return { difference: { ...widest.difference, addresses }, before: widest.before, after: [...after.values()] };
  });
}

function sideKey({ rule, text, at }: DecidedBy): string {
  return JSON.stringify([rule, text, place(at)]);
}

/** IPv4 counts first, because most readers think in it. */
function sizeOf({ addresses }: Difference): number {
  const size = (family: 4 | 6): number =>
    ranges(addresses, family).reduce((sum, { first, last }) => sum + Number(last - first + 1n), 0);
  return size(4) * 2 ** 128 + size(6);
}
