import { leftOutReasons } from "../../../pipeline/flows/harvest.ts";
import type { SourceState } from "../../../pipeline/flows/sealed-batch.ts";
import type { StoredHealth } from "../edge-store.ts";
import { spansOfHours } from "../hour-span.ts";
import type { StoredRow } from "./stored-row.ts";

/** Sums by source, and by source and reason of what was left out; in the order of the first. */
export function healthOfRows(rows: readonly StoredRow[], leftOut: readonly StoredRow[]): readonly StoredHealth[] {
  const keyOf = (row: StoredRow): string =>
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
      reportedHours: spansOfHours(row.list("reported_hours").map(Number)),
    };
  });
}
