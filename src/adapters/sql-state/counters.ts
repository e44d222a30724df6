import { sql } from "kysely";
import type { BooksDatabase } from "./books-database.ts";

/** The next number, from 1. Whoever else asks waits until this transaction ends, so that no number is given out for nothing. */
export async function nextOf({ kysely }: BooksDatabase, name: "proposal" | "job"): Promise<number> {
  const row = await kysely
    .updateTable("counters")
    .set({ value: sql<number>`value + 1` })
    .where("name", "=", name)
    .returning("value")
    .executeTakeFirstOrThrow();
  return row.value;
}
