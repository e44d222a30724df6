import type { DuckDBConnection, DuckDBInstance, DuckDBValue } from "@duckdb/node-api";
import { StoredRow } from "../../app/history/rows/stored-row.ts";
import { unavailable } from "./trouble.ts";

export type Parameters = Record<string, DuckDBValue>;

/** An open history file: one connection that writes, one statement after the other, and as many readers as are asked. */
export class Client {
  private readonly instance: DuckDBInstance;
  private readonly writer: DuckDBConnection;
  private readonly path: string;
  private readonly onClose: () => void;
  private last: Promise<unknown> = Promise.resolve();
  private readonly running = new Set<Promise<unknown>>();
  private isClosed = false;

  constructor(instance: DuckDBInstance, writer: DuckDBConnection, path: string, onClose: () => void) {
    this.instance = instance;
    this.onClose = onClose;
    this.writer = writer;
    this.path = path;
  }

  /** Long work looks here between its steps. */
  get isClosing(): boolean {
    return this.isClosed;
  }

  /** Runs work on the writing connection when everything before it is done, in one transaction: all of it or nothing. */
  async write<T>(work: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
    if (this.isClosed) throw closed();
    const turn = this.last.then(async () => {
      await this.writer.run("BEGIN TRANSACTION");
      try {
        const result = await work(this.writer);
        await this.writer.run("COMMIT");
        return result;
      } catch (error) {
        // A failed COMMIT has already ended the transaction.
        await this.writer.run("ROLLBACK").catch(() => {});
        throw error;
      }
    });
    this.last = turn.catch(() => {});
    return this.told(turn);
  }

  /** Runs one statement on the writing connection, outside of transactions. */
  async alone(sql: string): Promise<void> {
    const turn = this.last.then(async () => this.writer.run(sql));
    this.last = turn.catch(() => {});
    await this.told(turn);
  }

  /** Runs work on a connection of its own, beside all other work; every statement sees whole transactions only. */
  async read<T>(work: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
    if (this.isClosed) throw closed();
    const reading = this.instance.connect().then(async (connection) => {
      try {
        return await work(connection);
      } finally {
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

  async close(): Promise<void> {
    if (this.isClosed) return;
    this.isClosed = true;
    await Promise.all([this.last, ...this.running]);
    this.writer.closeSync();
    this.instance.closeSync();
    this.onClose();
  }

  private async told<T>(work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (error) {
      throw unavailable(error, this.path);
    }
  }
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
