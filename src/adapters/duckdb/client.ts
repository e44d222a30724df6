import type { DuckDBConnection, DuckDBInstance, DuckDBValue } from "@duckdb/node-api";
import { StoredRow } from "../../app/history/rows/stored-row.ts";
import { isBeyondUse, unavailable } from "./trouble.ts";

export type Parameters = Record<string, DuckDBValue>;

/** A file as DuckDB holds it. */
export interface OpenFile {
  readonly instance: DuckDBInstance;
  readonly writer: DuckDBConnection;
}

export interface ClientParts {
  readonly file: OpenFile;
  readonly path: string;
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
  private readonly running = new Set<Promise<unknown>>();
  private readonly readers = new Set<DuckDBConnection>();
  private isClosed = false;

  constructor(parts: ClientParts) {
    this.parts = parts;
    this.file = parts.file;
  }

  /** Long work looks here between its steps. */
  get isClosing(): boolean {
    return this.isClosed;
  }

  /** Runs work on the writing connection when everything before it is done, in one transaction: all of it or nothing. */
  async write<T>(work: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
    return this.inTurn(async (writer) => {
      await writer.run("BEGIN TRANSACTION");
      try {
        const result = await work(writer);
        await writer.run("COMMIT");
        return result;
      } catch (error) {
        // A failed COMMIT has already ended the transaction.
        await writer.run("ROLLBACK").catch(() => {});
        throw error;
      }
    });
  }

  /** Runs one statement on the writing connection, outside of transactions. */
  async alone(sql: string): Promise<void> {
    await this.inTurn(async (writer) => writer.run(sql));
  }

  /** Runs work on a connection of its own, beside all other work; every statement sees whole transactions only. */
  async read<T>(work: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
    if (this.isClosed) throw closed();
    await this.told(this.whole());
    // It may have been closed meanwhile.
    if (this.isClosing || this.file === undefined) throw closed();
    const reading = this.file.instance.connect().then(async (connection) => {
      this.readers.add(connection);
      try {
        return await work(connection);
      } finally {
        this.readers.delete(connection);
        connection.closeSync();
      }
    });
    const settled = reading.catch(() => {});
    this.running.add(settled);
    try {
      return await this.told(reading);
    } finally {
      this.running.delete(settled);
    }
  }

  async rows(sql: string, parameters: Parameters = {}): Promise<StoredRow[]> {
    return this.read(async (connection) => rowsOf(connection, sql, parameters));
  }

  /** Lets what writes come to its end, and stops what reads. */
  async close(): Promise<void> {
    if (this.isClosed) return;
    this.isClosed = true;
    for (const connection of this.readers) connection.interrupt();
    await Promise.all([this.last, ...this.running]);
    if (this.file !== undefined) closeFile(this.file);
    this.parts.onClose();
  }

  private async inTurn<T>(work: (writer: DuckDBConnection) => Promise<T>): Promise<T> {
    if (this.isClosed) throw closed();
    const ready = this.whole();
    ready.catch(() => {});
    const turn = this.last.then(async () => {
      await ready;
      if (this.file === undefined) throw closed();
      return work(this.file.writer);
    });
    this.last = turn.catch(() => {});
    return this.told(turn);
  }

  /** Opens the file again if it was given up: once, for all who ask meanwhile. */
  private async whole(): Promise<void> {
    if (!this.isGivenUp) return this.mending;
    this.mending ??= this.mend(Promise.all([this.last, ...this.running])).finally(() => {
      this.mending = undefined;
    });
    return this.mending;
  }

  private async mend(others: Promise<unknown>): Promise<void> {
    await others;
    if (this.file !== undefined) closeFile(this.file);
    this.file = undefined;
    this.file = await this.parts.reopen();
    this.isGivenUp = false;
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

export function closeFile({ instance, writer }: OpenFile): void {
  writer.closeSync();
  instance.closeSync();
}

export async function rowsOf(
  connection: DuckDBConnection,
  sql: string,
  parameters: Parameters = {},
): Promise<StoredRow[]> {
  const reader = await connection.runAndReadAll(sql, parameters);
  return reader.getRowObjectsJS().map((row) => new StoredRow(row));
}

/** The number in column `n` of the only row; 0 without a row. */
export async function numberOf(
  connection: DuckDBConnection,
  sql: string,
  parameters: Parameters = {},
): Promise<number> {
  const [row] = await rowsOf(connection, sql, parameters);
  return row?.maybe("n") ?? 0;
}

function closed(): Error {
  return new Error("the history is closed");
}
