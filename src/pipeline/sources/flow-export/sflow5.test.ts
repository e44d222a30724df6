import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { arbitraryIp } from "../../../../test/arbitraries/address.ts";
import { formatIp } from "../../../core/net/ip.ts";
import {
  type Bytes,
  datagram,
  ethernet,
  ip,
  ipPacket,
  type Packet,
  rawHeader,
  sflow,
  type SflowSample,
  tcp,
  udp,
  uint,
} from "./datagram.test-support.ts";
import { lineOf, WatchedDecoder } from "./observed.test-support.ts";

const nowMs = Date.UTC(2026, 8, 1, 12);
const v4 = { source: "10.128.0.7", destination: "198.51.100.4" };
const v6 = { source: "fd01::7", destination: "2001:db8::4" };

function linesOf(...samples: readonly SflowSample[]): readonly string[] {
  const watched = new WatchedDecoder(nowMs).take(sflow({}, samples));
  return [...watched.lines, ...watched.errors];
}

function packetLine(packet: Packet): string {
  return linesOf({ rate: 400, records: [rawHeader(ethernet(packet))] }).join(" / ");
}

const words4 = "10.128.0.7:50000 > 198.51.100.4:443";
const words6 = "fd01::7:50000 > 2001:db8::4:443";

test.each<readonly [string, Packet, string]>([
  [
    "a SYN",
    { ...v4, protocol: 6, transport: tcp(50_000, 443, 2), payloadBytes: 10 },
    `${words4} p6 50B, 1 in 400, opened by source`,
  ],
  [
    "a SYN with ACK, over two VLANs",
    { ...v4, protocol: 6, transport: tcp(50_000, 443, 0x12), vlans: [7, 8] },
    `${words4} p6 40B, 1 in 400, opened by destination`,
  ],
  ["an ACK", { ...v4, protocol: 6, transport: tcp(50_000, 443, 0x10) }, `${words4} p6 40B, 1 in 400`],
  ["UDP over IPv6", { ...v6, protocol: 17, transport: udp(50_000, 443) }, `${words6} p17 48B, 1 in 400`],
  ["SCTP", { ...v4, protocol: 132, transport: udp(50_000, 443) }, `${words4} p132 28B, 1 in 400`],
  [
    "TCP behind extension headers",
    {
      ...v6,
      protocol: 6,
      transport: tcp(50_000, 443, 2),
      extensions: [
        [0, 16],
        [60, 8],
        [43, 24],
      ],
    },
    `${words6} p6 108B, 1 in 400, opened by source`,
  ],
  [
    "a later fragment",
    { ...v4, protocol: 17, transport: udp(50_000, 443), fragmentOffset: 100 },
    "10.128.0.7 > 198.51.100.4 p17 28B, 1 in 400",
  ],
  [
    "an echo request",
    { ...v4, protocol: 1, transport: [8, 0, 0, 0] },
    "10.128.0.7 > 198.51.100.4 p1 24B, icmp 8, 1 in 400",
  ],
  [
    "an echo request over IPv6",
    { ...v6, protocol: 58, transport: [128, 0, 0, 0] },
    "fd01::7 > 2001:db8::4 p58 44B, icmp 128, 1 in 400",
  ],
])("a sampled packet: %s", (_, packet, line) => expect(packetLine(packet)).toBe(line));

/** An Ethernet frame with these labels before the packet. */
function mpls(packet: Packet, ...labels: readonly number[]): Bytes {
  const stack = labels.flatMap((label, i) => uint(label * 4096 + (i === labels.length - 1 ? 0x100 : 0) + 64, 4));
  return [...uint(0, 12), 0x88, 0x47, ...stack, ...ipPacket(packet)];
}

/** A packet whose own length field says 0, in a frame of so many bytes. */
function unsized(packet: Packet, frameBytes: number): readonly [number, Bytes] {
  const header = [...ethernet(packet)];
  const at = packet.source.includes(":") ? 18 : 16;
  header[at] = header[at + 1] = 0;
  return rawHeader(header, 1, frameBytes);
}

