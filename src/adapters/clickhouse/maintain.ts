import type { MaintenanceReport, RetentionPlan } from "../../app/history/edge-store.ts";
import { dayHours, hourMs } from "../../app/history/rows/codes.ts";
import type { Client } from "./client.ts";
import { dayTables, localName, placeOf } from "./ddl.ts";
import { rolledBefore } from "./scope.ts";

const dayMs = dayHours * hourMs;
const hourly = "edges_per_hour_v1";

/**
 * Days are there from the first insert on: rolling up is moving the boundary from which hours are answered. Hours are dropped
 * by the next upkeep: a question that was asked with the boundary before, at a replica that lags as well, still finds its own.
 * Partitions are days, so nothing is rewritten.
 */
export async function maintain(
  client: Client,
  { nowMs, hourlyDays, dailyDays }: RetentionPlan,
): Promise<MaintenanceReport> {
  const firstHourly = Math.max(0, Math.floor((nowMs - hourlyDays * dayMs) / dayMs) * dayHours);
  const firstKept = Math.floor((nowMs - Math.max(hourlyDays, dailyDays) * dayMs) / dayMs) * dayHours;
  const before = await rolledBefore(client.reader());
  let dropped = 0;
  for (const { name } of dayTables) {
    const rows = await dropDays(client, name, name === hourly ? Math.max(firstKept, before) : firstKept);
    // What is in hours is in days as well.
    if (name !== hourly) dropped += rows;
  }
  if (firstHourly <= before) return { rolledUp: 0, dropped };
  const rolledUp = await days(client, hourly, firstHourly);
  await client.insert("boundaries_v1", [{ name: "rolled_before", hour: firstHourly }], `rolled before ${firstHourly}`);
  return { rolledUp: rolledUp.reduce((rows, day) => rows + day.rows, 0), dropped };
}

/** @returns how many rows the dropped days had */
async function dropDays(client: Client, table: string, beforeHour: number): Promise<number> {
  const { db, on } = placeOf(client.config);
  let dropped = 0;
  for (const { id, rows } of await days(client, table, beforeHour)) {
    const local = `${db}.${localName(client.config, table)}`;
    await client.commandWhoIsThere(`ALTER TABLE ${local}${on} DROP PARTITION ID {id:String}`, { id });
    dropped += rows;
  }
  return dropped;
}

/** Days before an hour that have rows; of each shard one replica is asked, so that one that is away is not missed. */
async function days(
  client: Client,
  table: string,
  beforeHour: number,
): Promise<readonly { readonly id: string; readonly rows: number }[]> {
  const { database, cluster } = client.config;
  const parts = cluster === undefined ? "system.parts" : "cluster({cluster:String}, system.parts)";
  const rows = await client.rows(
    `SELECT partition_id AS id, sum(rows) AS rows FROM ${parts}
     WHERE active AND database = {database:String} AND table = {table:String}
       AND toInt64OrZero(partition_id) < ${Math.floor(beforeHour / dayHours)}
     GROUP BY partition_id ORDER BY partition_id`,
    { database, table: localName(client.config, table), ...(cluster === undefined ? {} : { cluster }) },
  );
  return rows.map((row) => ({ id: row.text("id"), rows: row.number("rows") }));
}
