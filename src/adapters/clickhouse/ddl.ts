import { type ClickHouseConfig, graceDays } from "./config.ts";

/**
 * The tables, in statements that may run any number of times, at several places at once. All are merged in the background: rows
 * of the same key become one, by the functions that their columns name. Partitions are days, so that dropping a day costs
 * nothing. Names end in the version of their form: a new form is a new table beside the old one.
 *
 * - `edges_per_hour_v1` takes what comes; a materialised view adds it to `edges_per_day_v1` with the same insert. Days before
 *   `boundaries_v1.rolled_before` are answered from days, the others from hours.
 * - The order is by namespace first, so that the rows of a namespace lie together in each day; the address last of the destination's parts that
 *   queries ask for.
 * - An insert is known by its token (see `append.ts`); the server remembers the tokens of the last inserts of each table.
 * - In a cluster every table is `<name>_local` on each shard and replica, and `<name>` spreads over them by workload, so that
 *   what belongs to one edge is always on one shard.
 */
export function createTables({ database, cluster, keep }: ClickHouseConfig): readonly string[] {
  const on = cluster === undefined ? "" : ` ON CLUSTER ${identifier(cluster)}`;
  const db = identifier(database);
  const dailyDays = Math.max(keep.hourlyDays, keep.dailyDays);
  const statements = [`CREATE DATABASE IF NOT EXISTS ${db}${on}`];
  const create = (table: Table): void => {
    const columns = [...Object.entries(table.key), ...Object.entries(table.values)].map(
      ([name, type]) => `${name} ${type}`,
    );
    const local = cluster === undefined ? table.name : `${table.name}_local`;
    const engine =
      cluster === undefined
        ? "AggregatingMergeTree"
        : `ReplicatedAggregatingMergeTree('/clickhouse/tables/{shard}/${database}/${local}', '{replica}')`;
    const ttl = table.keptDays === undefined ? "" : ` TTL ${ttlOf(table, table.keptDays + graceDays)}`;
    const partition = table.hour === undefined ? "" : ` PARTITION BY intDiv(${table.hour}, 24)`;
    statements.push(
      `CREATE TABLE IF NOT EXISTS ${db}.${local}${on} (${columns.join(", ")}) ENGINE = ${engine}${partition} ` +
        `ORDER BY (${Object.keys(table.key).join(", ")})${ttl} SETTINGS ${settingsOf(cluster !== undefined)}`,
    );
    if (cluster !== undefined) {
      statements.push(
        `CREATE TABLE IF NOT EXISTS ${db}.${table.name}${on} AS ${db}.${local} ` +
          `ENGINE = Distributed(${identifier(cluster)}, ${db}, ${local}, cityHash64(${table.shardBy}))`,
      );
    }
    if (ttl !== "")
      statements.push(`ALTER TABLE ${db}.${local}${on} MODIFY${ttl} SETTINGS materialize_ttl_after_modify = 0`);
  };
  for (const table of tables(keep.hourlyDays, dailyDays)) create(table);
  const suffix = cluster === undefined ? "" : "_local";
  const sums = Object.keys(edgeValues).join(", ");
  const others = Object.keys(edgeKey).filter((name) => name !== "hour");
  statements.push(
    `CREATE MATERIALIZED VIEW IF NOT EXISTS ${db}.edges_to_days_v1${on} TO ${db}.edges_per_day_v1${suffix} AS ` +
      `SELECT ${others.join(", ")}, toUInt32(hour - hour % 24) AS hour, ${sums} FROM ${db}.edges_per_hour_v1${suffix}`,
  );
  return statements;
}

interface Table {
  readonly name: string;
  readonly key: Readonly<Record<string, string>>;
  readonly values: Readonly<Record<string, string>>;
  /** The expression for the hour of a row; undefined for what has none. */
  readonly hour: string | undefined;
  readonly keptDays: number | undefined;
  readonly shardBy: string;
}

