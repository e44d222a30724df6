import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CaptureDecoder, hourlyReportMs } from "./capture-decoder.ts";
import { defaultCaptureLimits } from "./capture-limits.ts";
import { tellsForTest, wordsOf } from "./capture-words.test-support.ts";
import { aRecord, cname, dns } from "./made-dns.test-support.ts";
import { bytesOf, type End, type MadePacket, pcap, startMs, tcp, u16, udp } from "./made-packets.test-support.ts";

const client: End = { address: "10.128.0.7", port: 40_000 };
const resolver: End = { address: "172.30.0.10", port: 53 };

const two = [aRecord("a.example", "192.0.2.1"), aRecord("a.example", "192.0.2.2")];
const query = udp(client, resolver, dns("a.example", undefined));
const answer = udp(
  resolver,
  client,
  dns("a.example", [cname("a.example", "b.example"), aRecord("b.example", "198.51.100.7")]),
);

describe("DNS in a capture", () => {
  const told = "10.128.0.7 was told a.example = b.example = 198.51.100.7 for 60 s";
  const flow = (bytes: number): string => `10.128.0.7:40000 → 172.30.0.10 udp/53 ×1 ${bytes} B`;
  const sizes = query.length + answer.length;

  test.each<[string, readonly Uint8Array[], readonly string[]]>([
    ["an answer to a question is told to whom", [query, answer], [told, flow(sizes)]],
    ["an answer without its question is believed where no question is seen", [answer], [told, flow(answer.length)]],
    [
      "an answer tells who is the client, where ports say otherwise",
      [udp(resolver, { ...client, port: 40 }, dns("a.example", two))],
      ["10.128.0.7 was told a.example = 192.0.2.1 192.0.2.2 for 60 s", "10.128.0.7:40 → 172.30.0.10 udp/53 ×1 105 B"],
    ],
    [
      "so does a question",
      [udp({ ...client, port: 40 }, resolver, dns("a.example", undefined))],
      ["10.128.0.7:40 → 172.30.0.10 udp/53 ×1 55 B"],
    ],
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
      "OpenShift's DNS pods do so with IPv6 too",
      [udp({ address: "fd01::a", port: 5353 }, { address: "fd01::7", port: 40_000 }, dns("a.example", two))],
      ["fd01::7 was told a.example = 192.0.2.1 192.0.2.2 for 60 s", "fd01::7:40000 → fd01::a udp/5353 ×1 125 B"],
    ],
    [
      "multicast DNS is not DNS with IPv6 either",
      [udp({ address: "fe80::a", port: 5000 }, { address: "ff02::fb", port: 5353 }, dns("a.example", undefined))],
      ["ff02::fb:5353 → fe80::a udp/5000 ×1 75 B unknown opener"],
    ],
    [
      "nor is a question to all of them",
      [udp(client, { address: "224.0.0.251", port: 5353 }, dns("a.example", undefined))],
      ["10.128.0.7:40000 → 224.0.0.251 udp/5353 ×1 55 B unknown opener"],
    ],
    [
      "an answer that a client sends to a server tells nobody anything",
      [udp(client, resolver, dns("a.example", two))],
      [
        `10.128.0.7:40000 → 172.30.0.10 udp/53 ×1 ${udp(client, resolver, dns("a.example", two)).length} B unknown opener`,
      ],
    ],
    [
      "a question that comes from a server makes nobody a client",
      [udp(resolver, client, dns("a.example", undefined)), answer],
      [told, flow(55 + answer.length)],
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

  const other: End = { address: "10.128.0.8", port: 40_000 };
  const unasked = udp(resolver, other, dns("c.example", [aRecord("c.example", "192.0.2.3")]));
  const later = (frame: Uint8Array, seconds: number): MadePacket => ({ frame, atMs: startMs + 1000 * seconds });

  test.each<[string, readonly MadePacket[], string]>([
    ["in the first minute, when questions may have been missed", [later(unasked, 60)], "10.128.0.8 was told"],
    ["later, when nothing can have been missed", [later(unasked, 60.001)], "dns_unasked"],
    [
      "later, but not to whom asked itself",
      [later(udp(other, resolver, dns("c.example", undefined)), 60.001), later(unasked, 60.002)],
      "10.128.0.8 was told",
    ],
  ])("where questions are seen, an answer that nobody asked for is judged: %s", (_, packets, expected) => {
    const lines = tellsForTest(pcap([later(query, 0), later(answer, 0), ...packets], { link: 101 }));
    expect(lines.filter((line) => line !== told && !line.includes("×")).join()).toContain(expected);
  });

  test("one capture knows nothing of the one before it", () => {
    const lines: string[] = [];
    const decoder = new CaptureDecoder(
      { take: (o) => void lines.push(wordsOf(o)), malformed: (error) => void lines.push(error) },
      { crypto: undefined, reportMs: hourlyReportMs, limits: { ...defaultCaptureLimits, connections: 64 } },
    );
    decoder.push(pcap([later(query, 0), later(answer, 0)], { link: 101 }));
    decoder.finish();
    expect(lines).toContain(told);
    decoder.push(
      pcap(
        [
          later(tcp(client, { address: "198.51.100.7", port: 443 }, "", { flags: "S" }), 0),
          later(unasked, 61),
          later(answer, 62),
        ],
        { link: 101 },
      ),
    );
    decoder.finish();
    expect(lines).toContain("10.128.0.8 was told c.example = 192.0.2.3 for 60 s");
    expect(lines.filter((line) => line === told)).toHaveLength(2);
    expect(lines).not.toContain("dns_unasked");
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
