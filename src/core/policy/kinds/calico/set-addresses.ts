import { intervalSet } from "../../../net/interval-set.ts";
import { intersectIp, type IpSet } from "../../../net/ip-set.ts";
import type { CalicoContext, CalicoNetworkSet } from "./context.ts";

/** Of all rules that are read with one context. A thousand rules that each select other sets would fill any memory. */
const mostRanges = 2_000_000;

interface Made {
  readonly bySets: Map<string, IpSet>;
  ranges: number;
}

const madeOf = new WeakMap<CalicoContext, Made>();

/**
 * What the sets hold together, made once for the same sets; undefined past the limit, where it counts as not known.
 * @param within undefined: all of it
 */
export function addressesOfSets(
  context: CalicoContext,
  sets: readonly CalicoNetworkSet[],
  within?: IpSet,
): IpSet | undefined {
  let made = madeOf.get(context);
  if (made === undefined) madeOf.set(context, (made = { bySets: new Map<string, IpSet>(), ranges: 0 }));
  const key = sets.map(({ namespace, name }) => `${namespace}/${name}`).join();
  const known = made.bySets.get(key);
  if (known !== undefined && within === undefined) return known;
  if (made.ranges > mostRanges) return undefined;
  const whole = known ?? union(sets);
  if (known === undefined) made.bySets.set(key, whole);
  const addresses = within === undefined ? whole : intersectIp(whole, within);
  if (known === undefined || within !== undefined) made.ranges += addresses.v4.length + addresses.v6.length;
  return addresses;
}

function union(sets: readonly CalicoNetworkSet[]): IpSet {
  return {
    v4: intervalSet(sets.flatMap(({ addresses }) => addresses.v4)),
    v6: intervalSet(sets.flatMap(({ addresses }) => addresses.v6)),
  };
}
