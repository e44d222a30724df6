import { describe, expect, test } from "vitest";
import { tellsForTest } from "./capture-words.test-support.ts";
import { aRecord, cname, dns, encryptingBinding } from "./made-dns.test-support.ts";
import { bytesOf, type End, hello, pcap, tcp, tlsRecords, u16, udp } from "./made-packets.test-support.ts";

const client: End = { address: "10.128.0.7", port: 40_000 };
const server: End = { address: "198.51.100.7", port: 443 };
const resolver: End = { address: "172.30.0.10", port: 53 };

const answer = udp(
  resolver,
  client,
  dns("a.example", [cname("a.example", "b.example"), aRecord("b.example", "198.51.100.7")]),
);

const syn = tcp(client, server, "", { sequence: 1000, flags: "S" });

describe("a name", () => {
  const records = tlsRecords(hello("a.example", [[51, 400]]));
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
      "that comes after some other things",
      [
        syn,
        ...[0, 1, 2, 3, 4, 5].map((n) => tcp(client, server, "?", { sequence: 1001 + n })),
        tcp(client, server, records, { sequence: 1007 }),
      ],
      "is a.example by tls-sni",
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

  test("tells who is the client, where ports say otherwise and no beginning was seen", () => {
    const [low, high]: [End, End] = [
      { ...client, port: 100 },
      { ...server, port: 8443 },
    ];
    expect(tellsForTest(pcap([tcp(low, high, records), tcp(high, low, "x")], { link: 101 }))).toEqual([
      "10.128.0.7:100 → 198.51.100.7 tcp/8443 is a.example by tls-sni",
      `10.128.0.7:100 → 198.51.100.7 tcp/8443 ×1 ${81 + records.length} B`,
    ]);
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
