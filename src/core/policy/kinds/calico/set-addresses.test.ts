import { expect, test } from "vitest";
import { ipSetOf, parseCidr } from "../../../net/ip-set.ts";
import { type CalicoContext, type CalicoNetworkSet, emptyCalicoContext } from "./context.ts";
import { addressesOfSets } from "./set-addresses.ts";

const ranges = 200_000;
const wide: CalicoNetworkSet = {
  namespace: "",
  name: "wide",
  labels: {},
  // Every second address, so that none touch.
  addresses: { v4: Array.from({ length: ranges }, (_, i) => ({ first: BigInt(2 * i), last: BigInt(2 * i) })), v6: [] },
  names: [],
};
const one = parseCidr("0.0.0.0/0");
if (!one.ok) throw new Error(one.error.message);
const everything = ipSetOf(one.value);

test("the same sets are joined once, and rules cannot make more of them than memory holds", () => {
  const context: CalicoContext = { ...emptyCalicoContext, sets: [wide] };
  expect(addressesOfSets(context, [wide])).toBe(addressesOfSets(context, [wide]));
  const cut = Array.from({ length: 20 }, () => addressesOfSets(context, [wide], everything));
  expect(cut.filter((addresses) => addresses !== undefined)).toHaveLength(10);
  expect(addressesOfSets(context, [wide])?.v4).toHaveLength(ranges);
});
