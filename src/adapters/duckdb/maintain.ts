import type { DuckDBConnection } from "@duckdb/node-api";
import type { MaintenanceReport, RetentionPlan } from "../../app/history/edge-store.ts";
import { dayHours, hourMs } from "../../app/history/rows/codes.ts";
import type { Client } from "./client.ts";
import type { OrderLimits } from "./config.ts";
import { type DayTable, dayTables } from "./day-tables.ts";
import { foldTail, mergeSteps, type Unit } from "./merge-unit.ts";
import { numberOf } from "./rows-of.ts";
import { isBusy } from "./trouble.ts";

const dayMs = dayHours * hourMs;
/** For those who are reading at the end, while others wait. */
const patienceMs = 1000;
/** New rows that make it worth putting an hour in order that is not over yet. */
const worthRows = 250_000;
/** A buffer that nobody has sent from for so long is gone: its batches cannot come again. */
const marksKeptDays = 400;

/**
 * Rolls up, drops and puts in order. The boundary between hours and days is moved first, and holds for every answer at once;
 * the rows follow, a part of an hour or a day in each transaction, so that it can stop anywhere and nothing waits for it long.
 */
export async function maintain(
  client: Client,
  plan: RetentionPlan,
  { pieceRows }: Pick<OrderLimits, "pieceRows">,
): Promise<MaintenanceReport> {
  const { nowMs, hourlyDays, dailyDays } = plan;
  const firstHourly = Math.floor((nowMs - hourlyDays * dayMs) / dayMs) * dayHours;
  const firstKept = Math.floor((nowMs - Math.max(hourlyDays, dailyDays) * dayMs) / dayMs) * dayHours;
  const [rolled, dropped] = await client.write(async (connection): Promise<[number, number]> => {
    // Only where it moves: see `marks` for what an update costs.
    await connection.run(`UPDATE state SET rolled_before = ${firstHourly} WHERE rolled_before < ${firstHourly}`);
    const boundary = await numberOf(connection, "SELECT rolled_before AS n FROM state");
    return [boundary, await drop(connection, firstKept, nowMs)];
  });
  let rolledUp = 0;
  for (const table of dayTables) {
    if (!client.isClosing) await foldTail(client, table);
    const units = client.isClosing ? [] : await unorderedUnits(client, table, rolled, Math.floor(nowMs / hourMs));
    for (const unit of units) {
      // A collector that is stopped goes on with the rest when it is started again.
      if (client.isClosing) return { rolledUp, dropped };
      for await (const { gone } of mergeSteps(client, table, unit, { rolled, pieceRows })) {
        if (table.rolls && unit.from < rolled) rolledUp += gone;
      }
    }
  }
  if (client.isClosing) return { rolledUp, dropped };
  await giveRoomBack(client);
  return { rolledUp, dropped };
}

/** Gives the room of dropped and merged rows back to the file. Beside a long question most of it has to wait for the next time. */
async function giveRoomBack(client: Client): Promise<void> {
  try {
    if (await client.giveRoomBack(patienceMs)) return;
    await client.checkpoint();
  } catch (error) {
    const { cause } = error as Error;
    if (!(cause instanceof Error && isBusy(cause))) throw error;
  }
}

async function drop(connection: DuckDBConnection, firstKept: number, nowMs: number): Promise<number> {
  let dropped = 0;
  for (const { name, tail, hour } of dayTables) {
    for (const table of tail === undefined ? [name] : [name, tail]) {
      dropped += (await connection.run(`DELETE FROM ${table} WHERE ${hour} < ${firstKept}`)).rowsChanged;
    }
  }
  await connection.run(`DELETE FROM merged WHERE hour < ${firstKept}`);
  await connection.run(`DELETE FROM marks WHERE stored_ms < ${Math.floor(nowMs - marksKeptDays * dayMs)}`);
  return dropped;
}

/**
 * Days that are over and have rows that came after they were put in order, and such hours of the current day; and days that
 * are to be rolled up.
 */
async function unorderedUnits(
  client: Client,
  { name, hour, rolls }: DayTable,
  rolled: number,
  nowHour: number,
): Promise<readonly Unit[]> {
  const today = nowHour - (nowHour % dayHours);
  const rows = await client.read(async (snapshot) =>
    snapshot.rows(`
    WITH unit AS (
      SELECT CASE WHEN own < ${today} THEN own - own % ${dayHours} ELSE own END AS start,
        CASE WHEN own < ${today} THEN ${dayHours} ELSE 1 END AS span,
        count(*) AS rows, bool_or(${rolls} AND own < ${rolled} AND own % ${dayHours} > 0) AS rolling
      FROM (SELECT ${hour} AS own FROM ${name}) GROUP BY ALL
    )
    SELECT start, unit.span AS span
    FROM unit LEFT JOIN merged m ON m.name = '${name}' AND m.hour = start AND m.span = unit.span
    WHERE rolling OR (unit.rows <> coalesce(m.rows, 0)
      AND (start <> ${nowHour} OR unit.rows - coalesce(m.rows, 0) > ${worthRows}))
    ORDER BY start`),
  );
  return rows.map((row) => ({ from: row.number("start"), span: row.number("span") === 1 ? 1 : dayHours }));
}
