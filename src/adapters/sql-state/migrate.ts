import { createHash } from "node:crypto";
import { type Kysely, sql, type Transaction } from "kysely";
import type { Failure } from "../../app/failure.ts";
import { fail, ok, type Result } from "../../core/result.ts";
import type { Migration } from "./migrations/migration.ts";
import type { Schema } from "./schema.ts";

/** Takes a lock that other migrating processes wait for, until the end of the transaction. */
export type MigrationLock = (transaction: Transaction<Schema>) => Promise<void>;

/**
 * Brings a database to the newest schema. All steps and their records are one transaction under a lock: of many
 * processes that start at once one does the work and the others find it done, and a process that dies in the middle
 * leaves what was there before.
 * @returns numbers of the migrations that were applied now. Fails with `state_newer` when a newer Postern has been here,
 * and with `state_migration_changed` when a recorded migration is not the one this program knows
 */
export async function migrate(
  database: Kysely<Schema>,
  lock: MigrationLock,
  migrations: readonly Migration[],
  nowMs: number,
): Promise<Result<readonly number[], Failure>> {
  return database.transaction().execute(async (transaction) => {
    await lock(transaction);
    await sql`create table if not exists schema_migrations (
      number integer not null primary key, name text not null, checksum text not null, applied_at_ms bigint not null
    )`.execute(transaction);
    const recorded = await transaction.selectFrom("schema_migrations").selectAll().orderBy("number").execute();
    const problem = unlike(recorded, migrations);
    if (problem !== undefined) return fail(problem);
    const pending = migrations.slice(recorded.length);
    for (const migration of pending) {
      const { number, name, statements } = migration;
      for (const statement of statements) await sql.raw(statement).execute(transaction);
      const record = { number, name, checksum: checksumOf(migration), applied_at_ms: nowMs };
      await transaction.insertInto("schema_migrations").values(record).execute();
    }
    return ok(pending.map(({ number }) => number));
  });
}

function unlike(recorded: readonly Schema["schema_migrations"][], known: readonly Migration[]): Failure | undefined {
  if (recorded.length > known.length) {
    return {
      code: "state_newer",
      message:
        `the state database has schema ${recorded.length} and this postern knows up to ${known.length}: ` +
        "a newer postern has used it, so run that version or a later one",
    };
  }
  const changed = recorded.find((row, i) => row.number !== known[i]!.number || row.checksum !== checksumOf(known[i]!));
  if (changed === undefined) return undefined;
  return {
    code: "state_migration_changed",
    message:
      `migration ${changed.number} of the state database is not the one this postern knows: the database was made by ` +
      "another build or changed by hand, so use the build that made it, or restore a backup",
  };
}

/** Of what is run, blanks aside: reformatting a migration does not change it. */
export function checksumOf({ statements }: Migration): string {
  const text = statements.map((statement) => statement.replaceAll(/\s+/g, " ").trim()).join(";\n");
  return createHash("sha256").update(text).digest("hex");
}
