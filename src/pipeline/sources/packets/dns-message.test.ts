import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatIp } from "../../../core/net/ip.ts";
import { DnsMessage, readDnsMessage } from "./dns-message.ts";
import { aRecord, cname, dns, dnsName, type MadeRecord, svcb } from "./made-dns.test-support.ts";
import { bytesOf, u16, u32 } from "./made-packets.test-support.ts";

function shown(message: DnsMessage): string {
  const addresses = Array.from({ length: message.addressCount }, (_, i) => {
    const words = message.addresses.subarray(4 * i, 4 * i + 4);
    const family = message.families[i] === 6 ? 6 : 4;
    const value = (family === 6 ? [...words] : [words[0]!]).reduce((sum, word) => (sum << 32n) | BigInt(word), 0n);
    return formatIp({ family, value });
  });
  return [message.question, ...message.chain, addresses.join(" ") || "nothing", `${message.ttlSeconds} s`].join(" = ");
}

function read(bytes: Uint8Array, isCut = false): string {
  const message = new DnsMessage();
  const reading = readDnsMessage(bytes, isCut, message);
  return reading === "read" ? shown(message) : reading === "cut" ? `cut: ${shown(message)}` : reading;
}

const two = [aRecord("a.example", "192.0.2.1", 30), aRecord("a.example", "2001:db8::1", 20)];
const chained = [
  cname("a.example", "b.example", 9),
  cname("b.example", "c.example", 90),
  aRecord("c.example", "192.0.2.1", 60),
];

/** A service binding with these parameters, by key. */
const binding = (...parameters: readonly (readonly [number, readonly number[]])[]): MadeRecord => ({
  owner: "a.example",
  type: 65,
  data: [0, 1, 0, ...parameters.flatMap(([key, value]) => [...u16(key), ...u16(value.length), ...value])],
});
const aliases = (count: number): MadeRecord[] => Array.from({ length: count }, (_, i) => cname(`a${i}`, `a${i + 1}`));

