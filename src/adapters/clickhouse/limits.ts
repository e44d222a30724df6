import type { ClickHouseSettings } from "@clickhouse/client";

export const defaultRequestTimeoutMs = 120_000;
/** A question that is stopped is so at the server as well, unless that takes longer. */
export const stopTimeoutMs = 5_000;
/** Long answers hold their connection; the collector lets fewer be asked at once. */
export const maxConnections = 64;

const gib = 2 ** 30;
/** Below {@link defaultRequestTimeoutMs}, so that the server tells first. */
const questionSeconds = 100;
/** More than any question asks for. */
const maxRows = 5_000_000;

/** Settings that every statement needs to mean what it says. */
const always: ClickHouseSettings = {
  // A column named in an aggregate is the column, not the aggregate of the same name.
  prefer_column_name_to_alias: 1,
};

/** Of what changes something: it is answered when it is done. */
export const statementSettings: ClickHouseSettings = { ...always, wait_end_of_query: 1 };

/**
 * Of a question: it changes nothing, is answered while it is found out, stops when its connection is closed, and has limits. Beyond
 * its memory it sorts and groups on the server's disk.
 */
export const questionSettings: ClickHouseSettings = {
  ...always,
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
  max_result_rows: String(maxRows),
  result_overflow_mode: "throw",
};

/** Of a question whose answer becomes a file: however long, and said to be good only when it is whole. */
export const exportSettings: ClickHouseSettings = { ...questionSettings, wait_end_of_query: 1, max_result_rows: "0" };