test.each<readonly [string, readonly [number, Bytes], readonly string[]]>([
  [
    "IPv4 behind MPLS labels",
    rawHeader(mpls({ ...v4, protocol: 17, transport: udp(50_000, 443) }, 16, 17, 18)),
    [`${words4} p17 28B, 1 in 2`],
  ],
  [
    "IPv6 behind an MPLS label",
    rawHeader(mpls({ ...v6, protocol: 17, transport: udp(50_000, 443) }, 16)),
    [`${words6} p17 48B, 1 in 2`],
  ],
  [
    "MPLS labels without an end",
    rawHeader([...uint(0, 12), 0x88, 0x47, ...uint(0, 60)]),
    ["- > - p-1 -1B, 1 in 2, no flow"],
  ],
  [
    "IPv4 larger than 64 KiB, which four bytes of its frame are not",
    unsized({ ...v4, protocol: 17, transport: udp(50_000, 443) }, 100_018),
    [`${words4} p17 100000B, 1 in 2`],
  ],
  [
    "IPv6 larger than 64 KiB",
    unsized({ ...v6, protocol: 17, transport: udp(50_000, 443) }, 200_018),
    [`${words6} p17 200000B, 1 in 2`],
  ],
  ["no IP", rawHeader([...uint(0, 12), 8, 6, ...uint(0, 28)]), ["- > - p-1 -1B, 1 in 2, no flow"]],
  ["a header protocol that is not read", rawHeader(uint(0, 40), 7), ["- > - p-1 -1B, 1 in 2, no flow"]],
  [
    "bare IP",
    rawHeader(ipPacket({ ...v6, protocol: 17, transport: udp(50_000, 443) }), 12),
    [`${words6} p17 48B, 1 in 2`],
  ],
  [
    "a header that was cut before the ports",
    rawHeader(ethernet({ ...v4, protocol: 6, transport: [] }), 1, 1500),
    ["10.128.0.7 > 198.51.100.4 p6 20B, 1 in 2"],
  ],
  [
    "IPv4 without a header",
    [
      3,
      [
        ...uint(60, 4),
        ...uint(6, 4),
        ...ip(v4.source),
        ...ip(v4.destination),
        ...uint(50_000, 4),
        ...uint(443, 4),
        ...uint(2, 4),
        ...uint(0, 4),
      ],
    ],
    [`${words4} p6 60B, 1 in 2, opened by source`],
  ],
  [
    "IPv6 without a header",
    [
      4,
      [
        ...uint(60, 4),
        ...uint(17, 4),
        ...ip(v6.source),
        ...ip(v6.destination),
        ...uint(50_000, 4),
        ...uint(443, 4),
        ...uint(0, 8),
      ],
    ],
    [`${words6} p17 60B, 1 in 2`],
  ],
  ["what a switch adds", [1001, uint(0, 16)], []],
  ["a record that says too little", [3, uint(0, 8)], ["bad_sample"]],
  [
    "a header that claims to be longer",
    [1, [...uint(1, 4), ...uint(90, 4), ...uint(4, 4), ...uint(90, 4)]],
    ["bad_sample"],
  ],
])("a record of %s", (_, record, lines) => expect(linesOf({ rate: 2, records: [record] })).toEqual(lines));

test("every sample has its own rate, expanded or not, and both families of agents are read", () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.record({ rate: fc.integer({ min: 0, max: 1e9 }), isExpanded: fc.boolean(), address: arbitraryIp(4) }),
        {
          maxLength: 20,
        },
      ),
      fc.constantFrom("192.0.2.9", "2001:db8::9"),
      (all, agent) => {
        const samples = all.map(({ rate, isExpanded, address }) => ({
          rate,
          isExpanded,
          records: [
            [1001, uint(0, 16)],
            rawHeader(ethernet({ ...v4, source: formatIp(address), protocol: 17, transport: udp(9, 9) })),
          ] as const,
        }));
        const watched = new WatchedDecoder(nowMs).take(sflow({ agent }, samples));
        expect(watched.flows.map(({ source, sampling }) => [source, sampling])).toEqual(
          all.map(({ rate, address }) => [formatIp(address), Math.max(1, rate)]),
        );
        expect([watched.lost, watched.errors]).toEqual([0, []]);
      },
    ),
  );
});

describe("losses", () => {
  const records = [rawHeader(ethernet({ ...v4, protocol: 17, transport: udp(9, 9) }))];
  const feed = (...all: readonly (readonly [sequence: number, sample: Partial<SflowSample>])[]): WatchedDecoder => {
    const watched = new WatchedDecoder(nowMs);
    for (const [sequence, sample] of all) watched.take(sflow({ sequence }, [{ rate: 1, records, ...sample }]));
    watched.decoder.finish();
    return watched;
  };

  test("are told by the numbers of each sampler, not by those of datagrams, which may hold counters", () => {
    const watched = feed(
      [1, { source: 1, sequence: 10 }],
      [5, { source: 1, sequence: 11 }],
      [6, { source: 2, sequence: 90 }],
      [7, { source: 1, sequence: 15 }],
    );
    expect(watched.lost).toBe(3);
  });

  test("are told by the agent's drop counter, which starts over with it", () => {
    const watched = feed(
      [1, { sequence: 1, drops: 7 }],
      [2, { sequence: 2, drops: 10 }],
      [3, { sequence: 3, drops: 0 }],
      [4, { sequence: 4, drops: 2 }],
    );
    expect(watched.lost).toBe(5);
  });

  test("a datagram that came twice counts once", () => {
    const watched = feed([1, { sequence: 1 }], [2, { sequence: 2 }], [2, { sequence: 2 }]);
    expect([watched.lines.length, watched.decoder.duplicates, watched.lost]).toEqual([2, 1, 0]);
  });
});

test("older versions are not understood, and said so", () => {
  const watched = new WatchedDecoder(nowMs).take(datagram(uint(4, 4), uint(0, 40))).take(sflow({}, []).subarray(0, 20));
  expect(watched.errors).toEqual(["unknown_version", "bad_header"]);
  expect(watched.flows.map(lineOf)).toEqual([]);
});
