import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { tellsForTest } from "./capture-words.test-support.ts";
import { aRecord, cname, dns, encryptingBinding } from "./made-dns.test-support.ts";
import { bytesOf, type End, hello, pcap, tcp, tlsRecords, u16, udp } from "./made-packets.test-support.ts";

const client: End = { address: "10.128.0.7", port: 40_000 };
const server: End = { address: "198.51.100.7", port: 443 };
const resolver: End = { address: "172.30.0.10", port: 53 };

const query = udp(client, resolver, dns("a.example", undefined));
const answer = udp(
  resolver,
  client,
  dns("a.example", [cname("a.example", "b.example"), aRecord("b.example", "198.51.100.7")]),
);

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
      "asked of a SOCKS proxy, and then said behind it",
      [
        syn,
        at(0, 3, bytesOf(5, 1, 0)),
        tcp(server, client, bytesOf(5, 0), { sequence: 1, acknowledged: 1004 }),
        tcp(client, server, bytesOf(5, 1, 0, 3, 9, "a.example", u16(443)), { sequence: 1004 }),
        tcp(server, client, bytesOf(5, 0, 0, 1, 0, 0, 0, 0, 0, 0), { sequence: 3, acknowledged: 1020 }),
        tcp(client, server, records, { sequence: 1020 }),
      ],
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

  test.each<[string, string, readonly [number, number][], boolean]>([
    ["in the open of an encrypted hello is its provider's", "outer.example", [[0xfe0d, 200]], false],
    ["beside an encrypted one, as browsers pretend, is believed", "a.example", [[0xfe0d, 200]], true],
    ["of the provider itself is believed", "outer.example", [], true],
  ])("%s", (_, said, more, isTold) => {
    const ask = udp(client, resolver, dns("a.example", undefined, { type: 65 }));
    const answered = udp(
      resolver,
      client,
      dns("a.example", [encryptingBinding("a.example", "outer.example")], { type: 65 }),
    );
    const lines = tellsForTest(pcap([ask, answered, syn, at(0, 999, tlsRecords(hello(said, more)))], { link: 101 }));
    expect(lines.some((line) => line.includes(`is ${said} by`))).toBe(isTold);
  });

  test("that was cut off is counted once", () => {
    const packets = [syn, { frame: at(0, 999), snap: 200 }, at(0, 999)];
    // Of headers alone too: tcpdump of old took 68 bytes.
    expect(tellsForTest(pcap([syn, { frame: at(0, 999), snap: 40 }, at(0, 999)], { link: 101 }))[0]).toBe(
      "snapped at 80",
    );
    expect(tellsForTest(pcap([{ frame: answer, snap: 28 }, answer], { link: 101 }))[0]).toBe("snapped at 24");
    expect(tellsForTest(pcap(packets, { link: 101 }))).toEqual([
      "snapped at 80",
      `10.128.0.7:40000 → 198.51.100.7 tcp/443 ×1 ${40 + 2 * (40 + records.length)} B`,
    ]);
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

  test("an answer with hundreds of addresses tells all of them", () => {
    const records = Array.from({ length: 300 }, (_, i) => aRecord("a.example", `192.0.${i >> 8}.${i % 256}`));
    const lines = tellsForTest(pcap([udp(resolver, client, dns("a.example", records))], { link: 101 }));
    expect(lines.flatMap((line) => line.match(/192\.0\.[01]\.\d+/g) ?? [])).toHaveLength(300);
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

  test.each([0, 1, 2, 3, 4, 11, 12, 13])(
    "an answer of which %i bytes are left tells nothing, whatever came before it",
    (left) => {
      const other: End = { address: "10.128.0.8", port: 40_000 };
      const frame = udp(resolver, other, dns("c.example", [aRecord("c.example", "192.0.2.3")]));
      expect(tellsForTest(pcap([answer, { frame, snap: 28 + left }], { link: 101 }))).toEqual([
        told,
        `snapped at ${40 + answer.length}`,
        flow(answer.length),
        `10.128.0.8:40000 → 172.30.0.10 udp/53 ×1 ${frame.length} B unknown opener`,
      ]);
    },
  );

  test.each([1, 11, 12])("a question of which %i bytes are left tells nothing, and nobody misses it", (left) => {
    const frame = udp({ ...client, port: 40_001 }, resolver, dns("a.example", undefined));
    const lines = tellsForTest(pcap([query, answer, { frame, snap: 28 + left }], { link: 101 }));
    expect(lines.filter((line) => !line.includes("×"))).toEqual([told]);
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
        fc.boolean(),
        (cuts, isReversed, isOpened) => {
          const ends = [0, ...cuts.toSorted((a, b) => a - b), answers.length];
          const parts = ends
            .slice(1)
            .map((end, i) => tcp(resolver, client, answers.subarray(ends[i], end), { sequence: 1 + ends[i]! }));
          const opened = [
            tcp(client, resolver, "", { sequence: 9, flags: "S" }),
            tcp(resolver, client, "", { sequence: 0, acknowledged: 10, flags: "SA" }),
          ];
          // Where no handshake was seen, the first piece says where the stream begins.
          const [first, ...rest] = parts;
          const sent = isOpened
            ? [...opened, ...(isReversed ? parts.toReversed() : parts)]
            : [first!, ...(isReversed ? rest.toReversed() : rest)];
          expect(tellsForTest(pcap(sent, { link: 101 })).filter((line) => line.includes("told"))).toEqual([
            "10.128.0.7 was told a.example = 192.0.2.1 for 60 s",
            "10.128.0.7 was told b.example = 2001:db8::1 for 60 s",
          ]);
        },
      ),
    );
  });
});
