import { type RawBuilder, sql } from "kysely";

/** Whether a column of lower-case text has this text somewhere, whatever signs it consists of. */
export function contains(column: string, text: string): RawBuilder<boolean> {
  const pattern = `%${text.toLowerCase().replaceAll(/[\\%_]/g, String.raw`\$&`)}%`;
  return sql<boolean>`${sql.ref(column)} like ${pattern} escape '\\'`;
}
