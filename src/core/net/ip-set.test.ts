import * as fc from "fast-check";
import { expect, test } from "vitest";
import { arbitraryIpSet } from "../../../test/arbitraries/address.ts";
import {
  allAddresses,
  formatCidr,
  formatIpSet,
  ipSetOf,
  ipSetOfAll,
  noAddresses,
  parseCidr,
  subtractIp,
  toCidrs,
} from "./ip-set.ts";

test.each(["0.0.0.0/0", "192.0.2.1/32", "10.0.0.0/8", "::/0", "2001:db8::/32", "2001:db8::1/128"])(
  "%s is a block",
  (text) => {
    const parsed = parseCidr(text);
    expect(parsed.ok && formatCidr(parsed.value)).toBe(text);
  },
);

test.each([
  ["192.0.2.1", "`192.0.2.1` is not a CIDR block, did you mean `192.0.2.1/32`?"],
  ["2001:db8::1", "`2001:db8::1` is not a CIDR block, did you mean `2001:db8::1/128`?"],
  ["10.0.0.1/8", "`10.0.0.1/8` has host bits set, did you mean `10.0.0.0/8`?"],
  ["2001:db8::1/64", "`2001:db8::1/64` has host bits set, did you mean `2001:db8::/64`?"],
  ["10.0.0.0/33", "`10.0.0.0/33` is not a CIDR block"],
  ["::/129", "`::/129` is not a CIDR block"],
  ["10.0.0.0/08", "`10.0.0.0/08` is not a CIDR block"],
  ["10.0.0.0/", "`10.0.0.0/` is not a CIDR block"],
  ["10.0.0.0/8/8", "`10.0.0.0/8/8` is not a CIDR block"],
  ["api.example.com", "`api.example.com` is not a CIDR block"],
])("%s: %s", (text, message) => {
  const parsed = parseCidr(text);
  expect(parsed.ok ? "" : parsed.error.message).toBe(message);
});

test("the fewest blocks hold exactly the set", () => {
  fc.assert(
    fc.property(arbitraryIpSet(), (set) => {
      const cidrs = toCidrs(set);
      expect(ipSetOfAll(cidrs)).toEqual(set);
      // Two neighbours of one size that could be one block would not be the fewest.
      for (const [i, cidr] of cidrs.entries()) {
        const next = cidrs[i + 1];
        if (next === undefined || next.family !== cidr.family || next.prefixLength !== cidr.prefixLength) continue;
        expect(ipSetOf(cidr, next)).not.toEqual(ipSetOf({ ...cidr, prefixLength: cidr.prefixLength - 1 }));
      }
    }),
  );
});

test.each([
  ["nothing", noAddresses],
  ["0.0.0.0/0, ::/0", allAddresses],
  [
    "0.0.0.0-9.255.255.255, 11.0.0.0-255.255.255.255, ::/0",
    subtractIp(allAddresses, ipSetOf({ family: 4, first: 10n << 24n, prefixLength: 8 })),
  ],
])("%s is the text of a set", (text, set) => {
  expect(formatIpSet(set)).toBe(text);
});
