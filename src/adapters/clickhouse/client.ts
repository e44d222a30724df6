import { randomUUID } from "node:crypto";
import type { Readable } from "node:stream";
import { type ClickHouseClient, ClickHouseLogLevel, type ClickHouseSettings, createClient } from "@clickhouse/client";
import { givenUp } from "../../app/history/few-at-once.ts";
import { HistoryUnavailable } from "../../app/history/history-unavailable.ts";
import type { StoredRow } from "../../app/history/rows/stored-row.ts";
import { rowsOfAnswer } from "./answer-rows.ts";
import type { ClickHouseConfig } from "./config.ts";
import { identifier } from "./ddl.ts";
import {
  defaultRequestTimeoutMs,
  exportSettings,
  maxConnections,
  questionSettings,
  statementSettings,
  stopTimeoutMs,
} from "./limits.ts";
import { brokenOff, isTimeout, isUnreached, saidByServer, unavailable } from "./trouble.ts";

export type QueryParameters = Record<string, string | number | readonly string[]>;

const closed = { code: "history_given_up", message: "the history is closed" };

interface Host {
  readonly name: string;
  readonly client: ClickHouseClient;
}

/** What can be asked of a history, for one who asks. */
export interface Reader {
  /** A table of the history, with its database. */
  table(name: string): string;
  rows(query: string, parameters?: QueryParameters): Promise<StoredRow[]>;
  /** Rows as the server finds them; who leaves early stops it. */
  parts(query: string, parameters?: QueryParameters): AsyncGenerator<readonly StoredRow[], void, undefined>;
  /** The bytes of an answer in the format that the statement names, which is made whole before it begins. */
  bytes(query: string): AsyncGenerator<Uint8Array, void, undefined>;
}

/** Statements to one server, or to the first of several that is there, whose trouble is told in words for people. */
export class Client {
  readonly config: ClickHouseConfig;
  readonly #hosts: readonly Host[];
  /** Of a question. */
  readonly #settings: ClickHouseSettings;
  /** The host that answered last. */
  #at = 0;
  /** What stops each question that is under way. */
  readonly #questions = new Set<() => void>();
  readonly #stopping = new Set<Promise<unknown>>();
  #isClosed = false;

