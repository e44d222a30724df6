import { nameReachMs, nameSlackMs } from "../../app/history/rows/codes.ts";
import { maxDecidersPerEdge } from "../../pipeline/flows/edge.ts";

/** What tells one edge from another, in the order of edges. */
export const ownerColumns = "cluster, namespace, workload, kind";
export const edgeColumns = `${ownerColumns}, family, address, protocol, port, verdict, prefix`;
/** By which names belong to edges. */
export const addressColumns = `${ownerColumns}, family, address`;

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

/**
 * Edges with their hours and what their workloads heard for their addresses around their time, at most `limit`.
 * @param heard relation of the columns of owners, `family`, `address` and `heard`: names, each with its first and last time
 */
export function edgesSql(rows: string, heard: string, order: string, limit: number): string {
  const isNear = `n -> n.3 >= edge_first - ${nameReachMs} AND n.2 <= edge_last + ${nameSlackMs}`;
  return `
    SELECT ${edgeColumns.replace("address", "toString(address) AS address")}, edge_flows AS flows, edge_bytes AS bytes,
      edge_first AS first_ms, edge_last AS last_ms, activity, deciders AS decided_by,
      arrayDistinct(arrayMap(n -> n.1, arrayFilter(${isNear}, heard))) AS names
    FROM (
      SELECT ${edgeColumns}, edge_flows, edge_bytes, edge_first, edge_last, activity, deciders, heard
      FROM (
        SELECT ${edgeColumns}, sum(flows) AS edge_flows, sum(bytes) AS edge_bytes, min(first_ms) AS edge_first,
          max(last_ms) AS edge_last, arraySort(groupArray((hour, flows))) AS activity,
          arraySlice(arraySort(groupUniqArrayArray(decided_by)), 1, ${maxDecidersPerEdge}) AS deciders
        FROM (${countedHours(rows)}) GROUP BY ${edgeColumns}
      ) AS edge
      ANY LEFT JOIN (${heard}) AS around USING (${addressColumns})
    )
    ORDER BY ${order} LIMIT ${limit}`;
}
