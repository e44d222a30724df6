import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { tellsForTest } from "./capture-words.test-support.ts";
import {
  bytesOf,
  cooked,
  cooked2,
  type End,
  ethernet,
  geneve,
  hello,
  ip,
  type MadePacket,
  pcap,
  pcapng,
  startMs,
  tcp,
  tlsRecords,
  u16,
  u32,
  udp,
  vxlan,
} from "./made-packets.test-support.ts";

const client: End = { address: "10.128.0.7", port: 40_000 };
const server: End = { address: "198.51.100.7", port: 443 };
const client6: End = { address: "fd01::7", port: 40_000 };
const server6: End = { address: "2001:db8::7", port: 443 };

/** A whole connection: handshake, what the client says in pieces, a byte of answer, and the end. */
function connection(said: readonly Uint8Array[], from = client, to = server): Uint8Array[] {
  let sequence = 1001;
  return [
    tcp(from, to, "", { sequence: 1000, flags: "S" }),
    tcp(to, from, "", { sequence: 5000, acknowledged: 1001, flags: "SA" }),
    ...said.map((part) => {
      const segment = tcp(from, to, part, { sequence });
      sequence += part.length;
      return segment;
    }),
    tcp(to, from, "x", { sequence: 5001, acknowledged: sequence }),
    tcp(from, to, "", { sequence, flags: "FA" }),
    tcp(to, from, "", { sequence: 5002, flags: "FA" }),
  ];
}

const whole = connection([tlsRecords(hello("a.example"))]);
const wholeTold = [
  "10.128.0.7:40000 → 198.51.100.7 tcp/443 is a.example by tls-sni",
  "10.128.0.7:40000 → 198.51.100.7 tcp/443 ×1 311 B",
];
const on = (frames: readonly Uint8Array[], around: (packet: Uint8Array) => Uint8Array): Uint8Array[] =>
  frames.map((frame) => around(frame));

describe("a connection with a ClientHello, captured", () => {
  test.each<[string, Uint8Array]>([
    ["on Ethernet", pcap(on(whole, ethernet))],
    ["in the other byte order", pcap(on(whole, ethernet), { isBig: true })],
    ["in nanoseconds", pcap(on(whole, ethernet), { isNano: true })],
    ["in a VLAN", pcap(on(whole, (packet) => ethernet(packet, [7])))],
    ["in a VLAN in a VLAN", pcap(on(whole, (packet) => ethernet(packet, [7, 9])))],
    ["as raw IP", pcap(whole, { link: 101 })],
    ["on all interfaces", pcap(on(whole, cooked), { link: 113 })],
    ["on all interfaces, version 2", pcap(on(whole, cooked2), { link: 276 })],
    [
      "on the loopback of a BSD",
      pcap(
        on(whole, (packet) => bytesOf(2, 0, 0, 0, packet)),
        { link: 0 },
      ),
    ],
    [
      "on the loopback of OpenBSD",
      pcap(
        on(whole, (packet) => bytesOf(0, 0, 0, 2, packet)),
        { link: 108 },
      ),
    ],
    ["in Geneve", pcap(on(whole, (packet) => ethernet(geneve(ethernet(packet)))))],
    ["in VXLAN", pcap(on(whole, (packet) => ethernet(vxlan(ethernet(packet)))))],
    ["in IP in IP", pcap(on(whole, (packet) => ethernet(ip("192.0.2.1", "192.0.2.2", 4, packet))))],
    [
      "as pcapng",
      pcapng(
        [{ link: 1 }],
        on(whole, ethernet).map((frame) => ({ frame })),
      ),
    ],
    [
      "as pcapng, big-endian",
      pcapng(
        [{ link: 1 }],
        on(whole, ethernet).map((frame) => ({ frame })),
        { isBig: true },
      ),
    ],
  ])("%s, tells its name and itself", (_, capture) => {
    expect(tellsForTest(capture)).toEqual(wholeTold);
  });

  test("over IPv6 it is the same", () => {
    const packets = connection([tlsRecords(hello("a.example"))], client6, server6).map((packet) => ethernet(packet));
    expect(tellsForTest(pcap(packets))).toEqual([
      "fd01::7:40000 → 2001:db8::7 tcp/443 is a.example by tls-sni",
      "fd01::7:40000 → 2001:db8::7 tcp/443 ×1 431 B",
    ]);
  });

  test("however the bytes come in pieces", () => {
    const capture = pcap(on(whole, ethernet));
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 8 }), (pieces) => {
        expect(tellsForTest(capture, {}, pieces)).toEqual(wholeTold);
      }),
    );
  });

  test("on several interfaces of one machine it counts once", () => {
    const twice = whole.flatMap((packet, i): MadePacket[] => [
      { frame: ethernet(packet), interface: 0, atMs: startMs + 10 * i },
      { frame: packet, interface: 1, atMs: startMs + 10 * i + 1 },
    ]);
    expect(tellsForTest(pcapng([{ link: 1 }, { link: 101, resolution: 0x80 + 20 }], twice))).toEqual(wholeTold);
    const cookedTwice = whole.flatMap((packet, i): MadePacket[] =>
      [0, 1].map((copy) => ({ frame: cooked(packet), atMs: startMs + 10 * i + copy })),
    );
    expect(tellsForTest(pcap(cookedTwice, { link: 113 }))).toEqual(wholeTold);
    const tunnelled = whole.flatMap((packet, i): MadePacket[] =>
      [ethernet(geneve(ethernet(packet))), ethernet(packet)].map((frame) => ({ frame, atMs: startMs + 10 * i })),
    );
    expect(tellsForTest(pcap(tunnelled))).toEqual(wholeTold);
  });
});

