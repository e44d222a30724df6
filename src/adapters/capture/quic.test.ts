import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { tellsForTest } from "../../pipeline/sources/packets/capture-words.test-support.ts";
import { bytesOf, hello, pcap, startMs, udp } from "../../pipeline/sources/packets/made-packets.test-support.ts";
import { QuicClient } from "../../pipeline/sources/packets/quic-initial.ts";
import { cryptoFrame, initialPacket, type MadeInitial, quicVersion } from "./made-quic.test-support.ts";
import { nodeInitialCrypto } from "./node-initial-crypto.ts";

const client = { address: "10.128.0.7", port: 40_000 };
const server = { address: "198.51.100.7", port: 443 };
const handshake = hello("a.example", [[51, 1800]]);
const short = hello("a.example");
const all = (bytes: Uint8Array): Uint8Array => cryptoFrame(bytes, 0, bytes.length);
const found = "10.128.0.7:40000 → 198.51.100.7 udp/443 is a.example by tls-sni";

function names(datagrams: readonly Uint8Array[]): readonly string[] {
  const capture = pcap(
    datagrams.map((payload) => udp(client, server, payload)),
    { link: 101 },
  );
  return tellsForTest(capture, { crypto: nodeInitialCrypto }).filter((line) => line.includes(" is "));
}

/** The handshake in pieces of so many bytes, a packet each. */
function pieces(size: number, options: MadeInitial = {}): Uint8Array[] {
  return Array.from({ length: Math.ceil(handshake.length / size) }, (_, number) =>
    initialPacket(cryptoFrame(handshake, number * size, (number + 1) * size), 1200, { ...options, number }),
  );
}

test("a flood of handshakes is opened within bounds, counted, and over with its second", () => {
  let opened = 0;
  const crypto: typeof nodeInitialCrypto = {
    ...nodeInitialCrypto,
    openAesGcm: (...sealed) => {
      opened += 1;
      return nodeInitialCrypto.openAesGcm(...sealed);
    },
  };
  // Nobody has the keys of these: what looks like 27 packets in one datagram costs most.
  const forged = initialPacket(all(short), 1200, { keyId: Uint8Array.of(9) }).subarray(0, 1200);
  const small = bytesOf(
    ...Array.from({ length: 27 }, () => initialPacket(Uint8Array.of(1), 46, { keyId: Uint8Array.of(9) })),
  );
  const flood = Array.from({ length: 1200 }, (_, port) => ({
    frame: udp({ ...client, port: 1000 + port }, server, port < 20 ? small : forged),
    atMs: startMs,
  }));
  const after = { frame: udp(client, server, initialPacket(all(short), 1200)), atMs: startMs + 1000 };
  const told = tellsForTest(pcap([...flood, after], { link: 101 }), { crypto });
  expect(told.filter((line) => line.includes(" is "))).toEqual([found]);
  expect(opened).toBeLessThan(1100);
  expect(told.filter((line) => line.startsWith("quic_flood")).length).toBeGreaterThan(600);
});

