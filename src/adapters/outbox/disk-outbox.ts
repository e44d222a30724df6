import { randomBytes } from "node:crypto";
import { mkdir, open, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { getSystemErrorMessage } from "node:util";
import type { Failure } from "../../app/failure.ts";
import type {
  DroppedBatches,
  Outbox,
  OutboxEntry,
  OutboxSize,
  SourcePosition,
  WaitingBatch,
} from "../../app/live/outbox.ts";
import { fail, ok, type Result } from "../../core/result.ts";
import { DeliveredMark } from "./delivered-mark.ts";
import { lockFolder } from "./lock.ts";
import { encodeRecord, type OutboxRecord } from "./record.ts";
import { Segment } from "./segment.ts";

export interface DiskOutboxOptions {
  readonly folder: string;
  /** Of all files together; exceeded by at most one batch. */
  readonly maxBytes: number;
}

/** What was found when the folder was opened. */
export interface OpenedOutbox {
  readonly outbox: DiskOutbox;
  /** Bytes at the end of files that a crash left behind. */
  readonly tornBytes: number;
}

const namePattern = /^\d{16}\.batches$/;
const segmentsPerOutbox = 16;
/** Small, because the newest file stays: on a disk that is full it must not be all there is. */
const largestSegment = 1 << 20;

/**
 * An outbox in a folder: a row of files, each with a run of batches. A file goes when everything in it is delivered, and the newest
 * always stays, because its last batch knows the positions of sources and the number that comes next.
 */
export class DiskOutbox implements Outbox {
  /** Never that of an earlier process: numbers go on from what the folder says, and a copy of it says the same. */
  readonly incarnation = randomBytes(16).toString("hex");
  nextSequence = 1;
  positions: ReadonlyMap<string, SourcePosition> = new Map();
  private readonly folder: string;
  private readonly maxBytes: number;
  private readonly segmentBytes: number;
  private readonly unlock: () => Promise<void>;
  private readonly delivered: DeliveredMark;
  private readonly segments: Segment[] = [];
  /** Batches up to here are delivered or dropped. */
  private doneThrough = 0;
  /** What the last batch said is dropped, from here on is kept. */
  private keepFrom = 1;
  private toldKeepFrom = 1;
  /** Dropped at once, because the disk was full, and not told yet. */
  private untold: { batches: number; rows: Map<string, number> } = { batches: 0, rows: new Map() };
  private arrived = Promise.withResolvers<void>();

  private constructor(options: DiskOutboxOptions, unlock: () => Promise<void>) {
    this.folder = options.folder;
    this.maxBytes = options.maxBytes;
    this.segmentBytes = Math.min(largestSegment, Math.max(1, Math.floor(options.maxBytes / segmentsPerOutbox)));
    this.unlock = unlock;
    this.delivered = new DeliveredMark(options.folder);
  }

  static async open(options: DiskOutboxOptions): Promise<Result<OpenedOutbox, Failure>> {
    const { folder } = options;
    try {
      await makeFolder(folder);
      const unlock = await lockFolder(folder);
      if (unlock === undefined) {
        const message = `the buffer \`${folder}\` is used by another observer; give each its own folder`;
        return fail({ code: "observe_buffer_busy", message });
      }
      const outbox = new DiskOutbox(options, unlock);
      try {
        return ok({ outbox, tornBytes: await outbox.read() });
      } catch (error) {
        await outbox.close();
        throw error;
      }
    } catch (error) {
      return fail({
        code: "observe_buffer_unusable",
        message: `the buffer \`${folder}\` cannot be used: ${why(error)}`,
      });
    }
  }

  /** Goes on from what the folder says. @returns bytes at the end of files that a crash left behind */
  private async read(): Promise<number> {
    const names = (await readdir(this.folder)).filter((name) => namePattern.test(name)).toSorted();
    let tornBytes = 0;
    let last: Pick<OutboxRecord, "sequence" | "keepFrom" | "positions"> | undefined;
    for (const name of names) {
      const path = join(this.folder, name);
      const found = await Segment.open(path, (record) => {
        last = record;
      });
      if (found === undefined) {
        await rm(path);
        continue;
      }
      tornBytes += found.tornBytes;
      this.segments.push(found.segment);
    }
    if (last === undefined) {
      for (const segment of this.segments.splice(0)) await this.remove(segment);
      return tornBytes;
    }
    const { sequence, keepFrom, positions } = last;
    this.nextSequence = sequence + 1;
    this.positions = positions;
    this.keepFrom = this.toldKeepFrom = keepFrom;
    const noted = await this.delivered.read(this.segments.map(({ incarnation }) => incarnation));
    this.doneThrough = Math.max(keepFrom - 1, noted <= sequence ? noted : 0);
    await this.tidy();
    return tornBytes;
  }

  overdue(): DroppedBatches {
    const { rows } = this.untold;
    let { batches } = this.untold;
    // They are told now: the batch that tells them is given to `append` until it is taken.
    this.untold = { batches: 0, rows: new Map() };
    let { bytes } = this.size;
    this.toldKeepFrom = this.keepFrom;
    for (const segment of this.segments.slice(0, -1)) {
      if (bytes <= this.maxBytes) break;
      batches += this.addDropped(segment, rows);
      bytes -= segment.bytes;
      this.toldKeepFrom = Math.max(this.toldKeepFrom, (segment.batches.at(-1)?.sequence ?? 0) + 1);
    }
    return { batches, rows };
  }

  /** Counts what of a file nobody has yet. @returns how many batches */
  private addDropped(segment: Segment, rows: Map<string, number>): number {
    const waiting = segment.batches.filter(({ sequence }) => sequence > this.doneThrough);
    for (const batch of waiting) {
      for (const [name, count] of batch.rows) rows.set(name, (rows.get(name) ?? 0) + count);
    }
    return waiting.length;
  }

  async append(entry: OutboxEntry): Promise<Result<void, Failure>> {
    const keepFrom = this.toldKeepFrom;
    const record = encodeRecord({ ...entry, keepFrom });
    for (;;) {
      try {
        const segment = await this.segmentFor(record.length, entry.sequence);
        await segment.append(record, entry);
        break;
      } catch (error) {
        if (isFull(error) && (await this.dropOldest())) continue;
        const message = `the buffer \`${this.folder}\` cannot be written: ${why(error)}`;
        return fail({ code: "observe_buffer_unusable", message });
      }
    }
    this.nextSequence = entry.sequence + 1;
    this.positions = entry.positions;
    this.keepFrom = keepFrom;
    this.doneThrough = Math.max(this.doneThrough, keepFrom - 1);
    await this.tidy();
    this.arrived.resolve();
    this.arrived = Promise.withResolvers<void>();
    return ok(undefined);
  }

  private async segmentFor(bytes: number, sequence: number): Promise<Segment> {
    const newest = this.segments.at(-1);
    const isOwn = newest !== undefined && newest.incarnation === this.incarnation;
    if (isOwn && (newest.batches.length === 0 || newest.bytes + bytes <= this.segmentBytes)) return newest;
    const path = join(this.folder, `${String(sequence).padStart(16, "0")}.batches`);
    // Of an append that failed after it had begun a file.
    await rm(path, { force: true });
    const segment = await Segment.create(path, this.incarnation);
    await syncFolder(this.folder);
    await newest?.close();
    this.segments.push(segment);
    return segment;
  }

  /** The disk is full: room is made at once, and told with the batch after the next. */
  private async dropOldest(): Promise<boolean> {
    const [oldest, ...others] = this.segments;
    if (oldest === undefined || others.every(({ batches }) => batches.length === 0)) return false;
    this.untold.batches += this.addDropped(oldest, this.untold.rows);
    this.doneThrough = Math.max(this.doneThrough, oldest.batches.at(-1)?.sequence ?? 0);
    await this.tidy();
    return true;
  }

  async oldest(signal: AbortSignal): Promise<WaitingBatch | undefined> {
    while (!signal.aborted) {
      const { promise } = this.arrived;
      const found = await this.readOldest();
      if (found !== undefined) return found;
      await until(promise, signal);
    }
    return undefined;
  }

  private async readOldest(): Promise<WaitingBatch | undefined> {
    for (const segment of this.segments) {
      for (const batch of segment.batches) {
        if (batch.sequence <= this.doneThrough) continue;
        const record = await segment.read(batch).catch(() => undefined);
        // Dropped while it was read.
        if (batch.sequence <= this.doneThrough) return this.readOldest();
        if (record !== undefined) return { sequence: batch.sequence, packed: record.packed, rows: batch.rows };
        // The disk changed it under our eyes: lost, and told as dropped.
        this.untold.batches += 1;
        for (const [name, rows] of batch.rows) this.untold.rows.set(name, (this.untold.rows.get(name) ?? 0) + rows);
        await this.done(batch.sequence);
        return this.readOldest();
      }
    }
    return undefined;
  }

  async done(sequence: number): Promise<void> {
    this.doneThrough = Math.max(this.doneThrough, sequence);
    await this.delivered.note(this.segments.at(-1)?.incarnation ?? this.incarnation, this.doneThrough);
    await this.tidy();
  }

  /** Removes files of which nothing is waiting; the newest stays. */
  private async tidy(): Promise<void> {
    for (;;) {
      const [oldest, next] = this.segments;
      if (oldest === undefined || next === undefined || next.batches.length === 0) return;
      if ((oldest.batches.at(-1)?.sequence ?? 0) > this.doneThrough) return;
      this.segments.shift();
      await this.remove(oldest);
    }
  }

  private async remove(segment: Segment): Promise<void> {
    await segment.close();
    await rm(segment.path, { force: true });
  }

  get size(): OutboxSize {
    const bytes = this.segments.reduce((sum, segment) => sum + segment.bytes, 0);
    return { batches: Math.max(0, this.nextSequence - 1 - this.doneThrough), bytes };
  }

  async close(): Promise<void> {
    await Promise.all(this.segments.map((segment) => segment.close()));
    await this.delivered.close();
    await this.unlock();
  }
}

function isFull(error: unknown): boolean {
  return error instanceof Error && "code" in error && (error.code === "ENOSPC" || error.code === "EDQUOT");
}

function why(error: unknown): string {
  if (error instanceof Error && "errno" in error && typeof error.errno === "number") {
    return getSystemErrorMessage(error.errno);
  }
  return error instanceof Error ? error.message : String(error);
}

async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
  } catch (error) {
    // What Node.js says where a folder above is on a file system that is read-only.
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    throw new Error("the file system is read-only; mount one there, or name another folder", { cause: error });
  }
}

/** A new file survives a crash only when its folder does. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function until(promise: Promise<void>, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  const stopped = Promise.withResolvers<void>();
  const stop = (): void => stopped.resolve();
  signal.addEventListener("abort", stop, { once: true });
  await Promise.race([promise, stopped.promise]);
  signal.removeEventListener("abort", stop);
}
