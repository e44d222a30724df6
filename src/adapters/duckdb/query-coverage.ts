import type { Coverage } from "../../app/history/edge-store.ts";
import { dayHours } from "../../app/history/rows/codes.ts";
import { edgeColumns } from "./edge-sql.ts";
import { rolledBefore } from "./scope.ts";
import type { Snapshot } from "./snapshot.ts";

/** Clusters and namespaces with edges; the last hour of a rolled-up day is its last. */
export async function queryCoverage(snapshot: Snapshot): Promise<readonly Coverage[]> {
  const rolled = await rolledBefore(snapshot);
  const rows = await snapshot.rows(`
    SELECT cluster, namespace, min(first) AS first, max(last) AS last, sum(edges) AS edges
    FROM (
      SELECT space, min(hour) AS first, max(hour) AS last, count(DISTINCT (owner, ${edgeColumns})) AS edges
      FROM all_edge_rows GROUP BY space
    ) JOIN (SELECT DISTINCT space, cluster, namespace FROM owners) USING (space)
    GROUP BY cluster, namespace ORDER BY cluster, namespace`);
  return rows.map((row) => {
    const [first, last] = [row.number("first"), row.number("last")];
    return {
      cluster: row.text("cluster"),
      namespace: row.text("namespace"),
      firstHour: first < rolled ? first - (first % dayHours) : first,
      lastHour: last < rolled ? last - (last % dayHours) + dayHours - 1 : last,
      edges: row.number("edges"),
    };
  });
}
