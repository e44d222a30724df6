import type { ClickHouseSettings } from "@clickhouse/client";
import type { ClickHouseConfig } from "./config.ts";

export const defaultRequestTimeoutMs = 120_000;
/** A question that is stopped is so at the server as well, unless that takes longer. */
export const stopTimeoutMs = 5_000;
/** Long answers hold their connection; the collector lets fewer be asked at once. */
export const maxConnections = 64;

const gib = 2 ** 30;
/** Below {@link defaultRequestTimeoutMs}, so that the server tells first. */
const questionSeconds = 100;
/** More than any question asks for. */
const mostRows = 5_000_000;
const mostResultBytes = 4 * gib;

/** Settings that every statement needs to mean what it says. */
const always: ClickHouseSettings = {
  // A column named in an aggregate is the column, not the aggregate of the same name.
  prefer_column_name_to_alias: 1,
  // Days are made by a view: an insert that it did not follow did not succeed.
  materialized_views_ignore_errors: 0,
};

/** What a profile of the user may have set, and what would make an answer short, old or another one without a word. */
const whole: ClickHouseSettings = {
  result_overflow_mode: "throw",
  read_overflow_mode: "throw",
  timeout_overflow_mode: "throw",
  group_by_overflow_mode: "throw",
  sort_overflow_mode: "throw",
  distinct_overflow_mode: "throw",
  join_overflow_mode: "throw",
  set_overflow_mode: "throw",
  limit: "0",
  offset: "0",
  use_query_cache: 0,
  join_use_nulls: 0,
  join_default_strictness: "ALL",
  aggregate_functions_null_for_empty: 0,
  // Of a cluster: every shard has a part of the answer, also where one was added and a workload is on two of them.
  skip_unavailable_shards: 0,
  optimize_skip_unused_shards: 0,
  distributed_group_by_no_merge: "0",
};

/** Of what changes something: it is answered when it is done. */
export const statementSettings: ClickHouseSettings = { ...always, wait_end_of_query: 1 };

/**
 * Of a question: it changes nothing, is answered while it is found out, stops when its connection is closed, and has limits. Beyond
 * its memory it sorts and groups on the server's disk.
 */
const question: ClickHouseSettings = {
  ...always,
  ...whole,
  // As of a GET, which is what makes the server look at whether the connection is still open.
  readonly: "2",
  cancel_http_readonly_queries_on_client_close: 1,
  wait_end_of_query: 0,
  output_format_json_quote_64bit_integers: 0,
  output_format_json_named_tuples_as_objects: 0,
  // As text behind the rows, which is no row.
  http_write_exception_in_output_format: 0,
  max_execution_time: questionSeconds,
  max_memory_usage: String(4 * gib),
  max_bytes_before_external_group_by: String(gib),
  max_bytes_before_external_sort: String(gib),
};

/** Hosts of a cluster hold what they send each other to the limits of a result, which is more than becomes of it. */
const noResultLimits: ClickHouseSettings = { max_result_rows: "0", max_result_bytes: "0" };

export function questionSettings({ cluster }: Pick<ClickHouseConfig, "cluster">): ClickHouseSettings {
  const limits = { max_result_rows: String(mostRows), max_result_bytes: String(mostResultBytes) };
  return { ...question, ...(cluster === undefined ? limits : noResultLimits) };
}

/** Of a question whose answer becomes a file: of any length, and said to be good only when it is whole. */
export const exportSettings: ClickHouseSettings = { ...question, ...noResultLimits, wait_end_of_query: 1 };