  constructor(config: ClickHouseConfig) {
    this.config = config;
    this.#settings = questionSettings(config);
    this.#hosts = config.urls.map((url) => ({
      name: URL.parse(url)?.host ?? url,
      client: createClient({
        url,
        username: config.user,
        password: config.password,
        request_timeout: this.#requestTimeoutMs,
        max_open_connections: maxConnections,
        ...(config.ca === undefined ? {} : { tls: { ca_cert: Buffer.from(config.ca) } }),
        // It would write statements to standard error; what goes wrong is told by whoever asked.
        log: { level: ClickHouseLogLevel.OFF },
      }),
    }));
  }

  table(name: string): string {
    return `${identifier(this.config.database)}.${name}`;
  }

  /** A statement that every host of a cluster has to carry out: it fails when one of them does not, or is away. */
  async command(query: string, parameters: QueryParameters = {}): Promise<void> {
    await this.#change(query, parameters, {
      distributed_ddl_task_timeout: "100",
      distributed_ddl_output_mode: "throw",
    });
  }

  /** A statement that a host which is away carries out when it is back, and that nothing waits for. */
  async commandWhoIsThere(query: string, parameters: QueryParameters = {}): Promise<void> {
    await this.#change(query, parameters, {
      distributed_ddl_task_timeout: "20",
      distributed_ddl_output_mode: "null_status_on_timeout",
    });
  }

  /** Asks in the name of somebody who may leave: every question then rejects with {@link HistoryUnavailable}. */
  reader(signal?: AbortSignal): Reader {
    return {
      table: (name) => this.table(name),
      rows: async (query, parameters) => this.rows(query, parameters, signal),
      parts: (query, parameters) => this.#parts(query, parameters, signal),
      bytes: (query) => this.#bytes(query, {}, exportSettings, signal),
    };
  }

  async rows(query: string, parameters: QueryParameters = {}, signal?: AbortSignal): Promise<StoredRow[]> {
    const rows: StoredRow[] = [];
    for await (const some of this.#parts(query, parameters, signal)) for (const row of some) rows.push(row);
    return rows;
  }

  /** What the server is, asked for in words and settings that every version knows. */
  async version(): Promise<string> {
    const rows: StoredRow[] = [];
    const body = this.#bytes("SELECT version() AS version FORMAT JSONEachRow", {}, {}, undefined);
    for await (const some of this.#told(rowsOfAnswer(body))) rows.push(...some);
    return rows[0]?.text("version") ?? "";
  }

  /** @param token the same rows with the same token are inserted once */
  async insert(table: string, values: readonly unknown[], token: string): Promise<void> {
    if (values.length === 0) return;
    await this.#onSomeHost(async ({ client }) =>
      client.insert({
        table: this.table(table),
        values,
        format: "JSONEachRow",
        clickhouse_settings: {
          ...statementSettings,
          async_insert: 0,
          insert_deduplicate: 1,
          insert_deduplication_token: token,
          deduplicate_blocks_in_dependent_materialized_views: 1,
          // Acknowledged is stored, on the shard where it belongs.
          distributed_foreground_insert: 1,
          // A batch is one block, so that its token names it whole.
          max_insert_block_size: "2000000",
          input_format_parallel_parsing: 0,
          max_partitions_per_insert_block: "1000",
        },
      }),
    );
  }

  /** Stops what is asked. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const stop of this.#questions) stop();
    await Promise.all(this.#stopping);
    await Promise.all(this.#hosts.map(async ({ client }) => client.close()));
  }

  async #change(query: string, parameters: QueryParameters, onCluster: ClickHouseSettings): Promise<void> {
    const settings = { ...statementSettings, ...(this.config.cluster === undefined ? {} : onCluster) };
    await this.#onSomeHost(async ({ client }) =>
      client.command({ query, query_params: parameters, clickhouse_settings: settings }),
    );
  }

  #parts(
    query: string,
    parameters: QueryParameters = {},
    signal?: AbortSignal,
  ): AsyncGenerator<readonly StoredRow[], void, undefined> {
    return this.#told(rowsOfAnswer(this.#bytes(`${query} FORMAT JSONEachRow`, parameters, this.#settings, signal)));
  }

  async *#told<T>(parts: AsyncGenerator<T, void, undefined>): AsyncGenerator<T, void, undefined> {
    try {
      yield* parts;
    } catch (error) {
      throw this.#words(error);
    }
  }

  async *#bytes(
    query: string,
    parameters: QueryParameters,
    settings: ClickHouseSettings,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<Uint8Array, void, undefined> {
    const question = new AbortController();
    const id = randomUUID();
    let stream: Readable | undefined;
    let asked: Host | undefined;
    let isOver = false;
    const tellServer = (): void => {
      if (!isOver && asked !== undefined) this.#stopAt(asked, id);
      isOver = true;
    };
    // At once, also where nobody asks for the next part any more.
    const stop = (): void => {
      question.abort();
      stream?.destroy();
      tellServer();
    };
    const throwIfStopped = (): void => {
      if (signal?.aborted === true) throw new HistoryUnavailable(givenUp);
      if (this.#isClosed) throw new HistoryUnavailable(closed);
    };
    throwIfStopped();
    signal?.addEventListener("abort", stop, { once: true });
    this.#questions.add(stop);
    let heardAt = 0;
    try {
      const answer = await this.#onSomeHost(async (host) => {
        asked = host;
        return host.client.exec({
          query,
          query_params: parameters,
          query_id: id,
          abort_signal: question.signal,
          clickhouse_settings: settings,
        });
      });
      stream = answer.stream;
      throwIfStopped();
      heardAt = performance.now();
      for await (const chunk of stream) {
        heardAt = performance.now();
        yield chunk as Uint8Array;
      }
      // What is destroyed ends as well.
      throwIfStopped();
      isOver = true;
    } catch (error) {
      throwIfStopped();
      isOver = saidByServer((error as Error).cause ?? error) !== undefined;
      if (stream === undefined || asked === undefined) throw this.#words(error);
      throw brokenOff(error, asked.name, this.#requestTimeoutMs, performance.now() - heardAt);
    } finally {
      signal?.removeEventListener("abort", stop);
      this.#questions.delete(stop);
      stream?.destroy();
      tellServer();
    }
  }

  /** Servers notice a closed connection only between steps that read; what they hear of at once is this. */
  #stopAt({ client }: Host, id: string): void {
    const stopped = client
      .command({
        query: "KILL QUERY WHERE query_id = {id:String} ASYNC",
        query_params: { id },
        abort_signal: AbortSignal.timeout(stopTimeoutMs),
      })
      .catch(() => {})
      .finally(() => this.#stopping.delete(stopped));
    this.#stopping.add(stopped);
  }

  /** Asks the hosts in turn, from the one that answered last, until one is there: no statement does harm when it comes twice. */
  async #onSomeHost<T>(work: (host: Host) => Promise<T>): Promise<T> {
    for (let left = this.#hosts.length - 1; ; left -= 1) {
      const at = this.#at;
      try {
        return await work(this.#hosts[at]!);
      } catch (error) {
        const isAway = isUnreached(error);
        // One that says nothing has waited long enough for both; the next question goes elsewhere.
        if ((isAway || isTimeout(error)) && this.#at === at) this.#at = (at + 1) % this.#hosts.length;
        if (!isAway || left === 0 || this.#isClosed) throw this.#words(error, at);
      }
    }
  }

  get #requestTimeoutMs(): number {
    return this.config.requestTimeoutMs ?? defaultRequestTimeoutMs;
  }

  #words(error: unknown, at = this.#at): unknown {
    return unavailable(error, this.#hosts[at]!.name, this.#requestTimeoutMs);
  }
}
