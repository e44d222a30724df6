import { gzipSync } from "node:zlib";
import { type CompressionAlgorithmValue, createRecordsBatch, Reader, readRecordsBatches } from "@platformatic/kafka";
import { describe, expect, test } from "vitest";
import { withinLimit } from "./decompression.ts";
import { checkAnswer } from "./fetched-batches.ts";

const message = (value: Buffer) => ({ topic: "flows", value });

function batch(values: readonly Buffer[], compression: CompressionAlgorithmValue = "none"): Buffer {
  return createRecordsBatch(values.map(message), { compression }).buffer;
}

/** A Fetch response, version 11, with one partition that holds these bytes. */
function answer(records: Buffer): Reader {
  const head = Buffer.from("00000000 0000 00000000 00000001 0005 666c6f7773 00000001".replaceAll(" ", ""), "hex");
  const partition = Buffer.from(`00000000 0000 ${"00".repeat(24)} 00000000 ffffffff`.replaceAll(" ", ""), "hex");
  const length = Buffer.alloc(4);
  length.writeInt32BE(records.length);
  return Reader.from(Buffer.concat([head, partition, length, records]));
}

/** The same as version 17 writes it. */
function compactAnswer(records: Buffer): Reader {
  const head = Buffer.from(`00000000 0000 00000000 02 ${"11".repeat(16)} 02`.replaceAll(" ", ""), "hex");
  const partition = Buffer.from(`00000000 0000 ${"00".repeat(24)} 00 ffffffff`.replaceAll(" ", ""), "hex");
  const length = records.length + 1;
  const varint = Buffer.from([(length & 0x7f) | 0x80, ((length >> 7) & 0x7f) | 0x80, length >> 14]);
  return Reader.from(Buffer.concat([head, partition, varint, records, Buffer.from([0, 0, 0])]));
}

const flows = [Buffer.from('{"SrcPort":1}'), Buffer.from('{"SrcPort":2}')];

describe.each([
  [11, answer],
  [17, compactAnswer],
])("an answer of version %i", (version, write) => {
  test.each(["none", "gzip", "snappy", "lz4", "zstd"] as const)("with good batches passes, packed by %s", (packed) => {
    const bytes = Buffer.concat([batch(flows, packed), batch(flows)]);
    checkAnswer(write(bytes), version);
    // A last batch may be cut off by the broker.
    checkAnswer(write(bytes.subarray(0, -3)), version);
    expect(readRecordsBatches(Reader.from(bytes)).flatMap(({ records }) => records.map(({ value }) => value))).toEqual([
      ...flows,
      ...flows,
    ]);
  });

  test("with one bit turned over does not, wherever it is behind the checksum", () => {
    const good = batch(flows);
    for (let bit = 8 * 17; bit < 8 * good.length; bit += 1) {
      const bad = Buffer.concat([good, good]);
      bad[good.length + (bit >> 3)]! ^= 1 << (bit & 7);
      expect(() => checkAnswer(write(bad), version)).toThrow("a batch is damaged: its checksum is another");
    }
  });

  test("without batches passes", () => {
    expect(() => checkAnswer(write(Buffer.alloc(0)), version)).not.toThrow();
  });
});

test.each([
  ["shorter than its head", 8, 20, "a batch is shorter than its own head"],
  ["of a negative length", 8, -30, "a batch is shorter than its own head"],
])("a batch %s is told", (_, at, length, why) => {
  const bad = batch(flows);
  bad.writeInt32BE(length, at);
  expect(() => checkAnswer(answer(bad), 11)).toThrow(why);
});

test("a batch of the old form is told", () => {
  const bad = batch(flows);
  bad[16] = 1;
  expect(() => checkAnswer(answer(bad), 11)).toThrow("a batch of an unknown form");
});

describe("what grows", () => {
  const zeros = batch([Buffer.alloc(4 << 20)], "gzip");
  test.each(["gzip", "snappy", "lz4", "zstd"] as const)("beyond the limit is not unpacked: %s", (packed) => {
    const bytes = packed === "gzip" ? zeros : batch([Buffer.alloc(4 << 20)], packed);
    const read = (limit: number) => () =>
      withinLimit(() => readRecordsBatches(Reader.from(bytes)).flatMap(({ records }) => records).length, limit);
    expect(read(5 << 20)()).toBe(1);
    expect(read(3 << 20)).toThrow(RangeError);
  });

  test("counts together over the batches of an answer", () => {
    const bytes = Buffer.concat([zeros, zeros]);
    const read = (limit: number) => () => withinLimit(() => readRecordsBatches(Reader.from(bytes)).length, limit);
    expect(read(9 << 20)()).toBe(2);
    expect(read(7 << 20)).toThrow(RangeError);
  });

  test.each([
    ["a length that is a lie", "snappy", Buffer.from("ffffffff0f00", "hex")],
    ["a length without end", "snappy", Buffer.from("ffffffffffff", "hex")],
    ["no frame", "lz4", Buffer.from("0000000000000000", "hex")],
    ["a frame without end", "lz4", Buffer.from("04224d186040820000", "hex")],
    ["what is cut off", "gzip", gzipSync(Buffer.alloc(100)).subarray(0, 12)],
  ] as const)("%s of %s is refused", (_, packed, bytes) => {
    const attributes = { gzip: 1, snappy: 2, lz4: 3 }[packed];
    const head = batch(flows).subarray(0, 61);
    const bad = Buffer.concat([head, bytes]);
    bad.writeInt32BE(bad.length - 12, 8);
    bad.writeInt16BE(attributes, 21);
    bad.writeInt32BE(1, 57);
    expect(() => readRecordsBatches(Reader.from(bad))).toThrow(/./);
  });
});
