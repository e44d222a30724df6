import type { EdgeQuery, EdgeStore } from "../../app/history/edge-store.ts";
import { maxNamesPerEdge, noPrefix, protocolCodes, verdictCodes } from "../../app/history/rows/codes.ts";
import type { StoredRow } from "../../app/history/rows/stored-row.ts";
import { compareText } from "../../pipeline/flows/edge-builder.ts";
import type { Edge } from "../../pipeline/flows/edge.ts";
import type { Reader } from "./client.ts";
import { edgeColumns, edgesSql } from "./edge-sql.ts";
import { edgeRows, heardNames, ownersCondition, rolledBefore } from "./scope.ts";

/** Edges of workloads in a window, in the order of a harvest. */
export async function queryEdges(
  reader: Reader,
  query: EdgeQuery,
): Promise<{ readonly edges: readonly Edge[]; readonly isCut: boolean }> {
  const edges: Edge[] = [];
  const parts = edgesInParts(reader, query);
  for (;;) {
    const { done = false, value } = await parts.next();
    if (done) return { edges, ...(value as { readonly isCut: boolean }) };
    for (const edge of value as readonly Edge[]) edges.push(edge);
  }
}

/** As {@link queryEdges}, while they come: one statement, so that they are of one moment. */
export async function* edgesInParts(
  reader: Reader,
  { limit, window, ...asked }: EdgeQuery,
): AsyncGenerator<readonly Edge[], { readonly isCut: boolean }, undefined> {
  const owners = ownersCondition(asked);
  const rows = edgeRows(reader, window, await rolledBefore(reader), owners);
  const sql = edgesSql(rows, heardNames(reader, window.fromMs, owners), edgeColumns, limit + 1);
  let room = limit;
  for await (const some of reader.parts(sql, owners.parameters)) {
    const edges = some.slice(0, Math.max(0, room)).map(edgeOfRow);
    room -= some.length;
    if (edges.length > 0) yield edges;
  }
  return { isCut: room < 0 };
}

/** Edges to destinations that no workload of the namespace had before `sinceMs`, the latest to appear first. */
export async function queryNewDestinations(
  reader: Reader,
  { cluster, namespace, sinceMs, limit }: Parameters<EdgeStore["newDestinations"]>[0],
): Promise<readonly Edge[]> {
  const owners = ownersCondition({ cluster, namespace });
  const rolled = await rolledBefore(reader);
  const since = Math.floor(sinceMs);
  const end = Number.MAX_SAFE_INTEGER;
  // Being refused says nothing about having been there, and the other way round.
  const destination = "(cluster, namespace, family, address, prefix, protocol, port, verdict <= 1)";
  const recent = edgeRows(reader, { fromMs: since, toMs: end }, rolled, owners);
  const before = edgeRows(reader, { fromMs: 0, toMs: Math.max(1, since) }, rolled, owners);
  // What one shard has not seen another may have.
  const fresh = `(SELECT * FROM ${recent} WHERE ${destination} GLOBAL NOT IN
    (SELECT ${destination} FROM ${before} WHERE first_ms < ${since}))`;
  const sql = edgesSql(fresh, heardNames(reader, since, owners), `edge_first DESC, ${edgeColumns}`, limit);
  return (await reader.rows(sql, owners.parameters)).map(edgeOfRow);
}

function edgeOfRow(row: StoredRow): Edge {
  const prefix = row.number("prefix");
  return {
    ...row.owner(),
    address: row.address(),
    prefixLength: prefix === noPrefix ? undefined : prefix - 1,
    protocol: protocolCodes[row.number("protocol")] ?? "other",
    port: row.number("port"),
    verdict: verdictCodes[row.number("verdict")] ?? "seen",
    names: (row.list("names") as string[]).sort(compareText).slice(0, maxNamesPerEdge),
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
}
