import type { EdgeStore, StoredHealth } from "../../app/history/edge-store.ts";
import { leftOutReasons } from "../../pipeline/flows/harvest.ts";
import type { SourceState } from "../../pipeline/flows/sealed-batch.ts";
import type { Client, Parameters as SqlParameters } from "./client.ts";
import type { ResultRow } from "./result-row.ts";
import { hourScope } from "./scope.ts";

/** Sums of what each source of each observer brought and lost, and how it stood when it last reported. By the hour of sealing. */
export async function queryHealth(
  client: Client,
  { cluster, window }: Parameters<EdgeStore["sourceHealth"]>[0],
): Promise<readonly StoredHealth[]> {
  const { condition } = hourScope(window, 0);
  const where = `${condition}${cluster === undefined ? "" : " AND cluster = $cluster"}`;
  const parameters: SqlParameters = cluster === undefined ? {} : { cluster };
  const latest = "{ 'at': reported_ms, 'kind': kind, 'state': state, 'message': message }";
  const rows = await client.rows(
    `
    SELECT h.* EXCLUDE (source, latest), latest.kind AS kind, latest.state AS state, latest.message AS message,
      latest.at AS reported_ms, s.name AS source
    FROM (
      SELECT cluster, observer, source, max(${latest}) AS latest, sum(records) AS records, sum(malformed) AS malformed,
        sum(lost) AS lost, sum(outages) AS outages, sum(dropped) AS dropped, sum(received_bytes) AS received_bytes,
        max(sampling_max) AS sampling_max, max(last_arrival_ms) AS last_arrival_ms,
        sum(lag_sum) / sum(lag_weight) AS lag_mean, max(lag_max) AS lag_max
      FROM health_rows WHERE ${where} GROUP BY cluster, observer, source
    ) h JOIN sources s ON s.id = h.source
    ORDER BY cluster, observer, s.name`,
    parameters,
  );
  const leftOut = await client.rows(
    `SELECT cluster, observer, s.name AS source, reason, sum(flows) AS flows
     FROM left_out_rows l JOIN sources s ON s.id = l.source WHERE ${where} GROUP BY ALL`,
    parameters,
  );
  const keyOf = (row: ResultRow): string =>
    JSON.stringify([row.text("cluster"), row.text("observer"), row.text("source")]);
  const reasons = Map.groupBy(leftOut, keyOf);
  return rows.map((row) => {
    const own = new Map(reasons.get(keyOf(row))?.map((left) => [left.text("reason"), left.number("flows")]));
    const lagMean = row.maybe("lag_mean");
    return {
      cluster: row.text("cluster"),
      observer: row.text("observer"),
      source: row.text("source"),
      kind: row.text("kind"),
      state: row.text("state") as SourceState,
      message: row.text("message"),
      records: row.number("records"),
      malformed: row.number("malformed"),
      lost: row.number("lost"),
      outages: row.number("outages"),
      dropped: row.number("dropped"),
      receivedBytes: row.number("received_bytes"),
      leftOut: leftOutReasons.flatMap((reason) => (own.has(reason) ? [{ reason, flows: own.get(reason) ?? 0 }] : [])),
      samplingMax: row.number("sampling_max"),
      lastArrivalMs: row.maybe("last_arrival_ms"),
      lagMs: lagMean === undefined ? undefined : { mean: lagMean, max: row.number("lag_max") },
      reportedAtMs: row.number("reported_ms"),
    };
  });
}
