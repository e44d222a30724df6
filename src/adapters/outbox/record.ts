import { crc32 } from "node:zlib";
import type { OutboxEntry } from "../../app/live/outbox.ts";

/**
 * A record: length of all that follows the checksum, CRC-32 of it, length of its head, head as JSON, packed batch. Numbers are
 * 32 bits, little-endian. A record that a crash tore has a wrong length or checksum.
 */
const prefixBytes = 8;
const headLengthBytes = 4;
export const longestRecord = 80 << 20;

/** What a record says beside its batch. */
interface RecordHead {
  readonly sequence: number;
  /** Batches below are dropped: they may still be in the folder after a crash. */
  readonly keepFrom: number;
  /** Source and rows. */
  readonly rows: readonly (readonly [string, number])[];
  /** Source, its kind and its position. */
  readonly positions: readonly (readonly [string, string, string])[];
}

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

/** The checksum says that it is what was written; the form says by whom: another version may have written it. */
function readHead(text: string): RecordHead | undefined {
  let head: unknown;
  try {
    head = JSON.parse(text);
  } catch {
    return undefined;
  }
  return isHead(head) ? head : undefined;
}

const headKeys = "keepFrom,positions,rows,sequence";

function isHead(head: unknown): head is RecordHead {
  if (typeof head !== "object" || head === null || Object.keys(head).toSorted().join() !== headKeys) return false;
  const { sequence, keepFrom, rows, positions } = head as Readonly<Record<string, unknown>>;
  return (
    isWhole(sequence, 1) &&
    isWhole(keepFrom, 1) &&
    isListOf(rows, ([name, count, ...more]) => isText(name) && isWhole(count, 0) && more.length === 0) &&
    isListOf(positions, (position) => position.length === 3 && position.every(isText))
  );
}

function isListOf(list: unknown, isTuple: (item: readonly unknown[]) => boolean): boolean {
  return Array.isArray(list) && list.every((item) => Array.isArray(item) && isTuple(item));
}

function isText(value: unknown): boolean {
  return typeof value === "string";
}

function isWhole(value: unknown, least: number): boolean {
  return Number.isSafeInteger(value) && (value as number) >= least;
}
