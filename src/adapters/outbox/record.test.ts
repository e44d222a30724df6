import { crc32 } from "node:zlib";
import { expect, test } from "vitest";
import { decodeRecord, encodeRecord } from "./record.ts";

const entry = {
  sequence: 3,
  keepFrom: 2,
  rows: new Map([["flows", 7]]),
  positions: new Map([["flows", { kind: "hubble", position: "17" }]]),
  packed: Buffer.from("batch"),
};

test("what is written is read again", () => {
  expect(decodeRecord(encodeRecord(entry))).toEqual(entry);
});

/** A record that is whole and has another head. */
function recordWith(head: string): Buffer {
  const record = Buffer.alloc(12 + Buffer.byteLength(head));
  record.writeUInt32LE(Buffer.byteLength(head), 8);
  record.write(head, 12);
  record.writeUInt32LE(record.length - 8, 0);
  record.writeUInt32LE(crc32(record.subarray(8)), 4);
  return record;
}

const head = { sequence: 3, keepFrom: 2, rows: [["flows", 7]], positions: [["flows", "hubble", "17"]] };

test.each<[string, object | null]>([
  ["nothing", null],
  ["a field less", { ...head, rows: undefined }],
  ["a field more", { ...head, more: 1 }],
  ["a number before the first", { ...head, sequence: 0 }],
  ["a number that is a text", { ...head, keepFrom: "2" }],
  ["rows that are none", { ...head, rows: {} }],
  ["a row too long", { ...head, rows: [["flows", 7, 7]] }],
  ["half a row", { ...head, rows: [["flows", 0.5]] }],
  ["a position without its kind", { ...head, positions: [["flows", "17"]] }],
  ["a position that is a number", { ...head, positions: [["flows", "hubble", 17]] }],
])("%s is no head of a record", (_, own) => {
  expect(decodeRecord(recordWith(JSON.stringify(head)))).toBeDefined();
  expect(decodeRecord(recordWith(JSON.stringify(own)))).toBeUndefined();
});
