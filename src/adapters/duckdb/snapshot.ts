import { setInterval } from "node:timers";
import type { DuckDBConnection, DuckDBDataChunk, DuckDBInstance } from "@duckdb/node-api";
import { givenUp } from "../../app/history/few-at-once.ts";
import { HistoryUnavailable } from "../../app/history/history-unavailable.ts";
import type { StoredRow } from "../../app/history/rows/stored-row.ts";
import { type Parameters, rowsOf } from "./rows-of.ts";

/** DuckDB forgets an interruption that comes between planning a statement and running it. */
const interruptEveryMs = 50;

/**
 * The history at one moment, on a connection of its own. DuckDB plans a statement and runs it in two steps, and leaves out what
 * the plan found empty: without a transaction around both, rows that move between tables meanwhile are seen nowhere.
 */
export class Snapshot {
  readonly #connection: Promise<DuckDBConnection>;
  readonly #signal: AbortSignal | undefined;
  readonly #onEnd: (snapshot: Snapshot) => void;
  readonly #stop = (): void => void this.end();
  #current: Promise<unknown>;
  #ended: Promise<void> | undefined;

  /** @param signal ends it, with the statement that is under way */
  constructor(instance: DuckDBInstance, signal: AbortSignal | undefined, onEnd: (snapshot: Snapshot) => void) {
    this.#connection = begin(instance);
    this.#current = this.#connection.catch(() => {});
    this.#signal = signal;
    this.#onEnd = onEnd;
    signal?.addEventListener("abort", this.#stop, { once: true });
  }

  async rows(sql: string, parameters: Parameters = {}): Promise<StoredRow[]> {
    return this.use(async (connection) => rowsOf(connection, sql, parameters));
  }

  /** Rows of an answer as DuckDB makes them, without ever holding all. */
  async *chunks(sql: string): AsyncGenerator<DuckDBDataChunk, void, undefined> {
    const result = await this.use(async (connection) => connection.stream(sql));
    for (;;) {
      const chunk = await this.use(async () => result.fetchChunk());
      if (chunk === null || chunk.rowCount === 0) return;
      yield chunk;
    }
  }

  /** Rejects with {@link HistoryUnavailable} when nobody waits any more. */
  async use<T>(work: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
    this.#throwIfEnded();
    const connection = await this.#connection;
    this.#throwIfEnded();
    const running = work(connection);
    this.#current = running.catch(() => {});
    try {
      return await running;
    } catch (error) {
      this.#throwIfEnded();
      throw error;
    }
  }

  /** Interrupts what is under way, and resolves when the connection is closed. */
  end(): Promise<void> {
    this.#ended ??= this.#end();
    return this.#ended;
  }

  async #end(): Promise<void> {
    this.#signal?.removeEventListener("abort", this.#stop);
    const connection = await this.#connection.catch(() => undefined);
    connection?.interrupt();
    const timer = setInterval(() => connection?.interrupt(), interruptEveryMs);
    await this.#current;
    clearInterval(timer);
    connection?.closeSync();
    this.#onEnd(this);
  }

  #throwIfEnded(): void {
    if (this.#signal?.aborted === true) throw new HistoryUnavailable(givenUp);
    if (this.#ended !== undefined) throw new Error("the history is closed");
  }
}

async function begin(instance: DuckDBInstance): Promise<DuckDBConnection> {
  const connection = await instance.connect();
  try {
    await connection.run("BEGIN TRANSACTION READ ONLY");
    return connection;
  } catch (error) {
    connection.closeSync();
    throw error;
  }
}
