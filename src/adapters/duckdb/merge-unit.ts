import type { DuckDBConnection } from "@duckdb/node-api";
import type { Client } from "./client.ts";
import type { DayTable } from "./day-tables.ts";
import { rowsOf } from "./rows-of.ts";
import type { Snapshot } from "./snapshot.ts";

/** Hours from `from` on, `span` of them. */
export interface Unit {
  readonly from: number;
  readonly span: 1 | 24;
}

export interface MergeStep {
  /** Rows that were written anew. */
  readonly moved: number;
  /** How many rows fewer there are. */
  readonly gone: number;
}

/**
 * Merges rows of the same key and puts them in order, a part of the owners in each transaction: it may stop between any two, and
 * goes on from the beginning. The order is noted at the end, by the rows it covers: rows that came meanwhile are none of them.
 * Ends early when the client closes.
 */
export async function* mergeSteps(
  client: Client,
  table: DayTable,
  unit: Unit,
  { rolled, pieceRows }: { readonly rolled: number; readonly pieceRows: number },
): AsyncGenerator<MergeStep, void, undefined> {
  const { name, hour, rolls } = table;
  const inUnit = `${hour} >= ${unit.from} AND ${hour} < ${unit.from + unit.span}`;
  const day = rolls && unit.from < rolled ? unit.from : undefined;
  const pieces = table.hasOwners
    ? await client.read(async (snapshot) => piecesOf(snapshot, name, inUnit, pieceRows))
    : ["true"];
  let ordered = 0;
  for (const [i, piece] of pieces.entries()) {
    if (client.isClosing) return;
    const step = await client.write(async (connection): Promise<MergeStep> => {
      const [deleted, inserted] = await mergePiece(connection, table, `${inUnit} AND ${piece}`, day);
      ordered += inserted;
      if (i === pieces.length - 1) await note(connection, name, unit, ordered);
      return { moved: deleted, gone: deleted - inserted };
    });
    yield step;
  }
}

async function mergePiece(
  connection: DuckDBConnection,
  { name, inOrder }: DayTable,
  where: string,
  day: number | undefined,
): Promise<readonly [deleted: number, inserted: number]> {
  const rows = inOrder(`(SELECT * FROM ${name} WHERE ${where})`, day);
  await connection.run(`CREATE OR REPLACE TEMP TABLE in_order AS ${rows}`);
  const deleted = (await connection.run(`DELETE FROM ${name} WHERE ${where}`)).rowsChanged;
  const inserted = (await connection.run(`INSERT INTO ${name} BY NAME SELECT * FROM in_order`)).rowsChanged;
  await connection.run("DROP TABLE in_order");
  return [deleted, inserted];
}

async function note(connection: DuckDBConnection, name: string, { from, span }: Unit, rows: number): Promise<void> {
  await connection.run(`DELETE FROM merged WHERE name = '${name}' AND hour >= ${from} AND hour < ${from + span}`);
  await connection.run(`INSERT INTO merged VALUES ('${name}', ${from}, ${span}, ${rows})`);
}

/** Conditions that part the rows by their owners, in order; together they pick every row, of owners yet to come as well. */
async function piecesOf(
  snapshot: Snapshot,
  name: string,
  where: string,
  pieceRows: number,
): Promise<readonly string[]> {
  const owners = await snapshot.rows(
    `SELECT space, owner, count(*) AS rows FROM ${name} WHERE ${where} GROUP BY ALL ORDER BY ALL`,
  );
  const pieces: string[] = [];
  let from = "";
  let rows = 0;
  for (const row of owners) {
    const own = row.number("rows");
    if (rows > 0 && rows + own > pieceRows) {
      const [space, owner] = [row.number("space"), row.number("owner")];
      pieces.push(both(from, `space <= ${space} AND (space < ${space} OR owner < ${owner})`));
      from = `space >= ${space} AND (space > ${space} OR owner >= ${owner})`;
      rows = 0;
    }
    rows += own;
  }
  return [...pieces, both(from, "")];
}

function both(from: string, to: string): string {
  return [from, to].filter((one) => one !== "").join(" AND ") || "true";
}

/**
 * Puts the rows that came into a table's tail in order, behind those that are.
 * @returns how many there were, by hour
 */
export async function foldTail(
  client: Client,
  { name, tail, hour, inOrder }: DayTable,
): Promise<ReadonlyMap<number, number>> {
  if (tail === undefined) return new Map();
  return client.write(async (connection) => {
    const hours = await rowsOf(connection, `SELECT ${hour} AS own, count(*) AS rows FROM ${tail} GROUP BY own`);
    if (hours.length > 0) {
      await connection.run(`INSERT INTO ${name} BY NAME ${inOrder(tail, undefined)}`);
      await connection.run(`DELETE FROM ${tail}`);
    }
    return new Map(hours.map((row) => [row.number("own"), row.number("rows")]));
  });
}
