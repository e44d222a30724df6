import type { MaintenanceReport, RetentionPlan } from "../../app/history/edge-store.ts";
import { dayHours, hourMs } from "../../app/history/rows/codes.ts";
import type { Client } from "./client.ts";
import { dayTables, identifier } from "./ddl.ts";
import { rolledBefore } from "./scope.ts";

const dayMs = dayHours * hourMs;

/**
 * Days are there from the first insert on: rolling up is moving the boundary from which hours are answered, and then dropping
 * hours behind it. Partitions are days, so nothing is rewritten.
 */
export async function maintain(
  client: Client,
  { nowMs, hourlyDays, dailyDays }: RetentionPlan,
): Promise<MaintenanceReport> {
  const firstHourly = Math.max(0, Math.floor((nowMs - hourlyDays * dayMs) / dayMs) * dayHours);
  const firstKept = Math.floor((nowMs - Math.max(hourlyDays, dailyDays) * dayMs) / dayMs) * dayHours;
  await client.insert("boundaries_v1", [{ name: "rolled_before", hour: firstHourly }], `rolled before ${firstHourly}`);
  const rolled = await rolledBefore(client);
  // First what is past its time altogether, so that it is not counted as rolled up.
  const past = new Map<string, number>();
  for (const table of dayTables) past.set(table, await dropDays(client, table, firstKept));
  const rolledUp = await dropDays(client, "edges_per_hour_v1", rolled);
  let dropped = 0;
  // What is in hours is in days as well.
  for (const [table, rows] of past) if (table !== "edges_per_hour_v1") dropped += rows;
  return { rolledUp, dropped };
}

/** @returns how many rows the dropped days had */
async function dropDays(client: Client, table: string, beforeHour: number): Promise<number> {
  const { database, cluster } = client.config;
  const parts = cluster === undefined ? "system.parts" : `clusterAllReplicas({cluster:String}, system.parts)`;
  const local = cluster === undefined ? table : `${table}_local`;
  const rows = await client.rows(
    `SELECT partition_id AS id, sum(rows) AS rows FROM ${parts}
     WHERE active AND database = {database:String} AND table = {table:String}
       AND toInt64OrZero(partition_id) < ${Math.floor(beforeHour / dayHours)}
     GROUP BY partition_id ORDER BY partition_id`,
    { database, table: local, ...(cluster === undefined ? {} : { cluster }) },
  );
  const on = cluster === undefined ? "" : ` ON CLUSTER ${identifier(cluster)}`;
  let dropped = 0;
  for (const row of rows) {
    await client.command(`ALTER TABLE ${client.table(local)}${on} DROP PARTITION ID {id:String}`, {
      id: row.text("id"),
    });
    dropped += row.number("rows");
  }
  return dropped;
}
