import { type FileHandle, open } from "node:fs/promises";
import { decodeRecord, type OutboxRecord, recordLength } from "./record.ts";

/** At the start of each file: what it is, the version of its form, and the life of the outbox that it belongs to. */
const magic = Buffer.from("POSTERN OUTBOX 1");
const incarnationBytes = 16;
const headerBytes = magic.length + incarnationBytes;
const prefixBytes = 8;

/** Where a batch lies. */
export interface PlacedBatch {
  readonly sequence: number;
  readonly offset: number;
  readonly length: number;
  readonly rows: ReadonlyMap<string, number>;
}

/**
 * One file of the outbox. Records are appended to the newest one; older ones are read, and removed as a whole. Only the newest is
 * held open: a buffer that fills for days has hundreds.
 */
export class Segment {
  readonly path: string;
  readonly incarnation: string;
  readonly batches: PlacedBatch[] = [];
  bytes: number;
  /** For appending. */
  private file: FileHandle | undefined;

  private constructor(path: string, incarnation: string, file: FileHandle | undefined, bytes: number) {
    this.path = path;
    this.incarnation = incarnation;
    this.file = file;
    this.bytes = bytes;
  }

  static async create(path: string, incarnation: string): Promise<Segment> {
    const file = await open(path, "wx+", 0o600);
    try {
      await file.write(Buffer.concat([magic, Buffer.from(incarnation, "hex")]), 0, headerBytes, 0);
      await file.datasync();
    } catch (error) {
      await file.close();
      throw error;
    }
    return new Segment(path, incarnation, file, headerBytes);
  }

  /**
   * Opens a file that an earlier process wrote, and looks at every record. What a crash tore at its end is cut off.
   * @returns undefined for a file that has no whole header: nothing was ever in it
   */
  static async open(
    path: string,
    onRecord: (record: OutboxRecord) => void,
  ): Promise<{ readonly segment: Segment; readonly tornBytes: number } | undefined> {
    const file = await open(path, "r+");
    try {
      return await Segment.readAll(file, path, onRecord);
    } finally {
      await file.close();
    }
  }

  private static async readAll(
    file: FileHandle,
    path: string,
    onRecord: (record: OutboxRecord) => void,
  ): Promise<{ readonly segment: Segment; readonly tornBytes: number } | undefined> {
    const { size } = await file.stat();
    const header = Buffer.alloc(headerBytes);
    const { bytesRead } = await file.read(header, 0, headerBytes, 0);
    if (bytesRead < headerBytes || !header.subarray(0, magic.length).equals(magic)) {
      return undefined;
    }
    const segment = new Segment(path, header.toString("hex", magic.length), undefined, headerBytes);
    for (;;) {
      const record = await readAt(file, segment.bytes, size);
      if (record === undefined) break;
      onRecord(record.decoded);
      const { sequence, rows } = record.decoded;
      segment.batches.push({ sequence, rows, offset: segment.bytes, length: record.length });
      segment.bytes += record.length;
    }
    if (segment.bytes < size) await file.truncate(segment.bytes);
    return { segment, tornBytes: size - segment.bytes };
  }

  /** Undefined when the disk has changed it since. */
  async read({ offset, length }: Pick<PlacedBatch, "offset" | "length">): Promise<OutboxRecord | undefined> {
    const file = await open(this.path, "r");
    try {
      return await readRecord(file, offset, length);
    } finally {
      await file.close();
    }
  }

  /** When the promise resolves the record survives a crash; when it rejects the file is as it was. */
  async append(record: Buffer, { sequence, rows }: Pick<OutboxRecord, "sequence" | "rows">): Promise<void> {
    const { file, bytes: offset } = this;
    if (file === undefined) throw new Error("only the newest file is written to");
    try {
      for (let at = 0; at < record.length;) {
        const { bytesWritten } = await file.write(record, at, record.length - at, offset + at);
        at += bytesWritten;
      }
      await file.datasync();
    } catch (error) {
      await file.truncate(offset).catch(() => {});
      throw error;
    }
    this.batches.push({ sequence, rows, offset, length: record.length });
    this.bytes += record.length;
  }

  /** Nothing is appended any more; it can still be read. */
  async close(): Promise<void> {
    const { file } = this;
    this.file = undefined;
    await file?.close();
  }
}

async function readAt(
  file: FileHandle,
  offset: number,
  size: number,
): Promise<{ readonly decoded: OutboxRecord; readonly length: number } | undefined> {
  const prefix = Buffer.alloc(prefixBytes);
  if (offset + prefixBytes > size) return undefined;
  await file.read(prefix, 0, prefixBytes, offset);
  const length = recordLength(prefix);
  if (length === undefined || offset + length > size) return undefined;
  const decoded = await readRecord(file, offset, length);
  return decoded === undefined ? undefined : { decoded, length };
}

async function readRecord(file: FileHandle, offset: number, length: number): Promise<OutboxRecord | undefined> {
  const record = Buffer.allocUnsafe(length);
  const { bytesRead } = await file.read(record, 0, length, offset);
  return bytesRead === length ? decodeRecord(record) : undefined;
}
