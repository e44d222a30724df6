import { type RawBuilder, sql } from "kysely";

/** The stored or the new value of a column in an upsert, whichever is larger: the dialects name this function differently. */
export function largerOf(table: string, column: string): RawBuilder<number> {
  const stored = sql.ref(`${table}.${column}`);
  const coming = sql.ref(`excluded.${column}`);
  return sql`case when ${coming} > ${stored} then ${coming} else ${stored} end`;
}

/** The sum of the stored and the new value, or the largest that is read back as it is. */
export function sumOf(table: string, column: string): RawBuilder<number> {
  const sum = sql`${sql.ref(`${table}.${column}`)} + ${sql.ref(`excluded.${column}`)}`;
  const most = sql.lit(Number.MAX_SAFE_INTEGER);
  return sql`case when ${sum} > ${most} then ${most} else ${sum} end`;
}
