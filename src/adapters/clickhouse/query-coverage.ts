import type { Coverage } from "../../app/history/edge-store.ts";
import { dayHours } from "../../app/history/rows/codes.ts";
import type { Reader } from "./client.ts";
import { edgeColumns } from "./edge-sql.ts";
import { edgeRows, rolledBefore } from "./scope.ts";

/** Clusters and namespaces with edges; the last hour of a rolled-up day is its last. */
export async function queryCoverage(reader: Reader): Promise<readonly Coverage[]> {
  const rolled = await rolledBefore(reader);
  const everything = { fromMs: 0, toMs: Number.MAX_SAFE_INTEGER };
  const rows = await reader.rows(
    `SELECT cluster, namespace, min(hour) AS first, max(hour) AS last, uniqExact(${edgeColumns}) AS edges
     FROM ${edgeRows(reader, everything, rolled, { sql: "1" })} GROUP BY cluster, namespace ORDER BY cluster, namespace`,
  );
  return rows.map((row) => {
    const last = row.number("last");
    return {
      cluster: row.text("cluster"),
      namespace: row.text("namespace"),
      firstHour: row.number("first"),
      lastHour: last < rolled ? last + dayHours - 1 : last,
      edges: row.number("edges"),
    };
  });
}
