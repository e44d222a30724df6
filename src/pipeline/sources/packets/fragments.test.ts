import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { tellsForTest } from "./capture-words.test-support.ts";
import { aRecord, dns } from "./made-dns.test-support.ts";
import {
  type End,
  ethernet,
  fragmentsOf,
  geneve,
  hello,
  type MadePacket,
  pcap,
  startMs,
  tcp,
  tlsRecords,
  udp,
  withChecksum,
} from "./made-packets.test-support.ts";

const ends: Readonly<Record<string, readonly [End, End]>> = {
  IPv4: [
    { address: "172.30.0.10", port: 53 },
    { address: "10.128.0.7", port: 40_000 },
  ],
  IPv6: [
    { address: "fd02::10", port: 53 },
    { address: "fd01::7", port: 40_000 },
  ],
};
const addresses = Array.from({ length: 40 }, (_, i) => `192.0.2.${i}`);
const message = dns(
  "a.example",
  addresses.map((address) => aRecord("a.example", address)),
);
const answer = (family: string): Uint8Array => withChecksum(udp(...ends[family]!, message));
const names = (packets: readonly (MadePacket | Uint8Array)[]): readonly string[] =>
  tellsForTest(pcap(packets, { link: 101 })).filter((line) => !line.includes("×"));
const told = (to: string, from: readonly string[]): string => `${to} was told a.example = ${from.join(" ")} for 60 s`;
const [first, second, third] = fragmentsOf(answer("IPv4"), [296, 600]) as [Uint8Array, Uint8Array, Uint8Array];
const whole = told("10.128.0.7", addresses);
/** Of an answer, the addresses that lie in its first 296 bytes. */
const beginning = ["snapped", told("10.128.0.7", addresses.slice(0, 10))];

describe.each(["IPv4", "IPv6"])("a DNS answer in fragments of %s", (family) => {
  const packet = answer(family);
  const [, { address: asker }] = ends[family]!;
  test("is read in any parts and order, and all of it counts", () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.integer({ min: 1, max: Math.floor((message.length + 7) / 8) }), { maxLength: 8 }),
        fc.infiniteStream(fc.nat()),
        (cuts, order) => {
          const parts = fragmentsOf(
            packet,
            cuts.toSorted((a, b) => a - b).map((cut) => 8 * cut),
          );
          const shuffled = parts.map((one) => [order.next().value ?? 0, one] as const).toSorted(([a], [b]) => a - b);
          const lines = tellsForTest(
            pcap(
              shuffled.map(([, one]) => one),
              { link: 101 },
            ),
          );
          const bytes = parts.reduce((sum, { length }) => sum + length, 0);
          expect(lines.filter((line) => !line.includes("×"))).toEqual([told(asker, addresses)]);
          expect(lines.filter((line) => line.includes("×")).join()).toContain(`×1 ${bytes} B`);
        },
      ),
    );
  });
});

describe("fragments", () => {
  const forged = second.slice();
  forged.set([203, 0, 113, 9], forged.length - 4);
  const overlapping = fragmentsOf(answer("IPv4"), [280, 600])[1]!;
  const late = (frame: Uint8Array, seconds: number): MadePacket => ({ frame, atMs: startMs + 1000 * seconds });

  test.each<[string, readonly (MadePacket | Uint8Array)[], readonly string[]]>([
    ["that come twice are no harm", [first, second, second, first, third], [whole]],
    [
      "of other datagrams do not belong to them",
      [first, ...fragmentsOf(answer("IPv4"), [296], 7), second, third],
      [whole, whole],
    ],
    ["that overlap are refused, all of them", [first, second, overlapping, third], ["bad_fragments"]],
    ["that are there with other content are refused", [first, forged, second, third], ["bad_fragments"]],
    ["that somebody slipped in give a wrong checksum", [first, forged, third], ["bad_fragments"]],
    [
      "behind the last one are refused",
      [third, fragmentsOf(answer("IPv4"), [800])[1]!, first, second],
      ["bad_fragments"],
    ],
    ["whose rest never comes tell what the first one holds", [first, second.subarray(0, 20)], beginning],
    ["whose first one never comes tell nothing", [second, third], []],
    ["are waited for thirty seconds", [late(first, 0), late(second, 29), late(third, 31)], beginning],
    ["that were cut off tell what the first one holds", [first, { frame: second, snap: 100 }, third], beginning],
  ])("%s", (_, packets, expected) => {
    const lines = names(packets).map((line) => line.replace(/ at \d+$/, ""));
    expect(lines).toEqual(expected);
  });

  test("of a tunnel's packets are put together before it is opened", () => {
    const client: End = { address: "10.128.0.7", port: 40_000 };
    const server: End = { address: "198.51.100.7", port: 443 };
    const carried = geneve(
      ethernet(tcp(client, server, tlsRecords(hello("a.example", [[51, 1200]])), { sequence: 2 })),
    );
    expect(names(fragmentsOf(carried, [800]))).toEqual([
      "10.128.0.7:40000 → 198.51.100.7 tcp/443 is a.example by tls-sni",
    ]);
  });

  test("of a datagram that nobody reads count as its bytes", () => {
    const datagram = udp({ address: "10.128.0.7", port: 40_000 }, { address: "198.51.100.7", port: 9 }, message);
    const parts = fragmentsOf(datagram, [304, 608]);
    const bytes = parts.reduce((sum, { length }) => sum + length, 0);
    expect(tellsForTest(pcap(parts.toReversed(), { link: 101 }))).toEqual([
      `10.128.0.7:40000 → 198.51.100.7 udp/9 ×1 ${bytes} B unknown opener`,
    ]);
  });

  test("of two thousand datagrams stay within the limits, the oldest are given up", () => {
    const packets = Array.from({ length: 2000 }, (_, i) => fragmentsOf(answer("IPv4"), [296, 600], i)[0]!);
    const lines = tellsForTest(pcap([...packets, ...fragmentsOf(answer("IPv4"), [296], 2000)], { link: 101 }));
    expect(lines.filter((line) => line === whole)).toHaveLength(1);
    expect(lines.filter((line) => line.startsWith("snapped"))).toHaveLength(2000);
  });
});
