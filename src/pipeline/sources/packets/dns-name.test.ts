import { describe, expect, test } from "vitest";
import { type NameEnd, readDnsName } from "./dns-name.ts";
import { dnsName } from "./made-dns.test-support.ts";
import { bytesOf, u16 } from "./made-packets.test-support.ts";

/** `a.example, ends at 11`, or that it is none. */
function read(bytes: Uint8Array, from = 0, end = bytes.length): string {
  const after: NameEnd = { at: 0 };
  const name = readDnsName(bytes, from, end, after);
  return name === undefined ? "none" : `${name}, ends at ${after.at}`;
}

const pointer = (to: number): number[] => u16(0xc000 | to);
const a = (length: number): string => "a".repeat(length);
/** Of 253 characters, as long as a name can be. */
const longest = `${a(63)}.${a(63)}.${a(63)}.${a(61)}`;

describe("a name of a DNS message", () => {
  test.each<[string, Uint8Array, number, string]>([
    ["as it stands", bytesOf(dnsName("a.example")), 0, "a.example, ends at 11"],
    ["of the root", bytesOf(0), 0, ", ends at 1"],
    ["in capitals, from A to Z", bytesOf(dnsName("AZ")), 0, "az, ends at 4"],
    ["with bytes that no host has", bytesOf(1, 0x20, 1, 0x2e, 1, 0x7f, 2, 0x21, 0x7e, 0), 0, "?.?.?.!~, ends at 10"],
    ["that is only a pointer", bytesOf(dnsName("a"), pointer(0)), 3, "a, ends at 5"],
    ["that goes on elsewhere", bytesOf(dnsName("example"), 1, 97, pointer(0), 9), 9, "a.example, ends at 13"],
    [
      "that goes on elsewhere twice",
      bytesOf(dnsName("example"), 1, 98, pointer(0), 1, 97, pointer(9)),
      13,
      "a.b.example, ends at 17",
    ],
    ["that goes on further behind", bytesOf(pointer(2), dnsName("a")), 0, "none"],
    ["that goes on where it begins", bytesOf(1, 97, pointer(0)), 0, "none"],
    ["that goes round", bytesOf(1, 97, pointer(4), 0, 1, 98, pointer(0)), 5, "none"],
    ["with the longest label", bytesOf(dnsName(a(63))), 0, `${a(63)}, ends at 65`],
    ["with a label of a kind that never came", bytesOf(64, Buffer.alloc(64, "a"), 0), 0, "none"],
    ["as long as names can be", bytesOf(dnsName(longest)), 0, `${longest}, ends at 255`],
    ["that is longer by one", bytesOf(dnsName(`${longest}a`)), 0, "none"],
    ["that grows too long by a pointer", bytesOf(dnsName(longest), 1, 97, pointer(0)), 255, "none"],
    ["without an end", bytesOf(1, 97), 0, "none"],
    ["that ends within a label", bytesOf(2, 97), 0, "none"],
    ["that ends within a pointer", bytesOf(dnsName("a"), 0xc0), 3, "none"],
    ["behind the end", bytesOf(0), 1, "none"],
  ])("%s", (_, bytes, from, expected) => {
    expect(read(bytes, from)).toBe(expected);
  });

  test("does not go beyond where it must end, though there are bytes", () => {
    const bytes = bytesOf(dnsName("a.example"), dnsName("b"), 1, 97, pointer(11));
    expect(read(bytes, 0, 11)).toBe("a.example, ends at 11");
    expect(read(bytes, 0, 10)).toBe("none");
    expect(read(bytes, 0, 9)).toBe("none");
    expect(read(bytes, 14, 18)).toBe("a.b, ends at 18");
    expect(read(bytes, 14, 17)).toBe("none");
  });
});
