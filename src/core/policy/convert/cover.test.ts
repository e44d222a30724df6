import * as fc from "fast-check";
import { expect, test } from "vitest";
import { arbitraryIpSet } from "../../../../test/arbitraries/address.ts";
import { equalIp, ipSetOf, isSubsetIp, noAddresses, subtractIp, toCidrs, unionIp } from "../../net/ip-set.ts";
import { coverWithExceptions } from "./cover.ts";

test("a cover is exactly the set, and never longer than plain blocks", () => {
  fc.assert(
    fc.property(arbitraryIpSet(), arbitraryIpSet(), (a, b) => {
      const set = subtractIp(a, b);
      let covered = noAddresses;
      let written = 0;
      for (const family of [4, 6] as const) {
        for (const { cidr, except } of coverWithExceptions(set, family)) {
          for (const hole of except) {
            expect(hole.prefixLength).toBeGreaterThan(cidr.prefixLength);
            expect(isSubsetIp(ipSetOf(hole), ipSetOf(cidr))).toBe(true);
          }
          covered = unionIp(covered, subtractIp(ipSetOf(cidr), ipSetOf(...except)));
          written += 1 + except.length;
        }
      }
      expect(equalIp(covered, set)).toBe(true);
      expect(written).toBeLessThanOrEqual(toCidrs(set).length);
    }),
    { numRuns: 500 },
  );
});
