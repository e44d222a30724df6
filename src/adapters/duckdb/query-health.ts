import type { EdgeStore, StoredHealth } from "../../app/history/edge-store.ts";
import { healthOfRows } from "../../app/history/rows/health.ts";
import type { Parameters as SqlParameters } from "./rows-of.ts";
import { hourScope } from "./scope.ts";
import type { Snapshot } from "./snapshot.ts";

/** Sums of what each source of each observer brought and lost, and how it stood when it last reported. By the hour of sealing. */
export async function queryHealth(
  snapshot: Snapshot,
  { cluster, window }: Parameters<EdgeStore["sourceHealth"]>[0],
): Promise<readonly StoredHealth[]> {
  const { condition } = hourScope(window, 0);
  const where = `${condition}${cluster === undefined ? "" : " AND cluster = $cluster"}`;
  const parameters: SqlParameters = cluster === undefined ? {} : { cluster };
  const latest = "{ 'at': reported_ms, 'kind': kind, 'state': state, 'message': message }";
  const rows = await snapshot.rows(
    `
    SELECT h.* EXCLUDE (source, latest), latest.kind AS kind, latest.state AS state, latest.message AS message,
      latest.at AS reported_ms, s.name AS source
    FROM (
      SELECT cluster, observer, source, max(${latest}) AS latest, sum(records) AS records, sum(malformed) AS malformed,
        sum(lost) AS lost, sum(outages) AS outages, sum(dropped) AS dropped, sum(received_bytes) AS received_bytes,
        max(sampling_max) AS sampling_max, max(last_arrival_ms) AS last_arrival_ms,
        sum(lag_sum) / sum(lag_weight) AS lag_mean, max(lag_max) AS lag_max,
        list(DISTINCT hour) AS reported_hours
      FROM health_rows WHERE ${where} GROUP BY cluster, observer, source
    ) h JOIN sources s ON s.id = h.source
    ORDER BY cluster, observer, s.name`,
    parameters,
  );
  const leftOut = await snapshot.rows(
    `SELECT cluster, observer, s.name AS source, reason, sum(flows) AS flows
     FROM left_out_rows l JOIN sources s ON s.id = l.source WHERE ${where} GROUP BY ALL`,
    parameters,
  );
  return healthOfRows(rows, leftOut);
}
