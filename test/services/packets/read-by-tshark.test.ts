import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { afterAll, describe, expect, test } from "vitest";
import { cryptoFrame, initialPacket, quicVersion } from "../../../src/adapters/capture/made-quic.test-support.ts";
import { nodeInitialCrypto } from "../../../src/adapters/capture/node-initial-crypto.ts";
import { tellsForTest } from "../../../src/pipeline/sources/packets/capture-words.test-support.ts";
import { aRecord, cname, dns, svcb } from "../../../src/pipeline/sources/packets/made-dns.test-support.ts";
import {
  bytesOf,
  cooked,
  cooked2,
  type End,
  ethernet,
  fragmentsOf,
  geneve,
  hello,
  ip,
  type MadePacket,
  pcap,
  pcapng,
  tcp,
  tlsRecords,
  u16,
  udp,
  vxlan,
} from "../../../src/pipeline/sources/packets/made-packets.test-support.ts";
import { lacks } from "./programs.ts";
import { randomCapture } from "./random-capture.ts";
import { addBytes, listed, readByTshark, type Reading } from "./tshark.ts";

const recorded = fileURLToPath(new URL("../../../../shared/data/pcap/", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "postern-packets-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function readByPostern(capture: Uint8Array): Reading {
  const lines = tellsForTest(capture, { crypto: nodeInitialCrypto });
  const told = [...new Set(lines)].toSorted();
  const connections = new Map<string, number>();
  for (const line of lines) {
    const [, source = "", destination = "", protocol = "", port = "", bytes = ""] =
      /^(\S+) → (\S+) (\w+)\/(\d+) ×\d+ (\d+) B/.exec(line) ?? [];
    if (source !== "") addBytes(connections, protocol, [source, `${destination}:${port}`], Number(bytes));
  }
  return {
    connections: listed(connections),
    claimed: told.filter((line) => line.endsWith("by tls-sni")),
    answers: told.filter((line) => line.includes(" was told ")),
  };
}

const client: End = { address: "10.128.0.7", port: 40_000 };
const server: End = { address: "198.51.100.7", port: 443 };
const resolver: End = { address: "172.30.0.10", port: 53 };
const large = hello("large.example", [[51, 1258]]);

/** A handshake, and what the client says from its first byte on; `order` is that of its pieces. */
function said(bytes: Uint8Array, cuts: readonly number[], order?: readonly number[]): Uint8Array[] {
  const ends = [0, ...cuts, bytes.length];
  const parts = ends
    .slice(1)
    .map((end, i) =>
      tcp(client, server, bytes.subarray(ends[i], end), { sequence: 1001 + ends[i]!, acknowledged: 5001 }),
    );
  return [
    tcp(client, server, "", { sequence: 1000, flags: "S" }),
    tcp(server, client, "", { sequence: 5000, acknowledged: 1001, flags: "SA" }),
    ...(order ?? parts.keys().toArray()).map((index) => parts[index]!),
  ];
}

const conversation = [
  udp(client, resolver, dns("a.example", undefined)),
  udp(resolver, client, dns("a.example", [cname("a.example", "b.example", 9), aRecord("b.example", "198.51.100.7")])),
  ...said(tlsRecords(large, 700), [500, 1000]),
];
const on = (around: (packet: Uint8Array) => Uint8Array): Uint8Array[] => conversation.map((packet) => around(packet));
const answer = (...records: Parameters<typeof dns>[1] & {}): Uint8Array =>
  pcap([udp(resolver, client, dns("a.example", records))], { link: 101 });
const quic = (version: number, pieces: number): MadePacket[] =>
  Array.from({ length: pieces }, (_, number) => {
    const size = Math.ceil(large.length / pieces);
    const frame = cryptoFrame(large, number * size, (number + 1) * size);
    return { frame: udp(client, server, initialPacket(frame, 1200, { version, number })) };
  });
/** What a client and a server of such a port say before they agree on TLS, the server's parts marked; and then a hello. */
function upgraded(port: number, talk: readonly (readonly ["client" | "server", Uint8Array])[]): Uint8Array {
  const to = { ...server, port };
  const next = { client: 1001, server: 5001 };
  const say = (who: "client" | "server", bytes: Uint8Array): Uint8Array => {
    const other = who === "client" ? "server" : "client";
    const options = { sequence: next[who], acknowledged: next[other], flags: "PA" };
    next[who] += bytes.length;
    return who === "client" ? tcp(client, to, bytes, options) : tcp(to, client, bytes, options);
  };
  const records = tlsRecords(large, 700);
  const packets = [
    tcp(client, to, "", { sequence: 1000, flags: "S" }),
    tcp(to, client, "", { sequence: 5000, acknowledged: 1001, flags: "SA" }),
    tcp(client, to, "", { sequence: 1001, acknowledged: 5001 }),
    ...talk.map(([who, bytes]) => say(who, bytes)),
    say("client", records.subarray(0, 900)),
    say("client", records.subarray(900)),
  ];
  return pcap(packets, { link: 101 });
}
const text = (who: "client" | "server", line: string) => [who, bytesOf(`${line}\r\n`)] as const;
/** Without checksums, which neither side looks at. */
const largeAnswer = (from: End, to: End): Uint8Array[] =>
  fragmentsOf(
    udp(
      from,
      to,
      dns(
        "a.example",
        Array.from({ length: 60 }, (_, i) => aRecord("a.example", `192.0.2.${i}`)),
      ),
    ),
    [304, 600],
  );
const greeting = bytesOf(
  [74, 0, 0, 0, 10],
  "8.0.36\0",
  [8, 0, 0, 0],
  "abcdefgh\0",
  [0xff, 0xff, 0xff, 2, 0, 0xff, 0xdf, 21],
  Array<number>(10).fill(0),
  "abcdefghijkl\0",
  "mysql_native_password\0",
);
const overTcp = bytesOf(
  u16(dns("a.example", [aRecord("a.example", "192.0.2.1")]).length),
  dns("a.example", [aRecord("a.example", "192.0.2.1")]),
);

const made: Readonly<Record<string, Uint8Array>> = {
  "a hello in one segment": pcap(said(tlsRecords(large), []), { link: 101 }),
  "a hello over three segments": pcap(said(tlsRecords(large), [200, 900]), { link: 101 }),
  "a hello over three segments, the last two swapped": pcap(said(tlsRecords(large), [200, 900], [0, 2, 1]), {
    link: 101,
  }),
  "a hello with a segment sent twice": pcap(said(tlsRecords(large), [200, 900], [0, 1, 1, 2]), { link: 101 }),
  "a hello over records and segments": pcap(said(tlsRecords(large, 300), [100, 301, 302, 1200]), { link: 101 }),
  "a hello of TLS 1.2 without more": pcap(said(tlsRecords(hello("old.example")), []), { link: 101 }),
  Ethernet: pcap(on(ethernet)),
  "the other byte order and nanoseconds": pcap(on(ethernet), { isBig: true, isNano: true }),
  "a VLAN": pcap(on((packet) => ethernet(packet, [7]))),
  "a VLAN in a VLAN": pcap(on((packet) => ethernet(packet, [7, 9]))),
  Geneve: pcap(on((packet) => ethernet(geneve(ethernet(packet))))),
  VXLAN: pcap(on((packet) => ethernet(vxlan(ethernet(packet))))),
  "IP in IP": pcap(on((packet) => ethernet(ip("192.0.2.1", "192.0.2.2", 4, packet)))),
  "all interfaces": pcap(on(cooked), { link: 113 }),
  "all interfaces, version 2": pcap(on(cooked2), { link: 276 }),
  "interfaces of several kinds and resolutions": pcapng(
    [
      { link: 1, resolution: 9 },
      { link: 101, resolution: 0x80 + 20 },
      { link: 276, resolution: 3, offsetSeconds: 100 },
    ],
    conversation.map((packet, i): MadePacket => ({
      interface: i % 3,
      frame: [ethernet(packet), packet, cooked2(packet)][i % 3]!,
    })),
  ),
  "sections in the other byte order": pcapng(
    [{ link: 1 }],
    on(ethernet).map((frame) => ({ frame })),
    { isBig: true },
  ),
  "an answer with both families": answer(aRecord("a.example", "192.0.2.1", 5), aRecord("a.example", "2001:db8::1", 7)),
  "an answer in any order": answer(
    aRecord("c.example", "192.0.2.1"),
    cname("b.example", "c.example", 3),
    cname("a.example", "b.example"),
  ),
  "an answer to nothing that was asked": answer(aRecord("z.example", "192.0.2.1")),
  "an answer with hints": answer(svcb("a.example", ".", ["192.0.2.1", "192.0.2.2", "2001:db8::1"], 11)),
  "an answer over TCP in pieces": pcap(
    [0, 20, 40].map((from) =>
      tcp(resolver, client, overTcp.subarray(from, from === 40 ? undefined : from + 20), { sequence: 1 + from }),
    ),
    { link: 101 },
  ),
  "a name whose pointers go round": pcap(
    [udp(resolver, client, bytesOf(u16(1), u16(0x8180), u16(1), u16(0), u16(0), u16(0), 0xc0, 12, u16(1), u16(1)))],
    { link: 101 },
  ),
  "an answer in fragments": pcap(largeAnswer(resolver, client), { link: 101 }),
  "an answer in fragments, the last one first": pcap(largeAnswer(resolver, client).toReversed(), { link: 101 }),
  "an answer in fragments of IPv6": pcap(
    largeAnswer({ address: "fd02::10", port: 53 }, { address: "fd01::7", port: 40_000 }),
    { link: 101 },
  ),
  "a tunnel's packets in fragments": pcap(
    on((packet) => ethernet(geneve(ethernet(packet)))).flatMap((frame) =>
      fragmentsOf(frame.subarray(14), frame.length > 700 ? [400] : []).map((part) => ethernet(part)),
    ),
  ),
  "mail that turns to TLS": upgraded(587, [
    text("server", "220 mail.example ESMTP"),
    text("client", "EHLO cart"),
    text("server", "250 STARTTLS"),
    text("client", "STARTTLS"),
    text("server", "220 go ahead"),
  ]),
  "a mailbox that turns to TLS": upgraded(143, [
    text("server", "* OK IMAP4rev1"),
    text("client", "a1 STARTTLS"),
    text("server", "a1 OK begin"),
  ]),
  "PostgreSQL that turns to TLS": upgraded(5432, [
    ["client", bytesOf(0, 0, 0, 8, 4, 210, 22, 47)],
    ["server", bytesOf("S")],
  ]),
  "MySQL that turns to TLS": upgraded(3306, [
    ["server", greeting],
    ["client", bytesOf([32, 0, 0, 1, 0x85, 0xae, 0xff, 0, 0, 0, 0, 1, 0xff], Array<number>(23).fill(0))],
  ]),
  "QUIC in one packet": pcap(
    [{ frame: udp(client, server, initialPacket(cryptoFrame(hello("quic.example"), 0, 999), 1200)) }],
    { link: 101 },
  ),
  "QUIC over three packets": pcap(quic(quicVersion.one, 3), { link: 101 }),
  "QUIC out of order": pcap(quic(quicVersion.one, 3).toReversed(), { link: 101 }),
  "QUIC of version 2": pcap(quic(quicVersion.two, 2), { link: 101 }),
};

describe.skipIf(lacks("tshark"))("captures, read by Postern and by tshark", { concurrent: true }, () => {
  test.each(Object.entries(made))("%s", async (title, capture) => {
    const path = join(folder, `${title.replaceAll(/\W/g, "-")}.cap`);
    writeFileSync(path, capture);
    const judged = await readByTshark(path);
    expect(readByPostern(capture)).toEqual(judged);
    if (title.includes("turns to TLS")) expect(judged.claimed).toHaveLength(1);
  });

  test.runIf(existsSync(recorded)).each(existsSync(recorded) ? readdirSync(recorded) : [])(
    "recorded: %s",
    async (name) => {
      const bytes = readFileSync(join(recorded, name));
      const judged = await readByTshark(join(recorded, name));
      expect(readByPostern(name.endsWith(".gz") ? gunzipSync(bytes) : bytes)).toEqual(judged);
    },
  );

  test.each([1, 2, 3])("300 conversations at once, made from seed %s", async (seed) => {
    const capture = randomCapture(seed, 300);
    const path = join(folder, `random-${seed}.cap`);
    writeFileSync(path, capture);
    const judged = await readByTshark(path);
    expect([judged.claimed.length, judged.answers.length].every((count) => count > 50)).toBe(true);
    expect(readByPostern(capture)).toEqual(judged);
  });
});
