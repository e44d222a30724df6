import type { Socket } from "node:net";
import { Kysely, PostgresDialect, sql } from "kysely";
import pg from "pg";
import type { Failure } from "../../app/failure.ts";
import type { State } from "../../app/state/state.ts";
import { printable, quoted } from "../../core/quoted.ts";
import { fail, ok, type Result } from "../../core/result.ts";
import { migrate } from "./migrate.ts";
import { allMigrations } from "./migrations/all.ts";
import type { Migration } from "./migrations/migration.ts";
import { PostgresNotices } from "./postgres-notices.ts";
import type { Schema } from "./schema.ts";
import { sqlState } from "./sql-state.ts";

export interface PostgresOptions {
  /** `postgres://user:password@host/database`; never shown. */
  readonly url: string;
  readonly nowMs: () => number;
  /** How long a query may go without an answer before its connection is given up; longer than the server lets it run. */
  readonly patienceMs?: number;
  /** For tests of upgrades. */
  readonly migrations?: readonly Migration[];
}

const connections = 4;
const connectTimeoutMs = 10_000;
const statementTimeoutMs = 15_000;
const defaultPatienceMs = 20_000;
/** Any number that no other program uses in the same database: the letters "postern". */
const lockKey = 0x706f73746572;
/** Whole numbers wider than 32 bits and sums of them, which the driver gives as text: ours all fit a double. */
const numbersAsText = new Set([20, 1700]);

/** Opens the state in a PostgreSQL database, in the schema that the connection finds first. */
export async function openPostgresState(options: PostgresOptions): Promise<Result<State, Failure>> {
  const { url, nowMs, patienceMs = defaultPatienceMs, migrations = allMigrations } = options;
  let pool: pg.Pool;
  try {
    pool = new pg.Pool({
      connectionString: url,
      max: connections,
      connectionTimeoutMillis: connectTimeoutMs,
      statement_timeout: statementTimeoutMs,
      idle_in_transaction_session_timeout: statementTimeoutMs,
      application_name: "postern",
      types: { getTypeParser },
    });
  } catch {
    return fail({
      code: "state_unreachable",
      message: "the address of the PostgreSQL database cannot be read: write `postgres://user:password@host/database`",
    });
  }
  // An idle connection that the server ends is replaced at the next query; without a listener it would end the process.
  pool.on("error", () => {});
  // So would one that breaks while it is in use, although its query fails besides.
  pool.on("connect", (client) => client.on("error", () => {}));
  const database = new Kysely<Schema>({ dialect: new PostgresDialect({ pool }) });
  try {
    const migrated = await migrate(
      database,
      async (transaction) => {
        // Others may be at it for longer than a query may take.
        await sql`set local statement_timeout = '5min'`.execute(transaction);
        await sql`select pg_advisory_xact_lock(${sql.lit(lockKey)})`.execute(transaction);
      },
      migrations,
      nowMs(),
    );
    if (migrated.ok) {
      // Only now: a migration may wait for another's for minutes.
      pool.on("acquire", (client) => giveUpAfter(client, patienceMs));
      pool.on("release", (_, client) => streamOf(client).setTimeout(0));
      return ok(sqlState({ kysely: database, dialect: "postgres" }, new PostgresNotices(pool, url)));
    }
    await database.destroy();
    return fail(migrated.error);
  } catch (error) {
    await database.destroy().catch(() => {});
    return fail(failureOf(error));
  }
}

/** A server that vanishes without a word, or a network in between, would be waited for until TCP gives up: a quarter of an hour. */
function giveUpAfter(client: pg.PoolClient, ms: number): void {
  const stream = streamOf(client);
  stream.setTimeout(ms);
  if (stream.listenerCount("timeout") > 0) return;
  stream.on("timeout", () => stream.destroy(new Error("the server does not answer")));
}

function streamOf(client: pg.PoolClient): Socket {
  return (client as unknown as { readonly connection: { readonly stream: Socket } }).connection.stream;
}

function getTypeParser(oid: number, format?: "text" | "binary"): (value: string) => unknown {
  if (numbersAsText.has(oid) && format !== "binary") return Number;
  return pg.types.getTypeParser(oid, "text") as (value: string) => unknown;
}

/** Classes of `SQLSTATE`: 28 is authentication, 3D an unknown database, 42501 a missing right. */
function failureOf(error: unknown): Failure {
  const { code = "", message = "" } = error as { code?: string; message?: string };
  // The server tells what is wrong at the end of a long sentence: that the connection is not encrypted, for one.
  const why = message === "" ? quoted(code) : `\`${printable(message.slice(0, 300))}\``;
  if (code.startsWith("28") || code === "42501") {
    const what = "refuses the user of the state database; check the address and its rights";
    return { code: "state_no_permission", message: `PostgreSQL ${what}: ${why}` };
  }
  return { code: "state_unreachable", message: `the state database in PostgreSQL cannot be used: ${why}` };
}
