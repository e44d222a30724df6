import type { DuckDBConnection } from "@duckdb/node-api";
import type { MaintenanceReport, RetentionPlan } from "../../app/history/edge-store.ts";
import { dayHours, hourMs } from "../../app/history/rows/codes.ts";
import { type Client, numberOf } from "./client.ts";
import { edgeColumns } from "./edge-sql.ts";

const dayMs = dayHours * hourMs;
/** New rows that make it worth putting an hour in order that is not over yet. */
const worthRows = 250_000;
/** A buffer that nobody has sent from for so long is gone: its batches cannot come again. */
const marksKeptDays = 400;

/**
 * Rolls up, drops and puts in order. The boundary between hours and days is moved first, and holds for every answer at once;
 * the rows follow, an hour or a day in each transaction, so that it can stop anywhere.
 */
export async function maintain(client: Client, plan: RetentionPlan): Promise<MaintenanceReport> {
  const { nowMs, hourlyDays, dailyDays } = plan;
  const firstHourly = Math.floor((nowMs - hourlyDays * dayMs) / dayMs) * dayHours;
  const firstKept = Math.floor((nowMs - Math.max(hourlyDays, dailyDays) * dayMs) / dayMs) * dayHours;
  const [rolled, dropped] = await client.write(async (connection): Promise<[number, number]> => {
    await connection.run(`UPDATE state SET rolled_before = greatest(rolled_before, ${Math.max(0, firstHourly)})`);
    const boundary = await numberOf(connection, "SELECT rolled_before AS n FROM state");
    return [boundary, await drop(connection, firstKept, nowMs)];
  });
  let rolledUp = 0;
  for (const unit of await unorderedUnits(client, rolled, Math.floor(nowMs / hourMs))) {
    const gone = await client.write(async (connection) => mergeEdges(connection, unit, rolled));
    if (unit.from < rolled) rolledUp += gone;
  }
  for (const sql of othersSql(rolled))
    rolledUp += await client.write(async (connection) => replaceRows(connection, sql));
  // Gives the room of dropped and merged rows back to the file.
  await client.alone("CHECKPOINT");
  return { rolledUp, dropped };
}

async function drop(connection: DuckDBConnection, firstKept: number, nowMs: number): Promise<number> {
  let dropped = 0;
  for (const table of ["edge_rows", "coarse_rows", "health_rows", "left_out_rows"]) {
    dropped += (await connection.run(`DELETE FROM ${table} WHERE hour < ${firstKept}`)).rowsChanged;
  }
  dropped += (await connection.run(`DELETE FROM name_rows WHERE day < ${firstKept / dayHours}`)).rowsChanged;
  await connection.run(`DELETE FROM merged WHERE hour < ${firstKept}`);
  await connection.run(`DELETE FROM marks WHERE stored_ms < ${Math.floor(nowMs - marksKeptDays * dayMs)}`);
  return dropped;
}

/** Hours from `from` on, `span` of them. */
interface Unit {
  readonly from: number;
  readonly span: 1 | 24;
}

/** Days that are over and have rows that came after they were put in order, and such hours of the current day. */
async function unorderedUnits(client: Client, rolled: number, nowHour: number): Promise<readonly Unit[]> {
  const today = nowHour - (nowHour % dayHours);
  const rows = await client.rows(`
    WITH unit AS (
      SELECT CASE WHEN hour < ${today} THEN hour - hour % ${dayHours} ELSE hour END AS start,
        CASE WHEN hour < ${today} THEN ${dayHours} ELSE 1 END AS span,
        count(*) AS rows, bool_or(hour < ${rolled} AND hour % ${dayHours} > 0) AS rolling
      FROM edge_rows GROUP BY ALL
    )
    SELECT start, unit.span AS span
    FROM unit LEFT JOIN merged m ON m.hour = start AND m.span = unit.span
    WHERE rolling OR (unit.rows <> coalesce(m.rows, 0)
      AND (start <> ${nowHour} OR unit.rows - coalesce(m.rows, 0) > ${worthRows}))
    ORDER BY start`);
  return rows.map((row) => ({ from: row.number("start"), span: row.number("span") === 1 ? 1 : dayHours }));
}

