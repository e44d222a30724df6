import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { varintBytes, type WireField, wireMessage } from "./wire-message.ts";
import { maxWireDepth, WireReader } from "./wire-reader.ts";

const fieldNumber = fc.integer({ min: 1, max: 2 ** 29 - 1 });
const { fields } = fc.letrec<{ field: WireField; fields: WireField[] }>((tie) => ({
  fields: fc.array(tie("field"), { maxLength: 5 }),
  field: fc.oneof(
    { maxDepth: 4 },
    fc.record({ field: fieldNumber, varint: fc.oneof(fc.bigInt(0n, 2n ** 64n - 1n), fc.bigInt(0n, 300n)) }),
    fc.record({ field: fieldNumber, fixed32: fc.integer({ min: 0, max: 2 ** 32 - 1 }) }),
    fc.record({ field: fieldNumber, fixed64: fc.bigInt(0n, 2n ** 64n - 1n) }),
    fc.record({ field: fieldNumber, bytes: fc.uint8Array({ maxLength: 20 }) }),
    fc.record({ field: fieldNumber, message: tie("fields") }),
  ),
}));

function opened(bytes: readonly number[]): WireReader {
  const reader = new WireReader();
  reader.open(Uint8Array.from(bytes), 0, bytes.length);
  return reader;
}

/** What the reader finds where `written` was written: it must be told which ranges are messages and which texts. */
function readBack(reader: WireReader, bytes: Uint8Array, written: readonly WireField[]): unknown[] {
  const found: unknown[] = [];
  for (let index = 0; reader.next(); index += 1) {
    const { field, low, high, from, to } = reader;
    const one = written[index];
    if (one === undefined) return [...found, "more than was written"];
    if ("message" in one) {
      found.push({ field, message: reader.enter() && readBack(reader, bytes, one.message) });
      reader.leave();
    } else if ("bytes" in one) found.push({ field, bytes: bytes.slice(from, to), whole: reader.whole() });
    else {
      const value = (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);
      found.push({ field, value, whole: reader.whole(), signed: reader.signed(), isMessage: reader.enter() });
    }
  }
  return [...found, reader.error];
}

function expected(written: readonly WireField[]): unknown[] {
  const found = written.map((one) => {
    if ("message" in one) return { field: one.field, message: expected(one.message) };
    if ("bytes" in one) return { field: one.field, bytes: Uint8Array.from(one.bytes), whole: -1 };
    const value = "varint" in one ? one.varint : "fixed64" in one ? one.fixed64 : BigInt(one.fixed32);
    const signed = BigInt.asIntN(64, value);
    const isExact = signed > -(2n ** 53n) && signed < 2n ** 53n;
    return {
      field: one.field,
      value,
      whole: value < 2n ** 53n ? Number(value) : -1,
      signed: isExact ? Number(signed) : Number.NaN,
      isMessage: false,
    };
  });
  return [...found, undefined];
}

describe("reading what was written", () => {
  test("every field comes back, at every level", () => {
    fc.assert(
      fc.property(fields, (written) => {
        const bytes = Uint8Array.from(wireMessage(written));
        const reader = new WireReader();
        reader.open(bytes, 0, bytes.length);
        expect(readBack(reader, bytes, written)).toEqual(expected(written));
      }),
    );
  });

  test("a message that is left early is left behind whole", () => {
    const reader = opened(
      wireMessage([
        {
          field: 1,
          message: [
            { field: 5, varint: 1n },
            { field: 6, varint: 2n },
          ],
        },
        { field: 2, varint: 7n },
      ]),
    );
    expect(reader.next() && reader.enter() && reader.next()).toBe(true);
    reader.leave();
    expect(reader.next()).toBe(true);
    expect([reader.field, reader.whole()]).toEqual([2, 7]);
  });

  test("the numbers of a packed list are read without tags", () => {
    const reader = opened(wireMessage([{ field: 4, bytes: [3, 270, 86_942].flatMap((n) => varintBytes(BigInt(n))) }]));
    expect(reader.next() && reader.enter()).toBe(true);
    const numbers: number[] = [];
    while (reader.varint()) numbers.push(reader.low);
    expect(numbers).toEqual([3, 270, 86_942]);
    reader.leave();
    expect([reader.next(), reader.error]).toEqual([false, undefined]);
  });

  test.each([
    ["zero", 0n, 0, 0],
    ["the largest 32-bit number", 2n ** 32n - 1n, 4_294_967_295, 4_294_967_295],
    ["minus one, as ten bytes", -1n, -1, -1],
    ["the largest number that a double holds", 2n ** 53n - 1n, 2 ** 53 - 1, 2 ** 53 - 1],
    ["one more, which it does not hold", 2n ** 53n, -1, Number.NaN],
  ])("%s", (_, value, whole, signed) => {
    const reader = opened(wireMessage([{ field: 1, varint: value }]));
    expect(reader.next()).toBe(true);
    expect([reader.whole(), reader.signed()]).toEqual([whole, signed]);
    expect(reader.isTrue()).toBe(value !== 0n);
  });
});

