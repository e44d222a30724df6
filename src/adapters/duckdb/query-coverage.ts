import type { Coverage } from "../../app/history/edge-store.ts";
import { dayHours } from "../../app/history/rows/codes.ts";
import type { Client } from "./client.ts";
import { edgeColumns } from "./edge-sql.ts";
import { rolledBefore } from "./scope.ts";

/** Clusters and namespaces with edges; the last hour of a rolled-up day is its last. */
export async function queryCoverage(client: Client): Promise<readonly Coverage[]> {
  const rolled = await rolledBefore(client);
  const rows = await client.rows(`
    SELECT cluster, namespace, min(first) AS first, max(last) AS last, sum(edges) AS edges
    FROM (
      SELECT space, min(hour) AS first, max(hour) AS last, count(DISTINCT (owner, ${edgeColumns})) AS edges
      FROM edge_rows GROUP BY space
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