/** @returns how many rows fewer there are */
async function mergeEdges(connection: DuckDBConnection, { from, span }: Unit, rolled: number): Promise<number> {
  const hour = from < rolled ? String(from) : "hour";
  const key = `space, owner, ${edgeColumns}, source`;
  const times = ["first_ms", "last_ms"].map(
    (own) => `(hour - ${hour === "hour" ? "hour" : from}) * ${hourMs} + ${own}`,
  );
  const where = `hour >= ${from} AND hour < ${from + span}`;
  await connection.run(`
    CREATE OR REPLACE TEMP TABLE in_order AS
    SELECT ${key}, ${hour} AS hour, sum(flows) AS flows, sum(bytes) AS bytes,
      min(${times[0]}) AS first_ms, max(${times[1]}) AS last_ms
    FROM edge_rows WHERE ${where} GROUP BY ${key}, ${hour === "hour" ? "hour" : "()"} ORDER BY ${key}, 10`);
  const deleted = (await connection.run(`DELETE FROM edge_rows WHERE ${where}`)).rowsChanged;
  const inserted = (await connection.run("INSERT INTO edge_rows BY NAME SELECT * FROM in_order")).rowsChanged;
  await connection.run("DROP TABLE in_order");
  await connection.run(`DELETE FROM merged WHERE hour >= ${from} AND hour < ${from + span}`);
  await connection.run(`INSERT INTO merged VALUES (${from}, ${span}, ${inserted})`);
  return deleted - inserted;
}

interface Replacing {
  readonly table: string;
  readonly select: string;
}

/** The smaller tables are merged whole where anything is to merge. */
function othersSql(rolled: number): readonly Replacing[] {
  const hour = `CASE WHEN hour < ${rolled} THEN hour - hour % ${dayHours} ELSE hour END`;
  const health = "{ 'at': reported_ms, 'kind': kind, 'state': state, 'message': message }";
  return [
    {
      table: "name_rows",
      select: `SELECT space, owner, family, address, name, origin, source, day,
        max({ 'last': last_ms, 'chain': chain }).chain AS chain, min(ttl) AS ttl, sum(count) AS count,
        min(first_ms) AS first_ms, max(last_ms) AS last_ms
        FROM name_rows GROUP BY space, owner, family, address, name, origin, source, day
        ORDER BY day, space, owner, family, address, name, origin, source`,
    },
    {
      table: "coarse_rows",
      select: `SELECT space, owner, destination, protocol, port, verdict, source, ${hour} AS hour,
        sum(flows) AS flows, sum(bytes) AS bytes FROM coarse_rows
        GROUP BY space, owner, destination, protocol, port, verdict, source, ${hour}
        ORDER BY 8, space, owner, destination, protocol, port, verdict, source`,
    },
    {
      table: "health_rows",
      select: `SELECT cluster, observer, source, hour, latest.kind AS kind, latest.state AS state,
        latest.message AS message, records, malformed, lost, outages, dropped, received_bytes, sampling_max,
        last_arrival_ms, lag_sum, lag_weight, lag_max, latest.at AS reported_ms
        FROM (
          SELECT cluster, observer, source, hour, max(${health}) AS latest, sum(records) AS records,
            sum(malformed) AS malformed, sum(lost) AS lost, sum(outages) AS outages, sum(dropped) AS dropped,
            sum(received_bytes) AS received_bytes, max(sampling_max) AS sampling_max,
            max(last_arrival_ms) AS last_arrival_ms, sum(lag_sum) AS lag_sum, sum(lag_weight) AS lag_weight,
            max(lag_max) AS lag_max
          FROM health_rows GROUP BY cluster, observer, source, hour
        ) ORDER BY hour, cluster, observer, source`,
    },
    {
      table: "left_out_rows",
      select: `SELECT cluster, observer, source, hour, reason, sum(flows) AS flows FROM left_out_rows
        GROUP BY cluster, observer, source, hour, reason ORDER BY hour, cluster, observer, source, reason`,
    },
  ];
}

/** @returns how many rows fewer there are; nothing is written when there are none */
async function replaceRows(connection: DuckDBConnection, { table, select }: Replacing): Promise<number> {
  await connection.run(`CREATE OR REPLACE TEMP TABLE in_order AS ${select}`);
  const gone = await numberOf(
    connection,
    `SELECT (SELECT count(*) FROM ${table})::DOUBLE - (SELECT count(*) FROM in_order)::DOUBLE AS n`,
  );
  if (gone > 0) {
    await connection.run(`DELETE FROM ${table}`);
    await connection.run(`INSERT INTO ${table} BY NAME SELECT * FROM in_order`);
  }
  await connection.run("DROP TABLE in_order");
  return gone;
}