describe("who opened a connection, and what became of it", () => {
  const at = (frame: Uint8Array, seconds: number): MadePacket => ({ frame, atMs: startMs + 1000 * seconds });
  const syn = (port: number): Uint8Array => tcp({ ...client, port }, server, "", { sequence: port, flags: "S" });
  const other = connection([], { ...client, port: 50_000 }).map((packet) => at(packet, 0));
  const otherTold = "10.128.0.7:50000 → 198.51.100.7 tcp/443 ×1 201 B";

  test.each<[string, readonly MadePacket[], readonly string[]]>([
    [
      "an attempt without any answer is unanswered, its retries included",
      [...other, at(syn(1), 1), at(syn(1), 2), at(syn(1), 4)],
      [otherTold, "10.128.0.7:1 → 198.51.100.7 tcp/443 ×1 120 B unanswered"],
    ],
    [
      "where no server is ever heard, silence proves nothing",
      [at(syn(1), 1), at(syn(2), 2)],
      ["10.128.0.7:1 → 198.51.100.7 tcp/443 ×1 40 B", "10.128.0.7:2 → 198.51.100.7 tcp/443 ×1 40 B"],
    ],
    [
      "an attempt at the very end of the capture may have been answered",
      [...other, at(syn(1), 1), at(syn(1), 2)],
      [otherTold, "10.128.0.7:1 → 198.51.100.7 tcp/443 ×1 80 B"],
    ],
    [
      "a capture of SYNs alone, answered or not, does not show who was answered",
      [
        at(syn(1), 0),
        at(syn(2), 0),
        at(tcp(server, { ...client, port: 2 }, "", { flags: "SA" }), 0),
        at(syn(3), 9),
        at(tcp(server, { ...client, port: 3 }, "", { flags: "SA" }), 9),
      ],
      [1, 2, 3].map((port) => `10.128.0.7:${port} → 198.51.100.7 tcp/443 ×1 ${port === 1 ? 40 : 80} B`),
    ],
    [
      "a refused attempt is an attempt",
      [...other, at(syn(1), 1), at(tcp(server, { ...client, port: 1 }, "", { flags: "RA" }), 1)],
      [otherTold, "10.128.0.7:1 → 198.51.100.7 tcp/443 ×1 80 B"],
    ],
    [
      "the same ports again are another connection",
      [...connection([]).map((packet) => at(packet, 0)), ...connection([]).map((packet) => at(packet, 1))],
      ["10.128.0.7:40000 → 198.51.100.7 tcp/443 ×1 201 B", "10.128.0.7:40000 → 198.51.100.7 tcp/443 ×1 201 B"],
    ],
    [
      "a connection from before the capture goes to the lower port, by whomever it was seen first",
      [at(tcp(server, client, "data", { sequence: 9 }), 0), at(tcp(client, server, "", { sequence: 3 }), 0)],
      ["10.128.0.7:40000 → 198.51.100.7 tcp/443 ×1 84 B unknown opener"],
    ],
    [
      "its answer alone tells who opened it",
      [at(tcp({ ...server, port: 60_000 }, client, "", { flags: "SA" }), 0)],
      ["10.128.0.7:40000 → 198.51.100.7 tcp/60000 ×1 40 B"],
    ],
    ["the last packets of an unseen connection are nothing", [at(tcp(client, server, "", { flags: "RA" }), 0)], []],
    [
      "of UDP the first to speak opens, when nothing was said before for long",
      [at(syn(1), 0), at(udp({ ...client, port: 3000 }, { ...server, port: 9000 }, bytesOf("hello")), 100)],
      ["10.128.0.7:1 → 198.51.100.7 tcp/443 ×1 40 B", "10.128.0.7:3000 → 198.51.100.7 udp/9000 ×1 33 B"],
    ],
    [
      "UDP is a session until it is quiet for a minute",
      [0, 30, 80, 200].map((seconds) => at(udp(client, { ...server, port: 123 }, bytesOf("time")), seconds)),
      [
        "10.128.0.7:40000 → 198.51.100.7 udp/123 ×1 96 B unknown opener",
        "10.128.0.7:40000 → 198.51.100.7 udp/123 ×1 32 B",
      ],
    ],
    [
      "echoes of one identifier are one session, other ICMP is about something else",
      [
        at(ip(client.address, server.address, 1, bytesOf(8, 0, 0, 0, u16(77), u16(1))), 0),
        at(ip(server.address, client.address, 1, bytesOf(0, 0, 0, 0, u16(77), u16(1))), 0),
        at(ip(server.address, client.address, 1, bytesOf(3, 1, 0, 0, 0, 0, 0, 0)), 1),
      ],
      ["10.128.0.7 → 198.51.100.7 icmp ×1 56 B"],
    ],
    [
      "an echo's answer alone tells who asked",
      [
        at(ip(server.address, client.address, 1, bytesOf(0, 0, 0, 0, u16(77), u16(1))), 0),
        at(ip(server6.address, client6.address, 58, bytesOf(129, 0, 0, 0, u16(77), u16(1))), 0),
      ],
      ["10.128.0.7 → 198.51.100.7 icmp ×1 28 B", "fd01::7 → 2001:db8::7 icmp6 ×1 48 B"],
    ],
    [
      "so does an echo of IPv6, and its other ICMP is about something else",
      [
        at(ip(client6.address, server6.address, 58, bytesOf(128, 0, 0, 0, u16(77), u16(1))), 0),
        at(ip(server6.address, client6.address, 58, bytesOf(1, 0, 0, 0, 0, 0, 0, 0)), 0),
      ],
      ["fd01::7 → 2001:db8::7 icmp6 ×1 48 B"],
    ],
    [
      "SCTP's answer to INIT alone tells who asked, anything else does not",
      [2, 3].map((type) =>
        at(
          ip(
            server.address,
            client.address,
            132,
            bytesOf(u16(3868), u16(type), 0, 0, 0, 0, 0, 0, 0, 0, type, 0, u16(20)),
          ),
          0,
        ),
      ),
      ["10.128.0.7:2 → 198.51.100.7 sctp/3868 ×1 36 B", "198.51.100.7:3868 → 10.128.0.7 sctp/3 ×1 36 B unknown opener"],
    ],
    [
      "SCTP opens with INIT",
      [
        at(
          ip(server.address, client.address, 132, bytesOf(u16(3868), u16(3868), 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, u16(20))),
          0,
        ),
      ],
      ["198.51.100.7:3868 → 10.128.0.7 sctp/3868 ×1 36 B"],
    ],
    [
      "another protocol is a session",
      [at(ip(client.address, server.address, 47, bytesOf(0, 0)), 0)],
      ["10.128.0.7:0 → 198.51.100.7 47/0 ×1 22 B unknown opener"],
    ],
    [
      "a later fragment has no ports and is passed over",
      [at(ip(client.address, server.address, 17, bytesOf("rest"), { fragment: 100 }), 0)],
      [],
    ],
  ])("%s", (_, packets, told) => {
    expect(tellsForTest(pcap(packets, { link: 101 }))).toEqual(told);
  });

  test("what stays open is reported again and again, as bytes of one flow", () => {
    const packets = [0, 10, 20, 30].map((seconds) =>
      at(tcp(client, server, "1234567890", { sequence: 1 + seconds }), seconds),
    );
    const opened = at(tcp(client, server, "", { flags: "S" }), 0);
    expect(
      tellsForTest(pcap([opened, at(tcp(server, client, "", { flags: "SA" }), 0), ...packets], { link: 101 }), {
        reportMs: 15_000,
      }),
    ).toEqual([
      "10.128.0.7:40000 → 198.51.100.7 tcp/443 ×1 180 B",
      "10.128.0.7:40000 → 198.51.100.7 tcp/443 ×0 50 B",
      "10.128.0.7:40000 → 198.51.100.7 tcp/443 ×0 50 B",
    ]);
  });

  test.each<[string, End, End, number]>([
    ["IPv4", client, server, 2],
    ["IPv6", client6, server6, 4],
  ])("of a packet without a length, as offload leaves it, all that was sent counts: %s", (_, from, to, lengthAt) => {
    const syn = tcp(from, to, "", { flags: "S" });
    const large = tcp(from, to, "x".repeat(3000));
    large.fill(0, lengthAt, lengthAt + 2);
    const ends = from === client ? "10.128.0.7:40000 → 198.51.100.7" : "fd01::7:40000 → 2001:db8::7";
    expect(tellsForTest(pcap([syn, { frame: large, snap: 96 }], { link: 101 }))).toEqual([
      `${ends} tcp/443 ×1 ${syn.length + large.length} B`,
    ]);
  });

  test("of too many connections the quietest makes room", () => {
    const packets = Array.from({ length: 100 }, (_, i) => at(syn(1 + i), 0));
    const limits = {
      connections: 8,
      streamBytes: 1 << 20,
      streams: 8,
      questions: 8,
      datagrams: 8,
      fragmentBytes: 1 << 16,
    };
    const told = tellsForTest(pcap(packets, { link: 101 }), { limits });
    expect(told).toEqual(packets.map((_, i) => `10.128.0.7:${1 + i} → 198.51.100.7 tcp/443 ×1 40 B`));
  });
});

