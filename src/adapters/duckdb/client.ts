import { stat } from "node:fs/promises";
import { setTimeout } from "node:timers/promises";
import type { DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import { Snapshot } from "./snapshot.ts";
import { isBeyondUse, unavailable } from "./trouble.ts";
import type { Undo } from "./undo.ts";

const lookEveryMs = 5;

/** A file as DuckDB holds it. */
export interface OpenFile {
  readonly instance: DuckDBInstance;
  readonly writer: DuckDBConnection;
  /** Undefined where nothing is written. */
  readonly undo: Undo | undefined;
}

export interface ClientParts {
  readonly file: OpenFile;
  readonly path: string;
  /** The log is written into the file when it has grown by so much. */
  readonly logBytes: number;
  /** Opens the file again after {@link closeFile}. */
  reopen(): Promise<OpenFile>;
  onClose(): void;
}

/**
 * An open history file: one connection that writes, one statement after the other, and as many readers as are asked. DuckDB
 * gives a file up when the disk is full in the wrong moment, whatever comes later: then it is opened again by who asks next.
 */
export class Client {
  private readonly parts: ClientParts;
  /** Undefined when it was given up, and could not be opened again so far. */
  private file: OpenFile | undefined;
  private isGivenUp = false;
  private mending: Promise<void> | undefined;
  private last: Promise<unknown> = Promise.resolve();
  private readonly snapshots = new Set<Snapshot>();
  private isClosed = false;
  /** Ends when there may be readers again. */
  private reading: Promise<void> | undefined;
  /** What the log has to grow to before it is written into the file. */
  private logAtMost: number;

  constructor(parts: ClientParts) {
    this.parts = parts;
    this.file = parts.file;
    this.logAtMost = parts.logBytes;
  }

  /** Long work looks here between its steps. */
  get isClosing(): boolean {
    return this.isClosed;
  }

  /** Runs work on the writing connection when everything before it is done, in one transaction: all of it or nothing. */
  async write<T>(work: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
    const result = await this.inTurn(async ({ writer }) => {
      await writer.run("BEGIN TRANSACTION");
      try {
        const own = await work(writer);
        await writer.run("COMMIT");
        return own;
      } catch (error) {
        // A failed COMMIT has already ended the transaction.
        await writer.run("ROLLBACK").catch(() => {});
        throw error;
      }
    });
    // Who wrote does not wait for it; who writes next does. Where it fails, the log keeps what was written.
    if (!this.isClosed) this.inTurn(async (file) => this.shortenLog(file)).catch(() => {});
    return result;
  }

  /** Writes the log into the file, beside those who read. */
  async checkpoint(): Promise<void> {
    await this.inTurn(checkpoint);
  }

  /**
   * Gives the room of rows that are gone back to the file. DuckDB does so only while nobody reads: who comes meanwhile waits a
   * moment, and when those who are reading do not end soon it is left for another time.
   * @returns whether it was done
   */
  async giveRoomBack(patienceMs: number): Promise<boolean> {
    return this.inTurn(async (file) => {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.reading = promise;
      try {
        const untilMs = performance.now() + patienceMs;
        while (this.snapshots.size > 0) {
          if (performance.now() >= untilMs || this.isClosed) return false;
          await setTimeout(lookEveryMs);
        }
        await checkpoint(file);
        return true;
      } finally {
        this.reading = undefined;
        resolve();
      }
    });
  }

  /**
   * Runs work on the history as it is now, beside all other work.
   * @param signal stops it: it then rejects with `HistoryUnavailable`
   */
  async read<T>(work: (snapshot: Snapshot) => Promise<T>, signal?: AbortSignal): Promise<T> {
    const snapshot = await this.snapshot(signal);
    try {
      return await this.told(work(snapshot));
    } finally {
      await snapshot.end();
    }
  }

  /** As {@link read}, for an answer that is taken a part at a time; closing the history does not wait for who takes it. */
  async *each<T, R>(
    work: (snapshot: Snapshot) => AsyncGenerator<T, R, undefined>,
    signal?: AbortSignal,
  ): AsyncGenerator<T, R, undefined> {
    const snapshot = await this.snapshot(signal);
    try {
      const parts = work(snapshot);
      for (;;) {
        const { done = false, value } = await this.told(parts.next());
        if (done) return value as R;
        yield value as T;
      }
    } finally {
      await snapshot.end();
    }
  }

  /** Lets what writes come to its end, and stops what reads. */
  async close(): Promise<void> {
    if (this.isClosed) return;
    this.isClosed = true;
    await Promise.all([this.last, this.endSnapshots()]);
    if (this.file !== undefined) {
      // Otherwise it is left to who opens the file next.
      if (!this.isGivenUp) await checkpoint(this.file).catch(() => {});
      await closeFile(this.file);
    }
    this.parts.onClose();
  }

  private async shortenLog(file: OpenFile): Promise<void> {
    const bytes = await sizeOf(`${this.parts.path}.wal`);
    if (bytes < this.logAtMost) return;
    // Should it fail, it is tried again when it is worth more.
    this.logAtMost = bytes + this.parts.logBytes;
    await checkpoint(file);
    this.logAtMost = this.parts.logBytes;
  }

  private async snapshot(signal: AbortSignal | undefined): Promise<Snapshot> {
    if (this.isClosed) throw closed();
    await this.told(this.whole());
    // Another may have come while this one waited.
    while (this.reading !== undefined) await this.reading;
    // It may have been closed meanwhile.
    if (this.isClosing || this.file === undefined) throw closed();
    const snapshot = new Snapshot(this.file.instance, signal, (own) => void this.snapshots.delete(own));
    this.snapshots.add(snapshot);
    return snapshot;
  }

  private async inTurn<T>(work: (file: OpenFile) => Promise<T>): Promise<T> {
    if (this.isClosed) throw closed();
    const ready = this.whole();
    ready.catch(() => {});
    const turn = this.last.then(async () => {
      await ready;
      if (this.file === undefined) throw closed();
      return work(this.file);
    });
    this.last = turn.catch(() => {});
    return this.told(turn);
  }

  /** Opens the file again if it was given up: once, for all who ask meanwhile. */
  private async whole(): Promise<void> {
    if (!this.isGivenUp) return this.mending;
    this.mending ??= this.mend(this.last).finally(() => {
      this.mending = undefined;
    });
    return this.mending;
  }

  private async mend(writing: Promise<unknown>): Promise<void> {
    await Promise.all([writing, this.endSnapshots()]);
    if (this.file !== undefined) await closeFile(this.file);
    this.file = undefined;
    this.file = await this.parts.reopen();
    this.isGivenUp = false;
  }

  private async endSnapshots(): Promise<void> {
    await Promise.all([...this.snapshots].map(async (snapshot) => snapshot.end()));
  }

  private async told<T>(work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (error) {
      if (isBeyondUse(error)) this.isGivenUp = true;
      throw unavailable(error, this.parts.path);
    }
  }
}

export async function closeFile({ instance, writer, undo }: OpenFile): Promise<void> {
  writer.closeSync();
  instance.closeSync();
  await undo?.close();
}

async function checkpoint({ writer, undo }: OpenFile): Promise<void> {
  await undo?.checkpoint(writer);
}

async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch {
    return 0;
  }
}

function closed(): Error {
  return new Error("the history is closed");
}