describe("what is broken", () => {
  test.each([
    ["a tag without a value", [0x08], "cut_off"],
    ["a tag cut in two", [0x88], "cut_off"],
    ["a number that goes on past the end", [0x08, 0x80, 0x80], "cut_off"],
    ["a number of eleven bytes", [0x08, ...Array<number>(10).fill(0x80), 0x01], "bad_protobuf"],
    ["a number of more than 64 bits", [0x08, ...Array<number>(9).fill(0xff), 0x02], "bad_protobuf"],
    ["a field with the number 0", [0x00, 0x01], "bad_protobuf"],
    ["a tag of more than 32 bits", [0x80, 0x80, 0x80, 0x80, 0x10, 0x01], "bad_protobuf"],
    ["a group", [0x0b, 0x0c], "bad_protobuf"],
    ["the end of a group", [0x0c], "bad_protobuf"],
    ["an unknown wire type", [0x0e], "bad_protobuf"],
    ["a text without a length", [0x0a], "cut_off"],
    ["a text longer than what is left", [0x0a, 0x05, 1, 2, 3, 4], "cut_off"],
    ["a text of four gigabytes", [0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f], "cut_off"],
    ["a text of 2^63 bytes", [0x0a, ...Array<number>(9).fill(0xff), 0x01], "cut_off"],
    ["half a fixed32", [0x0d, 1, 2], "cut_off"],
    ["half a fixed64", [0x09, 1, 2, 3, 4, 5, 6, 7], "cut_off"],
  ])("%s", (_, bytes, error) => {
    const reader = opened(bytes);
    expect(reader.next()).toBe(false);
    expect(reader.error).toBe(error);
    expect([reader.next(), reader.enter()]).toEqual([false, false]);
  });

  test("what is broken inside ends the reading at every level", () => {
    const reader = opened([0x0a, 0x02, 0x0a, 0x05, 0x10, 0x01]);
    expect(reader.next() && reader.enter()).toBe(true);
    expect(reader.next()).toBe(false);
    reader.leave();
    expect([reader.next(), reader.error]).toEqual([false, "cut_off"]);
  });

  test("nesting without end is refused", () => {
    let bytes: number[] = [];
    for (let level = 0; level < maxWireDepth + 2; level += 1) bytes = wireMessage([{ field: 1, bytes }]);
    const reader = opened(bytes);
    let entered = 0;
    while (reader.next() && reader.enter()) entered += 1;
    expect([entered, reader.error]).toEqual([maxWireDepth, "too_deep"]);
  });

  test("any bytes: reading ends, and stays within its range", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(20), fc.nat(220), (bytes, from, to) => {
        const reader = new WireReader();
        reader.open(bytes, from, to);
        const end = Math.min(to, bytes.length);
        let steps = 0;
        let depth = 0;
        // Goes into whatever can be gone into; each step reads at least one byte.
        for (; steps <= 2 * bytes.length + maxWireDepth; steps += 1) {
          if (reader.next()) {
            if (reader.to > reader.from) {
              expect(reader.from).toBeGreaterThanOrEqual(from);
              expect(reader.to).toBeLessThanOrEqual(end);
            }
            if (reader.enter()) depth += 1;
          } else if (depth > 0 && reader.error === undefined) {
            reader.leave();
            depth -= 1;
          } else break;
        }
        expect(steps).toBeLessThanOrEqual(2 * bytes.length + maxWireDepth);
      }),
      { numRuns: 2000 },
    );
  });
});
