import { maxDecidersPerEdge } from "../../pipeline/flows/edge.ts";

/** What tells one edge from another, in the order of edges. */
export const ownerColumns = "cluster, namespace, workload, kind";
export const edgeColumns = `${ownerColumns}, family, address, protocol, port, verdict, prefix`;

/** Counts of edges by hour: per source the rows add up, and of several sources the largest count holds. */
export function countedHours(rows: string): string {
  return `
    SELECT ${edgeColumns}, hour, max(flows) AS flows, max(bytes) AS bytes, min(first_ms) AS first_ms, max(last_ms) AS last_ms,
      groupUniqArrayArray(decided_by) AS decided_by
    FROM (
      SELECT ${edgeColumns}, source, hour, sum(flows) AS flows, sum(bytes) AS bytes, min(first_ms) AS first_ms,
        max(last_ms) AS last_ms, groupUniqArrayArray(decided_by) AS decided_by
      FROM ${rows} GROUP BY ${edgeColumns}, source, hour
    )
    GROUP BY ${edgeColumns}, hour`;
}

/** Edges with their hours, at most `limit`. */
export function edgesSql(rows: string, order: string, limit: number): string {
  return `
    SELECT ${edgeColumns.replace("address", "toString(address) AS address")}, sum(flows) AS flows, sum(bytes) AS bytes,
      min(first_ms) AS first_ms, max(last_ms) AS last_ms, arraySort(groupArray((hour, flows))) AS activity,
      arraySlice(arraySort(groupUniqArrayArray(decided_by)), 1, ${maxDecidersPerEdge}) AS decided_by
    FROM (${countedHours(rows)})
    GROUP BY ${edgeColumns} ORDER BY ${order} LIMIT ${limit}`;
}