describe("a capture that is damaged", () => {
  const frames = on(whole, ethernet);
  test.each<[string, Uint8Array, readonly string[]]>([
    [
      "ends inside a packet",
      pcap(frames).subarray(0, -5),
      [wholeTold[0]!, "10.128.0.7:40000 → 198.51.100.7 tcp/443 ×1 271 B", "cut off"],
    ],
    ["ends inside its header", pcap(frames).subarray(0, 20), ["cut off"]],
    ["has no packets", pcap([]), []],
    ["is none", bytesOf("no capture at all"), ["bad_capture at 0"]],
    ["has a link type that nobody knows", pcap([whole[0]!], { link: 147 }), ["bad_link_type at 24"]],
    ["has broken headers", pcap([bytesOf(0x45, 0, 0, 3)], { link: 101 }), ["bad_packet at 24"]],
    ["has frames that are no IP", pcap([bytesOf(Array<number>(12).fill(1), 0x08, 0x06, 0, 1)]), []],
    [
      "has a packet of impossible length",
      bytesOf(pcap([frames[0]!]), Array<number>(16).fill(0xff)),
      [`bad_capture at ${24 + 16 + frames[0]!.length}`, "10.128.0.7:40000 → 198.51.100.7 tcp/443 ×1 40 B"],
    ],
    [
      "has packets of an interface that was not described, and in blocks too short for them",
      bytesOf(
        pcapng([], []),
        [
          [9, 0],
          [0, 900],
        ].flatMap(([which, captured], i) => [
          ...(i === 0 ? [] : pcapng([{ link: 1 }], [])),
          ...[6, 36, which!, 0, 0, captured!, captured!].flatMap((word) => u32(word).toReversed()),
          0,
          0,
          0,
          0,
          36,
          0,
          0,
          0,
        ]),
      ),
      ["bad_packet at 44", "bad_packet at 148"],
    ],
    ["says what it lost", pcapng([{ link: 1 }], [], { lost: 12 }), ["12 lost"]],
  ])("%s", (_, capture, told) => {
    expect(tellsForTest(capture)).toEqual(told);
  });

  test("times of every resolution are read alike", () => {
    const packets = on(whole, ethernet).map((frame): MadePacket => ({ frame }));
    for (const resolution of [3, 6, 9, 0x80 + 20]) {
      expect(tellsForTest(pcapng([{ link: 1, resolution, offsetSeconds: 1_000_000 }], packets))).toEqual(wholeTold);
    }
  });
});
