import type { EdgeStore, Talker } from "../../app/history/edge-store.ts";
import { talkerOfRow } from "../../app/history/rows/answers.ts";
import { countedHours } from "./edge-sql.ts";
import { hourScope, ownersCondition, rolledBefore } from "./scope.ts";
import type { Snapshot } from "./snapshot.ts";

const groups = {
  workload: "cluster, namespace, kind, workload",
  namespace: "cluster, namespace",
  destination: "cluster, family, address",
} as const;

/** Who sends most, or what is called most; equal ones in the order of their names. */
export async function queryTalkers(
  snapshot: Snapshot,
  { cluster, window, of, by, limit }: Parameters<EdgeStore["topTalkers"]>[0],
): Promise<readonly Talker[]> {
  const owners = await ownersCondition(snapshot, { cluster });
  if (owners === undefined) return [];
  const scope = hourScope(window, await rolledBefore(snapshot));
  const counted = countedHours(`all_edge_rows WHERE ${owners} AND ${scope.condition}`, scope);
  const group = groups[of];
  const rows = await snapshot.rows(`
    WITH edge AS (
      SELECT owner, family, address, prefix, protocol, port, sum(flows) AS flows, sum(bytes) AS bytes
      FROM (${counted}) GROUP BY owner, family, address, prefix, protocol, port
    )
    SELECT ${group}, sum(flows) AS flows, sum(bytes) AS bytes,
      count(DISTINCT (family, address, prefix, protocol, port)) AS destinations
    FROM edge JOIN (SELECT id, cluster, namespace, kind, name AS workload FROM owners) o ON o.id = edge.owner
    GROUP BY ${group} ORDER BY ${by} DESC NULLS LAST, ${group} LIMIT ${limit}`);
  return rows.map((row) => talkerOfRow(row, of));
}
