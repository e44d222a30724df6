import type { EdgeStore } from "../../app/history/edge-store.ts";
import { hourMs } from "../../app/history/rows/codes.ts";
import type { Edge } from "../../pipeline/flows/edge.ts";
import { countedHours, edgeOrder, edgesSql } from "./edge-sql.ts";
import { readEdges } from "./query-edges.ts";
import { hourScope, ownersCondition, rolledBefore } from "./scope.ts";
import type { Snapshot } from "./snapshot.ts";

const destination = "space, family, address, prefix, protocol, port";
/** Being refused says nothing about having been there, and the other way round. */
const isReached = "(verdict <= 1)";

/** Edges to destinations that no workload of the namespace had before `sinceMs`, the latest to appear first. */
export async function queryNewDestinations(
  snapshot: Snapshot,
  { cluster, namespace, sinceMs, limit }: Parameters<EdgeStore["newDestinations"]>[0],
): Promise<readonly Edge[]> {
  const owners = await ownersCondition(snapshot, { cluster, namespace });
  if (owners === undefined) return [];
  const rolled = await rolledBefore(snapshot);
  const scope = hourScope({ fromMs: sinceMs, toMs: Number.MAX_SAFE_INTEGER }, rolled);
  const since = Math.floor(sinceMs);
  const keys = `${destination}, ${isReached} AS reached`;
  const rows = `(
    SELECT * FROM (SELECT *, ${isReached} AS reached FROM all_edge_rows WHERE ${owners} AND ${scope.condition})
    SEMI JOIN (
      SELECT * FROM recent ANTI JOIN (
        SELECT DISTINCT ${keys} FROM all_edge_rows
        WHERE ${owners} AND hour <= ${Math.floor(since / hourMs)} AND hour * ${hourMs}::BIGINT + first_ms < ${since}
      ) USING (${destination}, reached)
    ) USING (${destination}, reached)
  )`;
  const recent = `SELECT DISTINCT ${keys} FROM all_edge_rows WHERE ${owners} AND ${scope.condition}
    AND hour * ${hourMs}::BIGINT + last_ms >= ${since}`;
  const counted = `WITH recent AS (${recent}) ${countedHours(rows, scope)}`;
  return readEdges(snapshot, edgesSql(counted, `${owners} AND ${scope.condition}`, `first DESC, ${edgeOrder}`, limit));
}