describe("the Initial packets of a QUIC client", () => {
  const ping = Uint8Array.of(1);
  const ack = bytesOf(2, 0, 0, 1, 0, 0, 0);
  test.each<[string, readonly Uint8Array[], readonly string[]]>([
    ["in one packet", [initialPacket(all(short), 1200)], [found]],
    ["of version 2", [initialPacket(all(short), 1200, { version: quicVersion.two })], [found]],
    ["over several packets", pieces(700), [found]],
    ["over several packets of version 2", pieces(700, { version: quicVersion.two }), [found]],
    ["out of order", pieces(700).toReversed(), [found]],
    ["twice", [...pieces(700), ...pieces(700)], [found]],
    [
      "in one datagram",
      [
        bytesOf(
          initialPacket(cryptoFrame(short, 0, 50), 600),
          initialPacket(cryptoFrame(short, 50, 999), 650, { number: 1 }),
        ),
      ],
      [found],
    ],
    [
      "between other frames",
      [initialPacket(bytesOf(ping, ack, cryptoFrame(short, 40, 999), ping, cryptoFrame(short, 0, 40)), 1200)],
      [found],
    ],
    [
      "behind acknowledgements with numbers of every length",
      [
        initialPacket(
          bytesOf(
            [2, 5, 5, 1, 5, 5, 5],
            [3, 5, 5, 1, 5, 5, 5, 5, 5, 5],
            [2, 0x40, 5, 0x80, 5, 5, 5, 0, 0xc0, 5, 5, 5, 5, 5, 5, 5],
            all(short),
          ),
          1200,
        ),
      ],
      [found],
    ],
    ["not behind what an Initial packet does not carry", [initialPacket(bytesOf(5, all(short)), 1200)], []],
    [
      "not behind an acknowledgement that goes beyond its packet",
      [initialPacket(bytesOf(2, 5, 5, 0x4f, 0xff, 5, all(short)), 1200)],
      [],
    ],
    [
      "as late as it is looked for",
      [
        ...Array.from({ length: 31 }, (_, number) => initialPacket(ping, 1200, { number })),
        initialPacket(all(short), 1200),
      ],
      [found],
    ],
    [
      "later than it is looked for",
      [
        ...Array.from({ length: 32 }, (_, number) => initialPacket(ping, 1200, { number })),
        initialPacket(all(short), 1200),
      ],
      [],
    ],
    [
      "again after a Retry, with another identifier and a token",
      [
        initialPacket(cryptoFrame(handshake, 0, 500), 1200),
        ...pieces(900, { id: Uint8Array.of(9, 9, 9), token: Uint8Array.of(1, 2, 3) }),
      ],
      [found],
    ],
    [
      "to the identifier that the server chose, with the keys of the first",
      [
        initialPacket(cryptoFrame(short, 0, 60), 1200),
        initialPacket(cryptoFrame(short, 60, 999), 1200, {
          id: Uint8Array.of(7, 7),
          keyId: Uint8Array.from([1, 2, 3, 4, 5, 6, 7, 8]),
          number: 1,
        }),
      ],
      [found],
    ],
    ["that are sealed otherwise", [initialPacket(all(short), 1200, { keyId: Uint8Array.of(1) })], []],
    ["of a version that nobody knows", [initialPacket(all(short), 1200).map((byte, i) => (i === 4 ? 3 : byte))], []],
    ["smaller than a client's may be", [initialPacket(all(short), 1100)], []],
    ["with a part missing", pieces(700).slice(1), []],
  ])("%s", (_, datagrams, told) => {
    expect(names(datagrams)).toEqual(told);
  });

  test("in any pieces and order", () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.integer({ min: 1, max: handshake.length - 1 }), { maxLength: 8 }),
        fc.infiniteStream(fc.nat()),
        (cuts, order) => {
          const ends = [0, ...cuts.toSorted((a, b) => a - b), handshake.length];
          const frames = ends.slice(1).map((end, i) => cryptoFrame(handshake, ends[i]!, end));
          const shuffled = frames.map((one) => [order.next().value ?? 0, one] as const).toSorted(([a], [b]) => a - b);
          expect(names(shuffled.map(([, frame], number) => initialPacket(frame, 2200, { number })))).toEqual([found]);
        },
      ),
      { numRuns: 50 },
    );
  });

  test("when damaged are read as something bounded", () => {
    const whole = bytesOf(initialPacket(all(short), 1200), initialPacket(ping, 100, { number: 1 }));
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.oneof(fc.nat(60), fc.nat(whole.length - 1)), fc.nat(255)), { maxLength: 6 }),
        fc.nat(whole.length),
        (changes, length) => {
          const bytes = whole.slice(0, length);
          for (const [at, value] of changes) if (at < length) bytes[at] = value;
          const reading = new QuicClient(nodeInitialCrypto).read(bytes, new DataView(bytes.buffer), 0, length);
          expect(typeof reading === "string" ? ["more", "none"] : ["a.example"]).toContain(
            typeof reading === "string" ? reading : reading.name,
          );
        },
      ),
      { numRuns: 1000 },
    );
  });
});

test("the keys are those of the standards' examples", async () => {
  const { clientInitialKeys } = await import("../../pipeline/sources/packets/initial-crypto.ts");
  const id = Buffer.from("8394c8f03e515708", "hex");
  const hex = (version: number): readonly string[] => {
    const keys = clientInitialKeys(nodeInitialCrypto, version, id);
    return keys === undefined
      ? []
      : [keys.key, keys.iv, keys.headerKey].map((bytes) => Buffer.from(bytes).toString("hex"));
  };
  // RFC 9001 appendix A.1, RFC 9369 appendix A.1
  expect(hex(quicVersion.one)).toEqual([
    "1f369613dd76d5467730efcbe3b1a22d",
    "fa044b2f42a3fd3b46fb255c",
    "9f50449e04a0e810283a1e9933adedd2",
  ]);
  expect(hex(quicVersion.two)).toEqual([
    "8b1a0bc121284290a29e0971b5cd045d",
    "91f73e2351d8fa91660e909f",
    "45b95e15235d6f45a6b19cbcb0294ba9",
  ]);
});
