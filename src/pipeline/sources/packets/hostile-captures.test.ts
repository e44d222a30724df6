import fc from "fast-check";
import { expect, test } from "vitest";
import type { Observation } from "../observation.ts";
import { CaptureDecoder } from "./capture-decoder.ts";
import { aRecord, cname, dns } from "./made-dns.test-support.ts";
import {
  bytesOf,
  cooked,
  ethernet,
  fragmentsOf,
  geneve,
  hello,
  type MadePacket,
  pcap,
  pcapng,
  startMs,
  tcp,
  tlsRecords,
  u16,
  udp,
} from "./made-packets.test-support.ts";

/** Captures that mean something, to be damaged. */
const client = { address: "10.128.0.7", port: 40_000 };
const server = { address: "198.51.100.7", port: 443 };
const resolver = { address: "172.30.0.10", port: 53 };
const records = tlsRecords(hello("a.example", [[51, 300]]), 120);
const message = dns("a.example", [cname("a.example", "b.example"), aRecord("b.example", "2001:db8::7")]);
const packets = [
  udp(client, resolver, dns("a.example", undefined)),
  udp(resolver, client, message),
  tcp(client, server, "", { sequence: 1, flags: "S" }),
  tcp(server, client, "", { sequence: 1, flags: "SA" }),
  tcp(client, server, records.subarray(0, 100), { sequence: 2 }),
  tcp(client, server, records.subarray(200), { sequence: 202 }),
  tcp(client, server, records.subarray(100, 200), { sequence: 102 }),
  tcp(resolver, client, bytesOf(u16(message.length), message), { sequence: 9 }),
  ...fragmentsOf(udp(resolver, client, message), [40, 64]),
  ...fragmentsOf(udp({ address: "fd02::a", port: 53 }, { address: "fd01::7", port: 9 }, message), [24]).toReversed(),
  udp(
    { address: "fd01::7", port: 40_000 },
    { address: "2001:db8::7", port: 443 },
    bytesOf(0xc0, 0, 0, 0, 1, 8, Array<number>(1300).fill(9)),
  ),
  tcp(client, server, "GET / HTTP/1.1\r\nHost: a.example\r\n\r\n", { sequence: 7, flags: "A" }),
];
const captures = [
  pcap(packets.map((packet) => ethernet(packet, [5]))),
  pcap(packets.map((packet) => ethernet(geneve(ethernet(packet))))),
  pcap(
    packets.map((packet) => cooked(packet)),
    { link: 113, isBig: true },
  ),
  pcapng(
    [{ link: 1, resolution: 9 }, { link: 101 }],
    packets.map((packet, i): MadePacket => ({ frame: i % 2 === 0 ? ethernet(packet) : packet, interface: i % 2 })),
    { lost: 3 },
  ),
];

/** Nobody can open anything with these keys, but everything that leads there runs. */
const crypto = {
  hmacSha256: (): Uint8Array => new Uint8Array(32),
  aesBlock: (): Uint8Array => new Uint8Array(16),
  openAesGcm: (_: Uint8Array, __: Uint8Array, ___: Uint8Array, sealed: Uint8Array): Uint8Array => sealed.slice(0, -16),
};
const limits = {
  connections: 16,
  streamBytes: 64 << 10,
  streams: 8,
  questions: 16,
  datagrams: 8,
  fragmentBytes: 64 << 10,
};

function decode(captured: Uint8Array, pieces: readonly number[]): number {
  let told = 0;
  const take = (o: Observation): void => {
    told += 1;
    expect(o.nameCount).toBeLessThanOrEqual(1);
    expect(o.endMs).toBeGreaterThanOrEqual(o.startMs);
    expect(o.byteCount).toBeGreaterThanOrEqual(-1);
    for (let i = 0; i < o.nameCount; i += 1) expect(o.nameTo[i]).toBeLessThanOrEqual(o.bytes.length - 4);
    for (let i = 0; i < o.chainCount; i += 1) expect(o.chainTo[i]).toBeLessThanOrEqual(o.bytes.length - 4);
  };
  const decoder = new CaptureDecoder({ take, malformed: () => void (told += 1) }, { crypto, reportMs: 1000, limits });
  for (let at = 0, turn = 0; at < captured.length; turn += 1) {
    const size = pieces[turn % pieces.length]!;
    decoder.push(captured.subarray(at, at + size));
    at += size;
  }
  decoder.finish();
  return told;
}

test("damaged captures are read as far as they go, and say something bounded", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...captures),
      fc.array(fc.tuple(fc.nat(6000), fc.oneof(fc.nat(255), fc.constantFrom(0, 1, 0x7f, 0x80, 0xc0, 0xff))), {
        maxLength: 10,
      }),
      fc.array(fc.tuple(fc.nat(6000), fc.nat(6000), fc.nat(300)), { maxLength: 3 }),
      fc.array(fc.integer({ min: 1, max: 4000 }), { minLength: 1, maxLength: 4 }),
      (whole, changes, copies, pieces) => {
        const bytes = whole.slice();
        for (const [from, to, length] of copies) bytes.copyWithin(to, from, from + length);
        for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
        // Each packet can tell of a connection, a name and an error, and some of those again.
        expect(decode(bytes, pieces)).toBeLessThan(10 * packets.length);
      },
    ),
    { numRuns: 1000 },
  );
});

test("anything behind a magic number is survived", () => {
  const magic = fc.constantFrom("d4c3b2a1", "a1b2c3d4", "4d3cb2a1", "0a0d0d0a1c0000004d3c2b1a");
  fc.assert(
    fc.property(magic, fc.uint8Array({ maxLength: 3000 }), (start, rest) => {
      expect(decode(bytesOf(Buffer.from(start, "hex"), rest), [700])).toBeLessThan(3000);
    }),
    { numRuns: 500 },
  );
});

test("twenty thousand connections with half a hello each stay within the limits", () => {
  const decoder = new CaptureDecoder(
    { take: () => undefined, malformed: () => undefined },
    { crypto, reportMs: 1000, limits },
  );
  decoder.push(pcap([], { link: 101 }));
  const half = records.subarray(0, 150);
  const before = process.memoryUsage().arrayBuffers;
  for (let round = 0; round < 100; round += 1) {
    const frames = Array.from({ length: 200 }, (_, i): MadePacket => ({
      frame: tcp({ address: `10.${round}.${i}.1`, port: 1 + i }, server, half, { sequence: i }),
      atMs: startMs,
    }));
    decoder.push(pcap(frames, { link: 101 }).subarray(24));
  }
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(64 << 20);
});
