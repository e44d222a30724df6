import { type ClickHouseConfig, graceDays } from "./config.ts";

/**
 * The tables in their newest form, in statements that may run any number of times, at several places at once. All are merged in
 * the background: rows of the same key become one, by the functions that their columns name. Partitions are days, so that dropping
 * a day costs nothing. Tables that are there already get what is newer by {@link migrations}.
 *
 * - `edges_per_hour_v1` takes what comes; a materialised view adds it to `edges_per_day_v1` with the same insert. Days before
 *   `boundaries_v1.rolled_before` are answered from days, the others from hours: however late the boundary is moved, no hour is
 *   dropped before it, and by its TTL none before its day is.
 * - The order is by namespace first, so that the rows of a namespace lie together in each day; the address last of the destination's parts that
 *   queries ask for.
 * - An insert is known by its token (see `append.ts`); the server remembers the tokens of the last inserts of each table.
 * - In a cluster every table is `<name>_local` on each shard and replica, and `<name>` spreads over them by workload, so that
 *   what belongs to one edge is always on one shard.
 */
export function createTables(config: ClickHouseConfig): readonly string[] {
  const { database, cluster } = config;
  const { db, on } = placeOf(config);
  const statements = [`CREATE DATABASE IF NOT EXISTS ${db}${on}`];
  for (const table of tables) {
    const columns = [...Object.entries(table.key), ...Object.entries(table.values)].map(
      ([name, type]) => `${name} ${type}`,
    );
    const local = localName(config, table.name);
    const engine =
      cluster === undefined
        ? "AggregatingMergeTree"
        : `ReplicatedAggregatingMergeTree('/clickhouse/tables/{shard}/${database}/${local}', '{replica}')`;
    const ttl = table.hour === undefined ? "" : ` ${ttlOf(table.hour, config)}`;
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
  }
  return statements;
}

/** The view that adds each insert of hours to days, for tables that have all their columns. */
export function createViews(config: ClickHouseConfig): readonly string[] {
  const { db, on } = placeOf(config);
  const others = Object.keys(edgeKey).filter((name) => name !== "hour");
  const query =
    `SELECT ${others.join(", ")}, toUInt32(hour - hour % 24) AS hour, ${Object.keys(edgeValues).join(", ")} ` +
    `FROM ${db}.${localName(config, "edges_per_hour_v1")}`;
  const view = `${db}.edges_to_days_v1`;
  return [
    `CREATE MATERIALIZED VIEW IF NOT EXISTS ${view}${on} TO ${db}.${localName(config, "edges_per_day_v1")} AS ${query}`,
    `ALTER TABLE ${view}${on} MODIFY QUERY ${query}`,
  ];
}

/** The database, and where a statement that changes it runs. */
export function placeOf({ database, cluster }: ClickHouseConfig): { readonly db: string; readonly on: string } {
  return {
    db: identifier(database),
    on: cluster === undefined ? "" : ` ON CLUSTER ${identifier(cluster)}`,
  };
}

/** The table that holds the rows: in a cluster the other one only spreads over them. */
export function localName({ cluster }: ClickHouseConfig, name: string): string {
  return cluster === undefined ? name : `${name}_local`;
}

/** Which migrations a history has had. */
export const schemaTable = "schema_v1";

interface Table {
  readonly name: string;
  readonly key: Readonly<Record<string, string>>;
  readonly values: Readonly<Record<string, string>>;
  /** The expression for the hour of a row; undefined for what has none. */
  readonly hour: string | undefined;
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
export const edgeValues = { flows: sum, bytes: maybeSum, first_ms: first, last_ms: last, decided_by: united };
const sourceKey = { cluster: owner.cluster, observer: "LowCardinality(String)", source: "LowCardinality(String)" };

const kept = { hour: "hour", shardBy: byOwner };

const tables: readonly Table[] = [
  { ...kept, name: "edges_per_hour_v1", key: edgeKey, values: edgeValues },
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
    shardBy: "cluster, observer",
    key: { cluster: "String", observer: "String", incarnation: "String" },
    values: { sequence: "SimpleAggregateFunction(max, UInt64)", stored_ms: last },
  },
  {
    name: "boundaries_v1",
    hour: undefined,
    shardBy: "name",
    key: { name: "String" },
    values: { hour: "SimpleAggregateFunction(max, UInt32)" },
  },
  {
    name: schemaTable,
    hour: undefined,
    shardBy: "number",
    key: { number: "UInt32" },
    values: { applied_ms: first },
  },
];

/** Tables whose partitions are days, with the hour of a row. */
export const dayTables: readonly { readonly name: string; readonly hour: string }[] = tables.flatMap(({ name, hour }) =>
  hour === undefined ? [] : [{ name, hour }],
);

/**
 * For a history that nobody maintains. Hours stay as long as days do: only `maintain` knows which of them are answered from days.
 * In whole seconds and capped: a date that wraps around would be in the past.
 */
export function ttlOf(hour: string, config: ClickHouseConfig): string {
  return `TTL toDateTime(least(toUInt64(${hour}) * 3600 + ${secondsKept(config)}, 4294967295))`;
}

/** How long the server keeps a row by itself. */
export function secondsKept({ keep }: ClickHouseConfig): number {
  return (Math.max(keep.hourlyDays, keep.dailyDays) + graceDays) * 86_400;
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
