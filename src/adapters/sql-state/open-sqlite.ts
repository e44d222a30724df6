import { chmodSync, existsSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { Kysely, sql } from "kysely";
import type { Failure } from "../../app/failure.ts";
import type { State } from "../../app/state/state.ts";
import { quoted } from "../../core/quoted.ts";
import { fail, ok, type Result } from "../../core/result.ts";
import { migrate } from "./migrate.ts";
import { allMigrations } from "./migrations/all.ts";
import type { Migration } from "./migrations/migration.ts";
import type { Schema } from "./schema.ts";
import { sqlState } from "./sql-state.ts";
import { NodeSqliteDialect } from "./sqlite-dialect.ts";

export interface SqliteOptions {
  readonly path: string;
  /** Whether a missing file is made; otherwise it is the failure `state_not_found`. */
  readonly mayCreate: boolean;
  readonly nowMs: () => number;
  /** For tests of upgrades. */
  readonly migrations?: readonly Migration[];
}

/** Opens the state in one file, which several processes may use at the same time. */
export async function openSqliteState(options: SqliteOptions): Promise<Result<State, Failure>> {
  const { path, nowMs, migrations = allMigrations } = options;
  if (!options.mayCreate && !existsSync(path)) {
    const message = `there is no state database at ${quoted(path)}: name the folder that \`postern serve --data\` uses`;
    return fail({ code: "state_not_found", message });
  }
  let file: DatabaseSync | undefined;
  try {
    file = new DatabaseSync(path);
    // Hashes of tokens are nobody else's business, whatever the umask says.
    chmodSync(path, 0o600);
    const database = new Kysely<Schema>({ dialect: new NodeSqliteDialect(file) });
    await sql`pragma journal_mode = wal`.execute(database);
    // A revoked token must stay revoked after a power cut, so every commit reaches the disk.
    await sql`pragma synchronous = full`.execute(database);
    await sql`pragma trusted_schema = off`.execute(database);
    // The transaction's own `begin immediate` is the lock.
    const migrated = await migrate(database, () => Promise.resolve(), migrations, nowMs());
    if (migrated.ok) return ok(sqlState({ kysely: database, dialect: "sqlite" }));
    file.close();
    return fail(migrated.error);
  } catch (error) {
    if (file?.isOpen === true) file.close();
    return fail(failureOf(error, path));
  }
}

function failureOf(error: unknown, path: string): Failure {
  const { errcode, code, message } = error as { errcode?: number; code?: string; message?: string };
  const where = `the state database ${quoted(path)}`;
  // Primary result codes of SQLite; extended ones carry more in the higher bits.
  switch (code === "EACCES" || code === "EPERM" ? 3 : (errcode ?? 0) & 0xff) {
    case 3:
    case 8:
    case 23:
      return { code: "state_no_permission", message: `${where} may not be opened by this user; run as its owner` };
    case 5:
    case 6:
      return { code: "state_busy", message: `${where} was locked by another process for too long; try again` };
    case 10:
    case 13:
      return { code: "state_unreadable", message: `${where} could not be written: the disk is full or failing` };
    case 11:
    case 26:
      return {
        code: "state_unreadable",
        message: `${where} is damaged or no database; restore a backup or move it away`,
      };
    default:
      return { code: "state_unreadable", message: `${where} could not be opened: ${quoted(message ?? String(error))}` };
  }
}
