import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { tellsForTest } from "./capture-words.test-support.ts";
import {
  aRecord,
  bytesOf,
  cname,
  cooked,
  cooked2,
  dns,
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
  udp,
  vxlan,
} from "./made-packets.test-support.ts";

const client: End = { address: "10.128.0.7", port: 40_000 };
const server: End = { address: "198.51.100.7", port: 443 };
const client6: End = { address: "fd01::7", port: 40_000 };
const server6: End = { address: "2001:db8::7", port: 443 };
const resolver: End = { address: "172.30.0.10", port: 53 };

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

const query = udp(client, resolver, dns("a.example", undefined));
const answer = udp(
  resolver,
  client,
  dns("a.example", [cname("a.example", "b.example"), aRecord("b.example", "198.51.100.7")]),
);
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

describe("a name", () => {
  const records = tlsRecords(hello("a.example", [[51, 400]]));
  const syn = tcp(client, server, "", { sequence: 1000, flags: "S" });
  const at = (from: number, to: number, bytes = records): Uint8Array =>
    tcp(client, server, bytes.subarray(from, to), { sequence: 1001 + from });
  const request = bytesOf("GET / HTTP/1.1\r\nHost: a.example:8080\r\n\r\n");

  test.each<[string, readonly Uint8Array[], string]>([
    ["in segments that overlap", [syn, at(0, 300), at(200, 420), at(400, 999)], "is a.example by tls-sni"],
    ["in segments in reverse", [syn, at(300, 999), at(100, 300), at(0, 100)], "is a.example by tls-sni"],
    ["with the SYN", [tcp(client, server, records, { sequence: 1000, flags: "S" })], "is a.example by tls-sni"],
    [
      "around the end of sequence numbers",
      [
        tcp(client, server, "", { sequence: 0xffffff00, flags: "S" }),
        tcp(client, server, records.subarray(0, 300), { sequence: 0xffffff01 }),
        tcp(client, server, records.subarray(300), { sequence: 0x2d }),
      ],
      "is a.example by tls-sni",
    ],
    ["of a connection under way", [at(0, 300), at(300, 999)], "is a.example by tls-sni"],
    [
      "after a question for TLS, as PostgreSQL asks",
      [
        syn,
        at(0, 8, bytesOf(0, 0, 0, 8, 4, 210, 22, 47)),
        tcp(server, client, "S", { sequence: 1, acknowledged: 1009 }),
        tcp(client, server, records, { sequence: 1009 }),
      ],
      "is a.example by tls-sni",
    ],
    ["of a request", [syn, at(0, 99, request)], "is a.example by flow"],
    ["of a request in pieces", [syn, at(0, 20, request), at(20, 99, request)], "is a.example by flow"],
    [
      "asked of a proxy",
      [syn, at(0, 99, bytesOf("CONNECT a.example:443 HTTP/1.1\r\n\r\n"))],
      "was asked for a.example",
    ],
    [
      "that comes after too many other things",
      [
        syn,
        ...[0, 1, 2, 3, 4, 5, 6, 7].map((n) => tcp(client, server, "?", { sequence: 1001 + n })),
        tcp(client, server, records, { sequence: 1009 }),
      ],
      "",
    ],
    ["with a piece missing", [syn, at(0, 200), at(210, 999)], ""],
    ["from the server", [syn, tcp(server, client, records, { sequence: 1 })], ""],
  ])("%s", (_, packets, told) => {
    const lines = tellsForTest(pcap(packets, { link: 101 })).filter((line) => !line.includes("×"));
    expect(lines).toEqual(told === "" ? [] : [`10.128.0.7:40000 → 198.51.100.7 tcp/443 ${told}`]);
  });

  test("that was cut off is counted once", () => {
    const packets = [syn, { frame: at(0, 999), snap: 200 }, at(0, 999)];
    expect(tellsForTest(pcap(packets, { link: 101 }))).toEqual([
      "snapped at 80",
      `10.128.0.7:40000 → 198.51.100.7 tcp/443 ×1 ${40 + 2 * (40 + records.length)} B`,
    ]);
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

  test("of too many connections the quietest makes room", () => {
    const packets = Array.from({ length: 100 }, (_, i) => at(syn(1 + i), 0));
    const limits = { connections: 8, streamBytes: 1 << 20, streams: 8, questions: 8 };
    const told = tellsForTest(pcap(packets, { link: 101 }), { limits });
    expect(told).toEqual(packets.map((_, i) => `10.128.0.7:${1 + i} → 198.51.100.7 tcp/443 ×1 40 B`));
  });
});

describe("DNS in a capture", () => {
  const told = "10.128.0.7 was told a.example = b.example = 198.51.100.7 for 60 s";
  const flow = (bytes: number): string => `10.128.0.7:40000 → 172.30.0.10 udp/53 ×1 ${bytes} B`;
  const sizes = query.length + answer.length;

  test.each<[string, readonly Uint8Array[], readonly string[]]>([
    ["an answer to a question is told to whom", [query, answer], [told, flow(sizes)]],
    ["an answer without its question is believed where no question is seen", [answer], [told, flow(answer.length)]],
    ["only the first answer counts", [query, answer, answer], [told, flow(sizes + answer.length)]],
    [
      "another identifier is nobody's answer",
      [query, udp(resolver, client, dns("a.example", [aRecord("a.example", "203.0.113.9")], { id: 8 }))],
      ["dns_unasked at 95", flow(query.length + 80)],
    ],
    [
      "another name is nobody's answer",
      [query, udp(resolver, client, dns("c.example", [aRecord("c.example", "203.0.113.9")]))],
      ["dns_unasked at 95", flow(query.length + 80)],
    ],
    [
      "NXDOMAIN tells nothing",
      [query, udp(resolver, client, dns("a.example", [], { code: 3 }))],
      [flow(query.length + 55)],
    ],
    [
      "OpenShift's DNS pods listen on 5353",
      [answer].map((packet) => {
        const moved = packet.slice();
        moved.set(u16(5353), 20);
        return moved;
      }),
      [told, `10.128.0.7:40000 → 172.30.0.10 udp/5353 ×1 ${answer.length} B`],
    ],
    [
      "multicast DNS is not DNS",
      [
        udp(
          { ...resolver, port: 5353 },
          { address: "224.0.0.251", port: 5353 },
          dns("a.example", [aRecord("a.example", "192.0.2.1")]),
        ),
      ],
      ["172.30.0.10:5353 → 224.0.0.251 udp/5353 ×1 80 B unknown opener"],
    ],
    [
      "what is no DNS is counted",
      [udp(resolver, client, bytesOf(0, 1, 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0, 0xff))],
      ["bad_dns at 24", `10.128.0.7:40000 → 172.30.0.10 udp/53 ×1 41 B unknown opener`],
    ],
  ])("%s", (_, packets, expected) => {
    expect(tellsForTest(pcap(packets, { link: 101 }))).toEqual(expected);
  });

  test("a snapped answer tells what is there, and is counted", () => {
    const long = udp(
      resolver,
      client,
      dns("a.example", [aRecord("a.example", "192.0.2.1"), aRecord("a.example", "192.0.2.2")]),
    );
    expect(tellsForTest(pcap([{ frame: long, snap: long.length - 3 }], { link: 101 }))).toEqual([
      "snapped at 24",
      "10.128.0.7 was told a.example = 192.0.2.1 for 60 s",
      `10.128.0.7:40000 → 172.30.0.10 udp/53 ×1 ${long.length} B`,
    ]);
  });

  test("over TCP messages come in any pieces", () => {
    const framed = (message: Uint8Array): Uint8Array => bytesOf(u16(message.length), message);
    const answers = bytesOf(
      framed(dns("a.example", [aRecord("a.example", "192.0.2.1")])),
      framed(dns("b.example", [aRecord("b.example", "2001:db8::1")], { id: 8, type: 28 })),
    );
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.integer({ min: 1, max: answers.length - 1 }), { maxLength: 6 }),
        fc.boolean(),
        (cuts, isReversed) => {
          const ends = [0, ...cuts.toSorted((a, b) => a - b), answers.length];
          const parts = ends
            .slice(1)
            .map((end, i) => tcp(resolver, client, answers.subarray(ends[i], end), { sequence: 1 + ends[i]! }));
          // The first piece says where the stream begins.
          const [first, ...rest] = parts;
          const sent = [first!, ...(isReversed ? rest.toReversed() : rest)];
          expect(tellsForTest(pcap(sent, { link: 101 })).filter((line) => line.includes("told"))).toEqual([
            "10.128.0.7 was told a.example = 192.0.2.1 for 60 s",
            "10.128.0.7 was told b.example = 2001:db8::1 for 60 s",
          ]);
        },
      ),
    );
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
