import type { Kysely } from "kysely";
import type { Schema } from "./schema.ts";

/** A database, or one transaction of it, and what is written differently for it. */
export interface BooksDatabase {
  readonly kysely: Kysely<Schema>;
  readonly dialect: "sqlite" | "postgres";
}

/** Runs `work` in the transaction that is under way, or in one of its own. */
export async function inTransaction<T>(
  { kysely, dialect }: BooksDatabase,
  work: (database: BooksDatabase) => Promise<T>,
): Promise<T> {
  if (kysely.isTransaction) return work({ kysely, dialect });
  return kysely.transaction().execute((transaction) => work({ kysely: transaction, dialect }));
}

/** Values for one statement: databases take some ten thousands of parameters at once. */
export function* batchesOf<T>(rows: readonly T[], size = 500): Generator<readonly T[]> {
  for (let start = 0; start < rows.length; start += size) yield rows.slice(start, start + size);
}
