import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { tellsForTest } from "./capture-words.test-support.ts";
import { Fragments } from "./fragments.ts";
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
import { Packet } from "./packet.ts";

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

/** What becomes of parts, as words: `given up 1` where a datagram makes room, `whole 1` where nothing of it is missing. */
class Story {
  readonly told: string[] = [];
  private readonly fragments: Fragments;

  constructor(limits: { readonly datagrams?: number; readonly fragmentBytes?: number } = {}, isWanted = true) {
    this.fragments = new Fragments(
      {
        isWanted: () => isWanted,
        refused: () => void this.told.push("refused"),
        givenUp: ({ source }, { length }) => void this.told.push(`given up ${source[0]!} with ${length}`),
      },
      { datagrams: 100, fragmentBytes: 1 << 20, ...limits },
    );
  }

  /** Bytes `at` to `end` of a datagram; the last ones unless `hasMore`. */
  part(datagram: number, [at, end]: readonly [number, number], hasMore: boolean, atMs = 0, captured = end - at): this {
    const packet = new Packet();
    packet.bytes = new Uint8Array(captured);
    packet.source[0] = datagram;
    packet.isFragment = true;
    packet.fragmentAt = at;
    packet.hasMore = hasMore;
    packet.contentTo = captured;
    packet.contentLength = end - at;
    const whole = this.fragments.add(packet, atMs);
    if (whole !== undefined) this.told.push(`whole ${datagram} with ${whole.length}`);
    return this;
  }

  sweep(nowMs: number): this {
    this.fragments.sweep(nowMs);
    return this;
  }

  finish(): readonly string[] {
    this.fragments.finish();
    return this.told;
  }
}

describe("fragments whose rest does not come", () => {
  const begin = (story: Story, datagrams: readonly number[], atMs = 0): Story =>
    datagrams.reduce((own, datagram) => own.part(datagram, [0, 48], true, atMs), story);
  const rest = (story: Story, datagrams: readonly number[], atMs = 0): Story =>
    datagrams.reduce((own, datagram) => own.part(datagram, [48, 50], false, atMs), story);

  test.each<[string, Story, readonly string[]]>([
    ["stay while there are places", begin(new Story({ datagrams: 3 }), [1, 2, 3]), []],
    ["make room when there are too many", begin(new Story({ datagrams: 3 }), [1, 2, 3, 4]), ["given up 1 with 48"]],
    ["stay while there is room", begin(new Story({ fragmentBytes: 96 }), [1, 2]), []],
    ["make room when they are too large", begin(new Story({ fragmentBytes: 95 }), [1, 2]), ["given up 1 with 48"]],
    [
      "have all the room of those that got whole",
      rest(begin(rest(begin(new Story({ fragmentBytes: 100 }), [1]), [1]), [2, 3]), [2, 3]),
      ["whole 1 with 50", "whole 2 with 50", "whole 3 with 50"],
    ],
    [
      "have all the room of those that were refused",
      begin(begin(new Story({ fragmentBytes: 144 }), [1]).part(1, [40, 56], true), [2, 3, 4]),
      ["refused"],
    ],
    [
      "have all the room of those that made room",
      begin(new Story({ fragmentBytes: 96 }), [1, 2, 3, 4]),
      ["given up 1 with 48", "given up 2 with 48"],
    ],
    [
      "take no room where nobody reads them",
      rest(begin(new Story({ fragmentBytes: 10 }, false), [1, 2, 3]), [1, 2, 3]),
      [],
    ],
    [
      "take none either where that shows late",
      new Story({ fragmentBytes: 60 }, false)
        .part(1, [48, 56], true)
        .part(1, [0, 48], true)
        .part(2, [48, 96], true)
        .part(2, [0, 48], true)
        .part(3, [48, 96], true),
      [],
    ],
    ["wait for 30 s", begin(new Story(), [1, 2], 1000).sweep(30_999), []],
    [
      "wait no longer than 30 s",
      begin(begin(new Story(), [1, 2], 1000), [3], 1001).sweep(31_000),
      ["given up 1 with 48", "given up 2 with 48"],
    ],
    [
      "wait for 30 s each",
      begin(begin(new Story(), [1], 1000), [2], 20_000)
        .sweep(31_000)
        .sweep(49_999)
        .sweep(50_000),
      ["given up 1 with 48", "given up 2 with 48"],
    ],
    [
      "wait for 30 s, whatever was whole before them",
      begin(rest(begin(new Story(), [1]), [1]), [2], 25_000)
        .sweep(54_999)
        .sweep(55_000),
      ["whole 1 with 50", "given up 2 with 48"],
    ],
    ["bear a clock that is a little late", begin(new Story(), [1], 100_000).sweep(40_001), []],
    ["are of no use to a clock that was set", begin(new Story(), [1], 100_000).sweep(40_000), ["given up 1 with 48"]],
    [
      "are told as soon as nothing but what was cut off is missing",
      rest(new Story().part(1, [0, 48], true, 0, 30), [1]),
      ["given up 1 with 30"],
    ],
    ["tell nothing of less than a header", new Story().part(1, [0, 8], true, 0, 7).sweep(30_000), []],
    ["tell of no more than a header", new Story().part(1, [0, 8], true).sweep(30_000), ["given up 1 with 8"]],
    ["are refused once", new Story().part(1, [0, 8], true).part(1, [0, 16], true).part(1, [0, 24], true), ["refused"]],
    ["are refused when they are empty", new Story().part(1, [0, 0], true), ["refused"]],
    ["are refused when their parts do not meet", new Story().part(1, [0, 9], true), ["refused"]],
    ["may be as small as parts are", new Story().part(1, [8, 9], false).part(1, [0, 8], true), ["whole 1 with 9"]],
    ["may be as large as a packet", new Story().part(1, [65_528, 65_535], false).sweep(30_000), []],
    ["are refused beyond that", new Story().part(1, [65_528, 65_536], false), ["refused"]],
  ])("%s", (_, { told }, expected) => {
    expect(told).toEqual(expected);
  });

  test("are all told at the end, and then forgotten", () => {
    const story = begin(new Story({ fragmentBytes: 96 }), [1, 2]);
    expect([...story.finish()]).toEqual(["given up 1 with 48", "given up 2 with 48"]);
    expect(begin(story, [1, 2], 10).sweep(30_009).told).toHaveLength(2);
    expect(story.sweep(30_010).told).toHaveLength(4);
  });
});
