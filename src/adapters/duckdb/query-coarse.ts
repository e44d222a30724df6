import type { CoarseQuery, StoredCoarse } from "../../app/history/edge-store.ts";
import { coarseOfRow } from "../../app/history/rows/answers.ts";
import { hourScope, ownersCondition, rolledBefore } from "./scope.ts";
import type { Snapshot } from "./snapshot.ts";

/** What sources told without addresses, source by source: what they count is not comparable. */
export async function queryCoarse(
  snapshot: Snapshot,
  { window, limit, per = "hour", ...asked }: CoarseQuery,
): Promise<readonly StoredCoarse[]> {
  const owners = await ownersCondition(snapshot, asked);
  if (owners === undefined) return [];
  const scope = hourScope(window, await rolledBefore(snapshot));
  const key = "owner, destination, protocol, port, verdict, source";
  const rows = await snapshot.rows(`
    SELECT o.cluster, o.namespace, o.kind, o.name AS workload, s.name AS source, c.* EXCLUDE (owner, source)
    FROM (
      SELECT ${key}, min(counted) AS counted_hour, max(counted) AS last_hour, sum(flows) AS flows, sum(bytes) AS bytes
      FROM (SELECT *, ${scope.hour} AS counted FROM coarse_rows WHERE ${owners} AND ${scope.condition})
      GROUP BY ${per === "window" ? key : `${key}, counted`}
    ) c JOIN owners o ON o.id = c.owner JOIN sources s ON s.id = c.source
    ORDER BY o.cluster, o.namespace, o.name, o.kind, destination, protocol, port, verdict, s.name, counted_hour LIMIT ${limit}`);
  return rows.map(coarseOfRow);
}
