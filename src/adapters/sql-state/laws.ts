import { sql } from "kysely";
import type { LawBook, StoredLaw } from "../../app/state/law-book.ts";
import type { BooksDatabase } from "./books-database.ts";
import type { Schema } from "./schema.ts";
import { inTextOrder } from "./text-order.ts";

export function sqlLaws({ kysely }: BooksDatabase): LawBook {
  return {
    current: async () => {
      const newest = sql<boolean>`version = (select max(other.version) from laws as other where other.name = laws.name)`;
      const rows = await kysely.selectFrom("laws").selectAll().where(newest).execute();
      return rows.sort(inTextOrder("name")).map(lawOf);
    },
    versions: async (name) => {
      const rows = await kysely.selectFrom("laws").selectAll().where("name", "=", name).orderBy("version").execute();
      return rows.map(lawOf);
    },
    add: async ({ name, version, text, changedAtMs, changedBy }) => {
      const newest = await kysely
        .selectFrom("laws")
        .where("name", "=", name)
        .select(({ fn }) => fn.max("version").as("version"))
        .executeTakeFirst();
      if ((newest?.version ?? 0) !== version - 1) return false;
      // Who comes at the same moment finds the version taken.
      const { numInsertedOrUpdatedRows } = await kysely
        .insertInto("laws")
        .values({
          name,
          version,
          law: text,
          changed_at_ms: changedAtMs,
          changed_by_subject: changedBy.subject,
          changed_by_name: changedBy.name,
        })
        .onConflict((conflict) => conflict.columns(["name", "version"]).doNothing())
        .executeTakeFirst();
      return (numInsertedOrUpdatedRows ?? 0n) > 0n;
    },
  };
}

function lawOf(row: Schema["laws"]): StoredLaw {
  return {
    name: row.name,
    version: row.version,
    text: row.law,
    changedAtMs: row.changed_at_ms,
    changedBy: { subject: row.changed_by_subject, name: row.changed_by_name },
  };
}
