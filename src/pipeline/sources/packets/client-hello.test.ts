import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readClientHello, readTlsRecords } from "./client-hello.ts";
import { bytesOf, hello, tlsRecords, u16, u24 } from "./made-packets.test-support.ts";

const shown = (reading: ReturnType<typeof readTlsRecords>): string =>
  typeof reading === "string" ? reading : reading.name;

/** A hello whose parts are given as they are, lengths included. */
function custom({
  session = [0],
  suites = [0, 2, 0x13, 1],
  compression = [1, 0],
  extensions,
}: {
  readonly session?: readonly number[];
  readonly suites?: readonly number[];
  readonly compression?: readonly number[];
  readonly extensions?: readonly number[];
}): Uint8Array {
  const all = extensions ?? names(0, "a.example");
  const body = [3, 3, ...Array<number>(32).fill(5), ...session, ...suites, ...compression, ...u16(all.length), ...all];
  return bytesOf(1, u24(body.length), body);
}
const entry = (type: number, name: string, length = name.length): number[] => [
  type,
  ...u16(length),
  ...Buffer.from(name),
];
/** The extension with a list of names. */
const nameList = (...entries: readonly number[]): number[] => [
  0,
  0,
  ...u16(2 + entries.length),
  ...u16(entries.length),
  ...entries,
];
const names = (type: number, name: string): number[] => nameList(...entry(type, name));
const zeros = (count: number): number[] => Array<number>(count).fill(0);

describe("a ClientHello", () => {
  test.each<[string, Uint8Array, string]>([
    [
      "with a session, many suites and compressions",
      custom({ session: [32, ...zeros(32)], suites: [0, 64, ...zeros(64)], compression: [9, ...zeros(9)] }),
      "a.example",
    ],
    ["with more than 255 bytes of suites", custom({ suites: [1, 4, ...zeros(260)] }), "a.example"],
    [
      "with a name of another type before it",
      custom({ extensions: nameList(...entry(1, "b.example"), ...entry(0, "a.example")) }),
      "a.example",
    ],
    ["with a name of another type alone", custom({ extensions: names(1, "b.example") }), "none"],
    [
      "with two names, of which the first counts",
      custom({ extensions: [...names(0, "a.example"), ...names(0, "b.example")] }),
      "a.example",
    ],
    ["with a name of one letter", custom({ extensions: names(0, "a") }), "a"],
    ["with an empty name", custom({ extensions: names(0, "") }), "none"],
    ["with an empty list", custom({ extensions: nameList() }), "none"],
    [
      "with a name that goes beyond its list",
      custom({ extensions: [...nameList(...entry(0, "a.example", 10)), ...names(0, "b.example")] }),
      "b.example",
    ],
    [
      "with an extension that goes beyond all of them",
      custom({ extensions: [0, 0, 0, 99, 0, 12, ...entry(0, "a.example")] }),
      "none",
    ],
    [
      "with an extension without content at the end",
      custom({ extensions: [...names(0, "a.example"), 0, 23, 0, 0] }),
      "a.example",
    ],
    ["whose session goes beyond it", custom({ session: [255] }), "none"],
    ["whose suites go beyond it", custom({ suites: [255, 255] }), "none"],
    ["whose compressions go beyond it", custom({ compression: [255] }), "none"],
    ["with a byte behind its extensions", bytesOf(custom({}), 9), "a.example"],
  ])("%s", (_, message, reading) => {
    expect(shown(readClientHello(message))).toBe(reading);
    for (const size of [1, 50, 16_384]) expect(shown(readTlsRecords(tlsRecords(message, size)))).toBe(reading);
    const end = 4 + 65_536 * message[1]! + 256 * message[2]! + message[3]!;
    for (let length = 0; length < end; length += 1) expect(readClientHello(message.subarray(0, length))).toBe("more");
  });
});

describe("the first bytes of a client", () => {
  const plain = tlsRecords(hello("a.example"));
  test.each<[string, Uint8Array, string]>([
    ["a hello with a name", plain, "a.example"],
    ["a hello with a post-quantum key share before it", tlsRecords(hello("a.example", [[51, 1258]])), "a.example"],
    ["a hello of several records", tlsRecords(hello("a.example", [[51, 1258]]), 100), "a.example"],
    ["a hello in records of one byte", tlsRecords(hello("a.example"), 1), "a.example"],
    ["a hello with more behind it", bytesOf(plain, 20, 3, 3, 0, 1, 1), "a.example"],
    ["a name in capitals", tlsRecords(hello("A.Example")), "A.Example"],
    ["a hello that may be encrypted, or pretends to be", tlsRecords(hello("a.example", [[0xfe0d, 200]])), "a.example"],
    ["an encrypted hello with the provider's name", tlsRecords(hello("cloudflare-ech.com", [[0xfe0d, 200]])), "none"],
    ["the provider's own site", tlsRecords(hello("cloudflare-ech.com")), "cloudflare-ech.com"],
    ["a hello without a name", tlsRecords(hello(undefined)), "none"],
    ["a name with a blank", tlsRecords(hello("a example")), "none"],
    ["a name that is too long", tlsRecords(hello("a".repeat(255))), "none"],
    ["a part of a hello", plain.subarray(0, -1), "more"],
    ["its first byte", plain.subarray(0, 1), "more"],
    ["a server's hello", bytesOf(22, 3, 3, 0, 50, 2, 0, 0, 46, Array<number>(46).fill(0)), "none"],
    ["an alert", bytesOf(21, 3, 3, 0, 2, 1, 0), "none"],
    [
      "handshake records with nothing in them",
      bytesOf(Array.from({ length: 20 }, () => [22, 3, 1, 0, 0]).flat()),
      "none",
    ],
    [
      "a hello that says it has 16 MB",
      bytesOf(22, 3, 1, u16(16_000), 1, 0xff, 0xff, 0xff, Array<number>(200).fill(0)),
      "none",
    ],
    ["words", bytesOf("GET / HTTP/1.1\r\n"), "none"],
    ["nothing", bytesOf(), "none"],
  ])("%s", (_, bytes, reading) => {
    expect(shown(readTlsRecords(bytes))).toBe(reading);
  });

  test("every beginning of a hello asks for more, however its records are cut", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 120 }), fc.integer({ min: 1, max: 2000 }), (size, cut) => {
        const records = tlsRecords(hello("a.example", [[51, 300]]), size);
        const reading = shown(readTlsRecords(records.subarray(0, cut)));
        expect(reading).toBe(cut >= records.length ? "a.example" : "more");
      }),
    );
  });

  test("damaged hellos are read as something, and never outside", () => {
    const whole = tlsRecords(
      hello("a.example", [
        [51, 40],
        [16, 9],
      ]),
    );
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { maxLength: 6 }),
        fc.nat(whole.length),
        (changes, length) => {
          const bytes = whole.slice(0, length);
          for (const [at, value] of changes) if (at < length) bytes[at] = value;
          for (const read of [readTlsRecords, readClientHello]) {
            const reading = shown(read(bytes));
            expect(reading.length).toBeLessThanOrEqual(254);
            expect(reading).toMatch(/^[\x21-\x7e]*$/);
          }
        },
      ),
      { numRuns: 2000 },
    );
  });
});
