import type { EdgeStore, StoredHealth } from "../../app/history/edge-store.ts";
import { healthOfRows } from "../../app/history/rows/health.ts";
import type { Reader } from "./client.ts";
import { hoursOf, ownersCondition } from "./scope.ts";

/** Sums of what each source of each observer brought and lost, and how it stood when it last reported. By the hour of sealing. */
export async function queryHealth(
  reader: Reader,
  { cluster, window }: Parameters<EdgeStore["sourceHealth"]>[0],
): Promise<readonly StoredHealth[]> {
  const owners = ownersCondition({ cluster });
  const { from, to } = hoursOf(window);
  const where = `${owners.sql} AND hour >= ${from} AND hour < ${to}`;
  const rows = await reader.rows(
    `SELECT cluster, observer, source, max(latest).1 AS reported_ms, max(latest).2 AS kind, max(latest).3 AS state,
       max(latest).4 AS message, sum(records) AS records, sum(malformed) AS malformed, sum(lost) AS lost, sum(outages) AS outages,
       sum(dropped) AS dropped, sum(received_bytes) AS received_bytes, max(sampling_max) AS sampling_max,
       max(last_arrival_ms) AS last_arrival_ms, sum(lag_sum) / sum(lag_weight) AS lag_mean, max(lag_max) AS lag_max,
       groupUniqArray(hour) AS reported_hours
     FROM ${reader.table("health_v1")} WHERE ${where}
     GROUP BY cluster, observer, source ORDER BY cluster, observer, source`,
    owners.parameters,
  );
  const leftOut = await reader.rows(
    `SELECT cluster, observer, source, reason, sum(flows) AS flows FROM ${reader.table("left_out_v1")} WHERE ${where}
     GROUP BY cluster, observer, source, reason`,
    owners.parameters,
  );
  return healthOfRows(rows, leftOut);
}
