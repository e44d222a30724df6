import fc from "fast-check";
import { expect, test } from "vitest";
import { bytesOf, u16 } from "./made-packets.test-support.ts";
import { readSocksRequest } from "./socks-request.ts";

const name = "api.example";

test.each<[string, Uint8Array, string]>([
  ["version 5 by name", bytesOf(5, 1, 0, 3, name.length, name, u16(443)), name],
  ["version 5 by IPv4", bytesOf(5, 1, 0, 1, 198, 51, 100, 7, u16(443)), "198.51.100.7"],
  [
    "version 5 by IPv6",
    bytesOf(5, 1, 0, 4, [0x20, 1, 0xd, 0xb8], Array<number>(11).fill(0), 7, u16(443)),
    "2001:db8:0:0:0:0:0:7",
  ],
  ["version 4", bytesOf(4, 1, u16(443), 198, 51, 100, 7, "me", 0), "198.51.100.7"],
  ["version 4A by name", bytesOf(4, 1, u16(443), 0, 0, 0, 1, "me", 0, name, 0), name],
  ["the greeting before it", bytesOf(5, 1, 0), "none"],
  ["another command", bytesOf(5, 2, 0, 1, 198, 51, 100, 7, u16(443)), "none"],
  ["more behind it", bytesOf(5, 1, 0, 1, 198, 51, 100, 7, u16(443), 0), "none"],
  ["a name that no host has", bytesOf(5, 1, 0, 3, 3, "a b", u16(443)), "none"],
  ["a name that is cut off", bytesOf(5, 1, 0, 3, name.length, name.slice(2), u16(443)), "none"],
])("a SOCKS request: %s", (_, bytes, host) => {
  const reading = readSocksRequest(bytes);
  expect(reading === "none" ? reading : reading.proxied).toBe(host);
});

test("anything is read as something bounded", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(4, 5),
      fc.constantFrom(1, 3, 4, 0),
      fc.uint8Array({ maxLength: 300 }),
      (version, kind, rest) => {
        const reading = readSocksRequest(bytesOf(version, 1, 0, kind, rest));
        expect(reading === "none" || reading.proxied.length <= 254).toBe(true);
      },
    ),
  );
});
