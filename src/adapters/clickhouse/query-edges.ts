import type { EdgeQuery, EdgeStore } from "../../app/history/edge-store.ts";
import {
  dayHours,
  hourMs,
  maxNamesPerEdge,
  nameReachMs,
  nameSlackMs,
  noPrefix,
  protocolCodes,
  verdictCodes,
} from "../../app/history/rows/codes.ts";
import type { StoredRow } from "../../app/history/rows/stored-row.ts";
import { compareText } from "../../pipeline/flows/edge-builder.ts";
import type { Edge } from "../../pipeline/flows/edge.ts";
import type { Client } from "./client.ts";
import { edgeColumns, edgesSql, ownerColumns } from "./edge-sql.ts";
import { type Condition, edgeRows, ownersCondition, rolledBefore } from "./scope.ts";

/** Edges of workloads in a window, in the order of a harvest. */
export async function queryEdges(
  client: Client,
  { limit, window, ...asked }: EdgeQuery,
): Promise<{ readonly edges: readonly Edge[]; readonly isCut: boolean }> {
  const owners = ownersCondition(asked);
  const rows = edgeRows(client, window, await rolledBefore(client), owners);
  const edges = await readEdges(client, edgesSql(rows, edgeColumns, limit + 1), owners);
  return { edges: edges.slice(0, limit), isCut: edges.length > limit };
}

/** Edges to destinations that no workload of the namespace had before `sinceMs`, the latest to appear first. */
export async function queryNewDestinations(
  client: Client,
  { cluster, namespace, sinceMs, limit }: Parameters<EdgeStore["newDestinations"]>[0],
): Promise<readonly Edge[]> {
  const owners = ownersCondition({ cluster, namespace });
  const rolled = await rolledBefore(client);
  const since = Math.floor(sinceMs);
  const end = Number.MAX_SAFE_INTEGER;
  // Being refused says nothing about having been there, and the other way round.
  const destination = "(cluster, namespace, family, address, prefix, protocol, port, verdict <= 1)";
  const recent = edgeRows(client, { fromMs: since, toMs: end }, rolled, owners);
  const before = edgeRows(client, { fromMs: 0, toMs: Math.max(1, since) }, rolled, owners);
  const fresh = `(SELECT * FROM ${recent} WHERE ${destination} NOT IN
    (SELECT ${destination} FROM ${before} WHERE first_ms < ${since}))`;
  return readEdges(client, edgesSql(fresh, `min(first_ms) DESC, ${edgeColumns}`, limit), owners);
}

async function readEdges(client: Client, sql: string, owners: Condition): Promise<Edge[]> {
  const rows = await client.rows(sql, owners.parameters);
  if (rows.length === 0) return [];
  const namesOf = await heardNames(client, rows, owners);
  return rows.map((row) => {
    const prefix = row.number("prefix");
    return {
      ...row.owner(),
      address: row.address(),
      prefixLength: prefix === noPrefix ? undefined : prefix - 1,
      protocol: protocolCodes[row.number("protocol")] ?? "other",
      port: row.number("port"),
      verdict: verdictCodes[row.number("verdict")] ?? "seen",
      names: namesOf(row),
      decidedBy: row.list("decided_by") as readonly string[],
      flows: row.number("flows"),
      bytes: row.maybe("bytes"),
      firstSeenMs: row.number("first_ms"),
      lastSeenMs: row.number("last_ms"),
      activity: row.list("activity").map((own) => {
        const [hour, flows] = own as [number, number];
        return { hour, flows };
      }),
    };
  });
}

/** What workloads heard for addresses around the time of the edges. */
async function heardNames(
  client: Client,
  edges: readonly StoredRow[],
  { sql, parameters }: Condition,
): Promise<(edge: StoredRow) => readonly string[]> {
  const keyOf = (row: StoredRow): string =>
    JSON.stringify([
      row.text("cluster"),
      row.text("namespace"),
      row.text("workload"),
      row.text("kind"),
      row.number("family"),
      row.text("address"),
    ]);
  const firstMs = edges.reduce((first, edge) => Math.min(first, edge.number("first_ms")), Infinity) - nameReachMs;
  const rows = await client.rows(
    `SELECT ${ownerColumns}, family, toString(address) AS address, name, first_ms, last_ms FROM ${client.table("names_v1")}
     WHERE ${sql} AND day >= ${Math.max(0, Math.floor(firstMs / (dayHours * hourMs)))}`,
    parameters,
  );
  const heard = Map.groupBy(rows, keyOf);
  return (edge) => {
    const from = edge.number("first_ms") - nameReachMs;
    const to = edge.number("last_ms") + nameSlackMs;
    const near = (heard.get(keyOf(edge)) ?? []).filter(
      (name) => name.number("last_ms") >= from && name.number("first_ms") <= to,
    );
    return [...new Set(near.map((name) => name.text("name")))].sort(compareText).slice(0, maxNamesPerEdge);
  };
}
