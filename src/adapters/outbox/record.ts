import { crc32 } from "node:zlib";
import { z } from "zod";
import type { OutboxEntry } from "../../app/live/outbox.ts";

/**
 * A record: length of all that follows the checksum, CRC-32 of it, length of its head, head as JSON, packed batch. Numbers are
 * 32 bits, little-endian. A record that a crash tore has a wrong length or checksum.
 */
const prefixBytes = 8;
const headLengthBytes = 4;
export const longestRecord = 80 << 20;

/** What a record says beside its batch. */
const recordHead = z.strictObject({
  sequence: z.int().min(1),
  /** Batches below are dropped: they may still be in the folder after a crash. */
  keepFrom: z.int().min(1),
  rows: z.array(z.tuple([z.string(), z.int().min(0)])),
  positions: z.array(z.tuple([z.string(), z.string(), z.string()])),
});
type RecordHead = z.infer<typeof recordHead>;

export interface OutboxRecord extends OutboxEntry {
  readonly keepFrom: number;
}

export function encodeRecord({ sequence, keepFrom, rows, positions, packed }: OutboxRecord): Buffer {
  const head: RecordHead = {
    sequence,
    keepFrom,
    rows: [...rows],
    positions: [...positions].map(([name, { kind, position }]) => [name, kind, position]),
  };
  const text = Buffer.from(JSON.stringify(head));
  const record = Buffer.allocUnsafe(prefixBytes + headLengthBytes + text.length + packed.length);
  record.writeUInt32LE(text.length, prefixBytes);
  text.copy(record, prefixBytes + headLengthBytes);
  record.set(packed, prefixBytes + headLengthBytes + text.length);
  record.writeUInt32LE(record.length - prefixBytes, 0);
  record.writeUInt32LE(crc32(record.subarray(prefixBytes)), 4);
  return record;
}

/** Length of the whole record whose first eight bytes these are; undefined when no record is so long or so short. */
export function recordLength(prefix: Buffer): number | undefined {
  const length = prefix.readUInt32LE(0);
  return length > headLengthBytes && length <= longestRecord ? prefixBytes + length : undefined;
}

/** Undefined when the record is torn or was changed. */
export function decodeRecord(record: Buffer): OutboxRecord | undefined {
  if (record.length < prefixBytes + headLengthBytes || recordLength(record) !== record.length) return undefined;
  if (crc32(record.subarray(prefixBytes)) !== record.readUInt32LE(4)) return undefined;
  const headEnd = prefixBytes + headLengthBytes + record.readUInt32LE(prefixBytes);
  if (headEnd > record.length) return undefined;
  const head = readHead(record.toString("utf8", prefixBytes + headLengthBytes, headEnd));
  if (head === undefined) return undefined;
  const { sequence, keepFrom, rows, positions } = head;
  return {
    sequence,
    keepFrom,
    rows: new Map(rows),
    positions: new Map(positions.map(([name, kind, position]) => [name, { kind, position }])),
    packed: record.subarray(headEnd),
  };
}

function readHead(text: string): RecordHead | undefined {
  try {
    return recordHead.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