const owner = {
  cluster: "LowCardinality(String)",
  namespace: "LowCardinality(String)",
  workload: "LowCardinality(String)",
  kind: "LowCardinality(String)",
} as const;
const byOwner = "cluster, namespace, workload, kind";
const edgeKey = {
  ...owner,
  family: "UInt8",
  address: "UInt128",
  protocol: "UInt8",
  port: "UInt16",
  verdict: "UInt8",
  prefix: "UInt8",
  source: "LowCardinality(String)",
  hour: "UInt32",
} as const;
const sum = "SimpleAggregateFunction(sum, Float64)";
const maybeSum = "SimpleAggregateFunction(sum, Nullable(Float64))";
const first = "SimpleAggregateFunction(min, Int64)";
const last = "SimpleAggregateFunction(max, Int64)";
const maybeMax = "SimpleAggregateFunction(max, Nullable(Float64))";
const united = "SimpleAggregateFunction(groupUniqArrayArray, Array(String))";
const edgeValues = { flows: sum, bytes: maybeSum, first_ms: first, last_ms: last, decided_by: united };
const sourceKey = { cluster: owner.cluster, observer: "LowCardinality(String)", source: "LowCardinality(String)" };

function tables(hourlyDays: number, dailyDays: number): readonly Table[] {
  const kept = { hour: "hour", keptDays: dailyDays, shardBy: byOwner };
  return [
    { ...kept, name: "edges_per_hour_v1", key: edgeKey, values: edgeValues, keptDays: hourlyDays },
    { ...kept, name: "edges_per_day_v1", key: edgeKey, values: edgeValues },
    {
      ...kept,
      name: "names_v1",
      hour: "day * 24",
      key: {
        ...owner,
        family: "UInt8",
        address: "UInt128",
        name: "String",
        origin: "UInt8",
        source: "LowCardinality(String)",
        day: "UInt32",
      },
      values: {
        latest: "SimpleAggregateFunction(max, Tuple(last Int64, chain Array(String)))",
        ttl: "SimpleAggregateFunction(min, Nullable(Float64))",
        count: sum,
        first_ms: first,
        last_ms: last,
      },
    },
    {
      ...kept,
      name: "coarse_v1",
      key: {
        ...owner,
        destination: "String",
        protocol: "UInt8",
        port: "Int32",
        verdict: "UInt8",
        source: "LowCardinality(String)",
        hour: "UInt32",
      },
      values: { flows: maybeSum, bytes: maybeSum },
    },
    {
      ...kept,
      name: "health_v1",
      shardBy: "cluster, observer",
      key: { ...sourceKey, hour: "UInt32" },
      values: {
        latest: "SimpleAggregateFunction(max, Tuple(at Int64, kind String, state String, message String))",
        records: sum,
        malformed: sum,
        lost: sum,
        outages: sum,
        dropped: sum,
        received_bytes: sum,
        sampling_max: "SimpleAggregateFunction(max, Float64)",
        last_arrival_ms: maybeMax,
        lag_sum: maybeSum,
        lag_weight: maybeSum,
        lag_max: maybeMax,
      },
    },
    {
      ...kept,
      name: "left_out_v1",
      shardBy: "cluster, observer",
      key: { ...sourceKey, hour: "UInt32", reason: "LowCardinality(String)" },
      values: { flows: sum },
    },
    {
      name: "marks_v1",
      hour: undefined,
      keptDays: undefined,
      shardBy: "cluster, observer",
      key: { cluster: "String", observer: "String", incarnation: "String" },
      values: { sequence: "SimpleAggregateFunction(max, UInt64)", stored_ms: last },
    },
    {
      name: "boundaries_v1",
      hour: undefined,
      keptDays: undefined,
      shardBy: "name",
      key: { name: "String" },
      values: { hour: "SimpleAggregateFunction(max, UInt32)" },
    },
  ];
}

/** Tables whose partitions are days. */
export const dayTables: readonly string[] = tables(0, 0).flatMap(({ name, hour }) =>
  hour === undefined ? [] : [name],
);

/** In whole seconds and capped: a date that wraps around would be in the past. */
function ttlOf({ hour }: Table, days: number): string {
  return `toDateTime(least(toUInt64(${hour}) * 3600 + ${days * 86_400}, 4294967295))`;
}

/** Replicas make an insert durable by being several; a single node must write it down before it answers. */
function settingsOf(isReplicated: boolean): string {
  return isReplicated
    ? "replicated_deduplication_window = 10000, replicated_deduplication_window_seconds = 2592000"
    : "non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1";
}

export function identifier(name: string): string {
  return `\`${name.replaceAll(/[\\`]/g, (character) => `\\${character}`)}\``;
}
