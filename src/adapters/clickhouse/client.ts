import type { Readable } from "node:stream";
import {
  type ClickHouseClient,
  ClickHouseError,
  ClickHouseLogLevel,
  type ClickHouseSettings,
  createClient,
} from "@clickhouse/client";
import { HistoryUnavailable } from "../../app/history/history-unavailable.ts";
import { StoredRow } from "../../app/history/rows/stored-row.ts";
import { quoted } from "../../core/quoted.ts";
import { type ClickHouseConfig, defaultRequestTimeoutMs } from "./config.ts";
import { identifier } from "./ddl.ts";

/** The server's own name for what went wrong; empty where it was not the server. */
export function troubleOf(error: unknown): string {
  const { cause } = error as { readonly cause?: unknown };
  return cause instanceof ClickHouseError ? (cause.type ?? "") : "";
}

export type QueryParameters = Record<string, string | number | readonly string[]>;

/** Statements to one server, whose trouble is told in words for people. */
export class Client {
  readonly config: ClickHouseConfig;
  private readonly client: ClickHouseClient;

  constructor(config: ClickHouseConfig) {
    this.config = config;
    this.client = createClient({
      url: config.url,
      username: config.user,
      password: config.password,
      request_timeout: config.requestTimeoutMs ?? defaultRequestTimeoutMs,
      // It would write statements to standard error; what goes wrong is told by whoever asked.
      log: { level: ClickHouseLogLevel.OFF },
      clickhouse_settings: {
        // A column named in an aggregate is the column, not the aggregate of the same name.
        prefer_column_name_to_alias: 1,
        output_format_json_quote_64bit_integers: 0,
        wait_end_of_query: 1,
      },
    });
  }

  /** A table of the history, with its database. */
  table(name: string): string {
    return `${identifier(this.config.database)}.${name}`;
  }

  /** A statement that every host of a cluster has to carry out: it fails when one of them does not, or is away. */
  async command(query: string, parameters: QueryParameters = {}): Promise<void> {
    const settings = { distributed_ddl_task_timeout: "100", distributed_ddl_output_mode: "throw" } as const;
    await this.told(
      this.client.command({ query, query_params: parameters, clickhouse_settings: this.onCluster(settings) }),
    );
  }

  /** A statement that a host which is away carries out when it is back, and that nothing waits for. */
  async commandWhoIsThere(query: string, parameters: QueryParameters = {}): Promise<void> {
    const settings = {
      distributed_ddl_task_timeout: "20",
      distributed_ddl_output_mode: "null_status_on_timeout",
    } as const;
    await this.told(
      this.client.command({ query, query_params: parameters, clickhouse_settings: this.onCluster(settings) }),
    );
  }

  private onCluster(settings: ClickHouseSettings): ClickHouseSettings {
    return this.config.cluster === undefined ? {} : settings;
  }

  async rows(query: string, parameters: QueryParameters = {}): Promise<StoredRow[]> {
    return this.told(
      (async () => {
        const result = await this.client.query({ query, query_params: parameters, format: "JSONEachRow" });
        return (await result.json<Record<string, unknown>>()).map((row) => new StoredRow(row));
      })(),
    );
  }

  /** @param token the same rows with the same token are inserted once */
  async insert(table: string, values: readonly unknown[], token: string): Promise<void> {
    if (values.length === 0) return;
    await this.told(
      this.client.insert({
        table: this.table(table),
        values,
        format: "JSONEachRow",
        clickhouse_settings: {
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

  /** The bytes of an answer in the format that the statement names. */
  async stream(query: string, signal: AbortSignal | undefined): Promise<Readable> {
    const answer = await this.told(this.client.exec({ query, ...(signal && { abort_signal: signal }) }));
    return answer.stream;
  }

  async close(): Promise<void> {
    await this.client.close();
  }

  private async told<T>(work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (error) {
      throw this.unavailable(error);
    }
  }

  private unavailable(error: unknown): unknown {
    if (error instanceof HistoryUnavailable || (error instanceof Error && error.name === "AbortError")) return error;
    const host = quoted(URL.parse(this.config.url)?.host ?? this.config.url);
    const text = (error instanceof Error ? error.message : String(error))
      .split("\n")[0]!
      .slice(0, 300)
      .replace(/\.$/, "");
    if (error instanceof ClickHouseError) {
      const isRefused = /AUTHENTICATION_FAILED|ACCESS_DENIED|REQUIRED_PASSWORD|READONLY/.test(error.type ?? "");
      const message = isRefused
        ? `the ClickHouse server ${host} refuses: ${text}; check user, password file and rights`
        : `the ClickHouse server ${host} could not do it: ${text}`;
      return new HistoryUnavailable({ code: isRefused ? "history_no_permission" : "history_failed", message }, error);
    }
    const { code } = error as NodeJS.ErrnoException;
    const message = `the ClickHouse server ${host} cannot be reached: ${code ?? text}`;
    return new HistoryUnavailable({ code: "history_unreachable", message }, error);
  }
}
