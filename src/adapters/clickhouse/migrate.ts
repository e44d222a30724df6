import { setTimeout as pause } from "node:timers/promises";
import { HistoryUnavailable } from "../../app/history/history-unavailable.ts";
import type { StoredRow } from "../../app/history/rows/stored-row.ts";
import { quoted } from "../../core/quoted.ts";
import type { ClickHouseConfig } from "./config.ts";
import { dayTables, localName, placeOf, schemaTable, secondsKept, ttlOf } from "./ddl.ts";
import { migrations, statementsFrom } from "./migrations.ts";
import { troubleOf } from "./trouble.ts";

/** What of a server is needed to bring a history up to date. */
export interface SchemaClient {
  readonly config: ClickHouseConfig;
  table(name: string): string;
  command(statement: string): Promise<void>;
  rows(query: string, parameters?: Record<string, string>): Promise<StoredRow[]>;
  insert(table: string, values: readonly unknown[], token: string): Promise<void>;
}

/** Two that change a table at the same moment: the statement does no harm again. */
const passing = new Set([
  "CANNOT_ASSIGN_ALTER",
  "DATABASE_ALREADY_EXISTS",
  "REPLICA_ALREADY_EXISTS",
  "TABLE_ALREADY_EXISTS",
]);
const tries = 6;
/** The first that leaves out an insert by its token behind views as well; it has every setting that is sent. */
const oldest = [24, 8] as const;

/** Rejects with `history_server_too_old`, before anything is asked that an older server would not understand. */
export async function refuseTooOld(client: { version(): Promise<string> }): Promise<void> {
  const version = await client.version();
  const [major = 0, minor = 0] = version.split(".").map(Number);
  if (major > oldest[0] || (major === oldest[0] && minor >= oldest[1])) return;
  const message = `the ClickHouse server is ${quoted(version)}, and a history needs ${oldest.join(".")} or later: update it`;
  throw new HistoryUnavailable({ code: "history_server_too_old", message });
}

/**
 * Makes the tables or brings them to their newest form. Nothing is locked: of many that start at once each may run every
 * statement, and who dies in the middle leaves the rest to the next. What was applied is recorded last, so that later
 * starts run no statement at all, also while a replica is away.
 * Rejects with `history_too_new` where a newer Postern has been, and `history_cluster_mismatch`.
 */
export async function migrate(client: SchemaClient, nowMs: number): Promise<void> {
  const { config } = client;
  const there = await tablesThere(client);
  refuseOtherTopology(config, there);
  const [recorded] = there.has(schemaTable)
    ? await client.rows(`SELECT max(number) AS number FROM ${client.table(schemaTable)}`)
    : [];
  const version = recorded?.number("number") ?? 0;
  if (version > migrations.length) throw new HistoryUnavailable(tooNew(config, version));
  if (version < migrations.length) {
    for (const statement of statementsFrom(version, config)) await run(client, statement);
    const applied = migrations.map((_, i) => ({ number: i + 1, applied_ms: nowMs })).slice(version);
    await client.insert(schemaTable, applied, `schema ${version} to ${migrations.length}`);
  }
  await keepAsPlanned(client, there);
}

interface TableThere {
  readonly engine: string;
  readonly full: string;
}

async function tablesThere(client: SchemaClient): Promise<ReadonlyMap<string, TableThere>> {
  const rows = await client.rows(
    "SELECT name, engine, engine_full FROM system.tables WHERE database = {database:String}",
    { database: client.config.database },
  );
  return new Map(rows.map((row) => [row.text("name"), { engine: row.text("engine"), full: row.text("engine_full") }]));
}

/** A plan that is not the one the tables were made with; what was just made has it. */
async function keepAsPlanned(client: SchemaClient, there: ReadonlyMap<string, TableThere>): Promise<void> {
  const { config } = client;
  const { db, on } = placeOf(config);
  for (const { name, hour } of dayTables) {
    const local = localName(config, name);
    const table = there.get(local);
    if (table === undefined || table.full.includes(` + ${secondsKept(config)},`)) continue;
    const ttl = `${ttlOf(hour, config)} SETTINGS materialize_ttl_after_modify = 0`;
    await run(client, `ALTER TABLE ${db}.${local}${on} MODIFY ${ttl}`);
  }
}

async function run(client: SchemaClient, statement: string): Promise<void> {
  for (let left = tries - 1; ; left -= 1) {
    try {
      await client.command(statement);
      return;
    } catch (error) {
      if (left === 0 || !passing.has(troubleOf(error))) throw error;
      await pause(200 * (tries - left));
    }
  }
}

function refuseOtherTopology({ database, cluster }: ClickHouseConfig, there: ReadonlyMap<string, TableThere>): void {
  const engine = there.get("edges_per_hour_v1")?.engine;
  if (engine === undefined || (engine === "Distributed") === (cluster !== undefined)) return;
  const message =
    cluster === undefined
      ? `the history in ${quoted(database)} is that of a cluster: name it with \`--clickhouse-cluster\``
      : `the history in ${quoted(database)} is that of a single node and cannot be spread over the cluster ` +
        `${quoted(cluster)}: leave \`--clickhouse-cluster\` out, or name another database`;
  throw new HistoryUnavailable({ code: "history_cluster_mismatch", message });
}

function tooNew({ database }: ClickHouseConfig, version: number): { code: string; message: string } {
  const message =
    `the history in ${quoted(database)} has form ${version} and this postern knows up to ${migrations.length}: ` +
    "a newer postern has used it, so run that version or a later one";
  return { code: "history_too_new", message };
}
