import { isIP } from "node:net";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { familyMax, formatIp, type IpAddress, parseIp } from "./ip.ts";

const arbitraryIp: fc.Arbitrary<IpAddress> = fc.oneof(
  fc.bigInt(0n, familyMax[4]).map((value): IpAddress => ({ family: 4, value })),
  fc
    .bigInt(0n, familyMax[6])
    .filter((value) => value >> 32n !== 0xffffn)
    .map((value): IpAddress => ({ family: 6, value })),
);

test.each([
  ["0.0.0.0", "0.0.0.0"],
  ["255.255.255.255", "255.255.255.255"],
  ["::", "::"],
  ["::1", "::1"],
  ["2001:DB8:0:0:1:0:0:1", "2001:db8::1:0:0:1"], // the first of two equal runs is shortened
  ["2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"], // one zero group is not
  ["ff02:0:0:0:0:0:0:0", "ff02::"],
  ["::ffff:192.0.2.1", "192.0.2.1"], // v4-mapped is v4, as Go reads it
  ["64:ff9b::192.0.2.33", "64:ff9b::c000:221"],
])("%s is %s", (text, canonical) => {
  const parsed = parseIp(text);
  expect(parsed.ok && formatIp(parsed.value)).toBe(canonical);
});

test.each([
  "",
  "1.2.3",
  "1.2.3.4.5",
  "1.2.3.256",
  "01.2.3.4",
  "1.2.3.4 ",
  "1.2.3.-4",
  ":",
  ":::",
  "1::2::3",
  "12345::",
  "1:2:3:4:5:6:7",
  "1:2:3:4:5:6:7:8:9",
  "1:2:3:4:5:6:7::8",
  "fe80::1%eth0",
  "::1.2.3",
  "g::",
  "1.2.3.4::",
])("%j is not an address", (text) => {
  expect(parseIp(text)).toEqual({
    ok: false,
    error: { code: "ip_syntax", message: `\`${text}\` is not an IP address` },
  });
});

test("printing and reading an address gives the address", () => {
  fc.assert(
    fc.property(arbitraryIp, (address) => {
      expect(parseIp(formatIp(address))).toEqual({ ok: true, value: address });
    }),
  );
});

test("reading agrees with the platform on what an address is", () => {
  const almost = fc.oneof(
    fc.ipV4(),
    fc.ipV6(),
    fc.string({ unit: fc.constantFrom("0", "1", "f", ":", ".", "9", "::"), maxLength: 20 }),
  );
  fc.assert(
    fc.property(almost, (text) => {
      expect(parseIp(text).ok).toBe(isIP(text) !== 0);
    }),
    { numRuns: 5_000 },
  );
});
