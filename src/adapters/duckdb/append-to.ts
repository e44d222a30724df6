import type { DuckDBAppender, DuckDBConnection } from "@duckdb/node-api";

/**
 * Appends what `fill` gives to a table, all of it or nothing. An appender that is left with rows writes them when its memory is
 * collected, in whatever transaction there is then: those of one that was rolled back would come back.
 */
export async function appendTo(
  connection: DuckDBConnection,
  table: { readonly name: string; readonly catalog?: string },
  fill: (appender: DuckDBAppender) => void,
): Promise<void> {
  const appender = await connection.createAppender(table.name, undefined, table.catalog);
  try {
    fill(appender);
    appender.closeSync();
  } catch (error) {
    try {
      appender.clear();
    } catch {
      // DuckDB has given the file up: nothing is written to it before it is opened again.
    }
    throw error;
  }
}
