import * as fc from "fast-check";
import { expect, test } from "vitest";
import {
  arbitraryConnectionsAt,
  arbitraryTieredPolicies,
  policyForTest,
} from "../../../test/arbitraries/tiered-policies.ts";
import { allAddresses, countIp, ipSetOf } from "../net/ip-set.ts";
import { anyL4, l4Point } from "../net/l4.ts";
import { effectivePolicy } from "./effective.ts";
import { evaluate } from "./evaluate.ts";
import type { Rule } from "./model.ts";
import { adminTier } from "./tiers.ts";
import { walkTiers } from "./walk-tiers.ts";

test("the talkative way through tiers ends where the fast one does", () => {
  const ends = new Set<string>();
  fc.assert(
    fc.property(
      arbitraryTieredPolicies().chain((policies) =>
        fc.tuple(
          fc.constant(policies),
          arbitraryConnectionsAt(policies, 6),
          fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }),
          fc.boolean(),
        ),
      ),
      ([policies, connections, doubts, isResolved]) => {
        const uncertain = new Set(policies.filter(({ place }, i) => place !== undefined && doubts[i] === true));
        const options = isResolved ? { resolve: () => ipSetOf(connections[0]!.address) } : {};
        const list = effectivePolicy(policies, { ...options, uncertain }).networkPolicy?.list;
        if (list?.parts === undefined) return;
        for (const { address, protocol, port } of connections) {
          const l4 = l4Point(protocol, port);
          const verdict = evaluate(list, { address, l4 });
          const found = walkTiers(list, { addresses: ipSetOf(address), names: [], l4 }, options);
          expect(found.outcomes).toHaveLength(1);
          const isOpen = found.doubts.length + found.unsure.length > 0;
          expect(isOpen).toBe(verdict.kind === "unknown");
          ends.add(isOpen ? "unknown" : found.outcomes[0]!.action);
          if (isOpen) expect([...found.doubts, ...found.unsure.map(({ by }) => by)]).toEqual([verdict.by]);
          else expect(found.outcomes[0]).toMatchObject({ action: verdict.kind, by: verdict.by });
          expect(found.passes.map(({ by }) => by)).toEqual(verdict.passed ?? []);
        }
      },
    ),
    { numRuns: 1_000 },
  );
  expect(ends).toEqual(new Set(["allow", "deny", "unknown"]));
});

test("of a target that many rules divide, no address is forgotten", () => {
  const blocks = Array.from({ length: 300 }, (_, i): Rule => {
    const first = 0x14000000n + BigInt(i) * 256n;
    const addresses = { v4: [{ first, last: first + 255n }], v6: [] };
    return {
      action: i === 0 ? "deny" : "allow",
      to: { kind: "addresses", addresses },
      l4: anyL4,
      text: `${i}`,
      written: i,
    };
  });
  const rest: Rule = {
    action: "deny",
    to: { kind: "addresses", addresses: allAddresses },
    l4: anyL4,
    text: "rest",
    written: 300,
  };
  const policy = policyForTest("AdminNetworkPolicy", "many", [...blocks, rest], { ...adminTier, order: 0 });
  const { list } = effectivePolicy([policy]).networkPolicy!;
  const found = walkTiers(list, { addresses: allAddresses, names: [], l4: l4Point("tcp", 443) });
  const allowed = found.outcomes.filter(({ action }) => action === "allow").map(({ addresses }) => addresses);
  expect(allowed.map((addresses) => countIp(addresses))).toEqual([299n * 256n]);
  expect(found.outcomes.reduce((sum, { addresses }) => sum + countIp(addresses), 0n)).toBe(countIp(allAddresses));
});