describe("a DNS message", () => {
  test.each<[string, Uint8Array, string]>([
    ["two addresses", dns("a.example", two), "a.example = 192.0.2.1 2001:db8::1 = 20 s"],
    ["a chain of aliases", dns("a.example", chained), "a.example = b.example = c.example = 192.0.2.1 = 9 s"],
    [
      "a chain in any order",
      dns("a.example", chained.toReversed()),
      "a.example = b.example = c.example = 192.0.2.1 = 9 s",
    ],
    ["names in capitals", dns("A.eXample", [aRecord("a.EXAMPLE", "192.0.2.1")]), "a.example = 192.0.2.1 = 60 s"],
    ["addresses of another name", dns("a.example", [aRecord("b.example", "192.0.2.1")]), "a.example = nothing = -1 s"],
    [
      "aliases in a circle",
      dns("a.example", [
        cname("a.example", "b.example"),
        cname("b.example", "a.example"),
        aRecord("a.example", "192.0.2.1"),
      ]),
      "a.example = b.example = nothing = 60 s",
    ],
    ["additional records", dns("a.example", [], { additional: two }), "a.example = nothing = -1 s"],
    [
      "hints of a service binding",
      dns("a.example", [svcb("a.example", ".", ["192.0.2.1", "192.0.2.2", "2001:db8::1"])], { type: 65 }),
      "a.example = 192.0.2.1 192.0.2.2 2001:db8::1 = 60 s",
    ],
    [
      "hints of a binding of another kind of service",
      dns("a.example", [{ ...svcb("a.example", ".", ["192.0.2.1"]), type: 64 }], { type: 64 }),
      "a.example = 192.0.2.1 = 60 s",
    ],
    [
      "parameters of a service binding that are no hints",
      dns("a.example", [binding([1, [2, 104, 50, 0]], [3, [1, 187]], [4, [192, 0, 2, 1]], [7, [9, 9, 9, 9]])], {
        type: 65,
      }),
      "a.example = 192.0.2.1 = 60 s",
    ],
    [
      "half of a hint",
      dns("a.example", [binding([4, [192, 0, 2, 1, 192, 0, 2]], [6, [9, 9, 9, 9]])], { type: 65 }),
      "a.example = 192.0.2.1 = 60 s",
    ],
    [
      "a hint that goes beyond its binding",
      dns("a.example", [{ owner: "a.example", type: 65, data: [0, 1, 0, 0, 4, 0, 8, 192, 0, 2, 1] }, two[0]!], {
        type: 65,
      }),
      "a.example = 192.0.2.1 = 30 s",
    ],
    [
      "a service binding without anything in it",
      dns("a.example", [{ owner: "a.example", type: 65, data: [0, 1, 0] }], { type: 65 }),
      "a.example = nothing = -1 s",
    ],
    [
      "text that is as long as an address",
      dns("a.example", [{ owner: "a.example", type: 16, data: [3, 97, 98, 99] }]),
      "a.example = nothing = -1 s",
    ],
    [
      "the longest TTL that there is",
      dns("a.example", [aRecord("a.example", "192.0.2.1", 0x7fffffff)]),
      "a.example = 192.0.2.1 = 2147483647 s",
    ],
    [
      "as many aliases as are followed",
      dns("a0", [...aliases(16), aRecord("a16", "192.0.2.1")]),
      `${Array.from({ length: 17 }, (_, i) => `a${i}`).join(" = ")} = 192.0.2.1 = 60 s`,
    ],
    [
      "one alias more than are followed",
      dns("a0", [...aliases(17), aRecord("a17", "192.0.2.1")]),
      `${Array.from({ length: 17 }, (_, i) => `a${i}`).join(" = ")} = nothing = 60 s`,
    ],
    [
      "a TTL with its upper bit set",
      dns("a.example", [aRecord("a.example", "192.0.2.1", 0xffffffff)]),
      "a.example = 192.0.2.1 = 0 s",
    ],
    [
      "a name that no host has",
      dns("a b.example", [aRecord("a b.example", "192.0.2.1")]),
      "a?b.example = 192.0.2.1 = 60 s",
    ],
    ["NXDOMAIN", dns("a.example", two, { code: 3 }), "a.example = nothing = -1 s"],
    ["a question", dns("a.example", undefined), "a.example = nothing = -1 s"],
    ["nothing", bytesOf(), "broken"],
    ["a header alone", dns("a.example", two).subarray(0, 12), "broken"],
    ["an update", bytesOf(u16(1), u16(0x2800), u16(1), u16(0), u16(0), u16(0)), "other"],
    [
      "an address of three bytes",
      dns("a.example", [{ owner: "a.example", type: 1, data: [1, 2, 3] }]),
      "a.example = nothing = -1 s",
    ],
  ])("with %s", (_, bytes, said) => {
    expect(read(bytes)).toBe(said);
  });

  test("that was cut tells what is there", () => {
    const whole = dns("a.example", two);
    expect(read(whole.subarray(0, -2), true)).toBe("cut: a.example = 192.0.2.1 = 30 s");
    expect(read(whole.subarray(0, -2))).toBe("broken");
    expect(read(dns("a.example", []).subarray(0, -1), true)).toBe("cut:  = nothing = -1 s");
    expect(read(whole.subarray(0, 3), true)).toBe("cut:  = nothing = -1 s");
  });

  test("says nothing of the one before it, wherever it ends", () => {
    const before = dns("a.example", chained);
    const later = dns("z.example", two, { id: 9 });
    for (let length = 0; length < later.length; length += 1) {
      const used = new DnsMessage();
      readDnsMessage(before, false, used);
      const fresh = new DnsMessage();
      expect(readDnsMessage(later.subarray(0, length), true, used)).toBe(
        readDnsMessage(later.subarray(0, length), true, fresh),
      );
      expect([shown(used), used.isResponse]).toEqual([shown(fresh), fresh.isResponse]);
    }
  });

  test("with a compressed name at every depth is read", () => {
    // Each record's name points to the one before it.
    const names: number[] = [];
    let at = 12 + dnsName("a").length + 4;
    for (let i = 0; i < 20; i += 1) {
      names.push(
        1,
        98,
        ...u16(0xc000 | (i === 0 ? 12 : at - 18)),
        ...u16(1),
        ...u16(1),
        ...u32(60),
        ...u16(4),
        192,
        0,
        2,
        i,
      );
      at += 18;
    }
    const bytes = bytesOf(u16(1), u16(0x8180), u16(1), u16(20), u16(0), u16(0), dnsName("a"), u16(1), u16(1), names);
    expect(read(bytes)).toBe("a = nothing = -1 s");
  });

  test.each([
    ["to itself", 12],
    ["forwards", 40],
    ["behind the end", 0x3fff],
  ])("whose name points %s is broken", (_, target) => {
    expect(
      read(bytesOf(u16(1), u16(0x8180), u16(1), u16(0), u16(0), u16(0), u16(0xc000 | target), u16(1), u16(1))),
    ).toBe("broken");
  });

  const name = fc.constantFrom("a.example", "b.example", "c.example", "d.example");
  const record: fc.Arbitrary<MadeRecord> = fc.oneof(
    fc.tuple(name, name).map(([owner, target]) => cname(owner, target)),
    fc.tuple(name, fc.constantFrom("192.0.2.1", "2001:db8::1")).map(([owner, address]) => aRecord(owner, address)),
    fc.tuple(name, name).map(([owner, target]) => svcb(owner, target, ["192.0.2.9"])),
  );

  test("leads from the question to addresses whatever the order of its records", () => {
    const withoutForks = fc.uniqueArray(record, { selector: ({ owner }) => owner, maxLength: 4 });
    fc.assert(
      fc.property(withoutForks, fc.infiniteStream(fc.nat()), (records, order) => {
        const shuffled = records.map((one) => [order.next().value ?? 0, one] as const).toSorted(([a], [b]) => a - b);
        expect(
          read(
            dns(
              "a.example",
              shuffled.map(([, one]) => one),
            ),
          ),
        ).toBe(read(dns("a.example", records)));
      }),
    );
  });

  test("that is damaged is read as something, in bounded time and space", () => {
    fc.assert(
      fc.property(
        fc.array(record, { maxLength: 30 }),
        fc.array(fc.tuple(fc.nat(2000), fc.oneof(fc.nat(255), fc.constant(0xc0))), { maxLength: 12 }),
        fc.nat(2000),
        (records, changes, length) => {
          const bytes = dns("a.example", records).slice(0, length);
          for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
          const message = new DnsMessage();
          expect(["read", "broken", "cut", "other"]).toContain(readDnsMessage(bytes, false, message));
          expect(message.question.length).toBeLessThanOrEqual(254);
          expect(message.chain.length).toBeLessThanOrEqual(16);
          expect(message.addressCount).toBeLessThanOrEqual(64);
        },
      ),
      { numRuns: 2000 },
    );
  });
});
