import { type RawBuilder, sql } from "kysely";

/** Whether a column of lower-case text has this text somewhere, whatever signs it consists of. */
export function contains(column: string, text: string): RawBuilder<boolean> {
  // No text of PostgreSQL holds a NUL, so none is found; asking for one would be an error.
  if (text.includes("\0")) return sql<boolean>`1 = 0`;
  const pattern = `%${text.toLowerCase().replaceAll(/[\\%_]/g, String.raw`\$&`)}%`;
  return sql<boolean>`${sql.ref(column)} like ${pattern} escape '\\'`;
}
