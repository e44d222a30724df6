import fc from "fast-check";
import { expect, test } from "vitest";
import { AddressClaims, type Claim } from "./address-claims.ts";
import { PodIdentity } from "./pod-identity.ts";

const pod = { identity: new PodIdentity("east", "shop", "web-1", { kind: "Deployment", name: "web" }) };
const step = fc.record({
  address: fc.constantFrom(4n, 5n, 6n),
  isEnded: fc.boolean(),
  /** Which of all made so far is dropped; more than there are: none. */
  drops: fc.nat(30),
});

test("claims are what a list of them would be, newest first, whatever is dropped", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const claims = new AddressClaims();
      const made: Claim[] = [];
      let list: Claim[] = [];
      for (const { address: value, isEnded, drops } of steps) {
        const address = { family: 4, value } as const;
        const endMs = isEnded ? 1 : Infinity;
        const claim = claims.add({ pod, address, network: "", fromMs: 0, toMs: endMs, endKnownMs: endMs });
        made.push(claim);
        list.unshift(claim);
        const dropped = made[drops];
        if (dropped !== undefined) claims.drop(dropped);
        list = list.filter((one) => one !== dropped);
        expect(claims.size).toBe(list.length);
      }
      for (const value of [4n, 5n, 6n]) {
        const own = list.filter((one) => one.address.value === value);
        const found: Claim[] = [];
        for (let one = claims.of({ family: 4, value }); one !== undefined; one = one.older) found.push(one);
        expect(found.map((one) => made.indexOf(one))).toEqual(own.map((one) => made.indexOf(one)));
        const oldest = own.findLast(({ toMs }) => toMs !== Infinity) ?? own.at(-1);
        expect(claims.tooMany({ family: 4, value }, own.length - 1)).toBe(oldest);
        expect(claims.tooMany({ family: 4, value }, own.length)).toBeUndefined();
      }
    }),
  );
});
