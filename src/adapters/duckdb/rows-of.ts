import type { DuckDBConnection, DuckDBValue } from "@duckdb/node-api";
import { StoredRow } from "../../app/history/rows/stored-row.ts";

export type Parameters = Record<string, DuckDBValue>;

/** All rows of a short answer. */
export async function rowsOf(
  connection: DuckDBConnection,
  sql: string,
  parameters: Parameters = {},
): Promise<StoredRow[]> {
  const reader = await connection.runAndReadAll(sql, parameters);
  return reader.getRowObjectsJS().map((row) => new StoredRow(row));
}

/** The number in column `n` of the only row; 0 without a row. */
export async function numberOf(
  connection: DuckDBConnection,
  sql: string,
  parameters: Parameters = {},
): Promise<number> {
  const [row] = await rowsOf(connection, sql, parameters);
  return row?.maybe("n") ?? 0;
}
