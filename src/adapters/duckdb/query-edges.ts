import { type DuckDBDataChunk, DuckDBListVector, DuckDBStructVector } from "@duckdb/node-api";
import type { EdgeQuery } from "../../app/history/edge-store.ts";
import { maxNamesPerEdge, noPrefix, protocolCodes, verdictCodes } from "../../app/history/rows/codes.ts";
import { compareText } from "../../pipeline/flows/edge-builder.ts";
import type { Edge } from "../../pipeline/flows/edge.ts";
import type { OrderLimits } from "./config.ts";
import { countedHours, edgeOrder, edgesSql } from "./edge-sql.ts";
import { hourScope, oneOf, ownersCondition, rolledBefore } from "./scope.ts";
import type { Snapshot } from "./snapshot.ts";

/** Edges of workloads in a window, in the order of a harvest. */
export async function queryEdges(
  snapshot: Snapshot,
  query: EdgeQuery,
  limits: Pick<OrderLimits, "pieceRows">,
): Promise<{ readonly edges: readonly Edge[]; readonly isCut: boolean }> {
  const edges: Edge[] = [];
  const parts = edgesInParts(snapshot, query, limits);
  for (;;) {
    const { done = false, value } = await parts.next();
    if (done) return { edges, ...(value as { readonly isCut: boolean }) };
    for (const edge of value as readonly Edge[]) edges.push(edge);
  }
}

/** As {@link queryEdges}, a few workloads at a time: however many there are, and no more than are wanted. */
export async function* edgesInParts(
  snapshot: Snapshot,
  { limit, window, ...asked }: EdgeQuery,
  limits: Pick<OrderLimits, "pieceRows">,
): AsyncGenerator<readonly Edge[], { readonly isCut: boolean }, undefined> {
  const owners = await ownersCondition(snapshot, asked);
  if (owners === undefined) return { isCut: false };
  const scope = hourScope(window, await rolledBefore(snapshot));
  let room = limit;
  for (const condition of await someOwners(snapshot, `${owners} AND ${scope.condition}`, limits)) {
    const counted = countedHours(`all_edge_rows WHERE ${condition}`, scope);
    for await (const chunk of snapshot.chunks(edgesSql(counted, condition, edgeOrder, room + 1))) {
      const edges: Edge[] = [];
      readChunk(chunk, edges);
      yield edges.slice(0, Math.max(0, room));
      room -= edges.length;
    }
    if (room < 0) break;
  }
  return { isCut: room < 0 };
}

/** Conditions that pick the rows of a condition together, a few owners each, in the order of edges. */
async function someOwners(
  snapshot: Snapshot,
  condition: string,
  { pieceRows }: Pick<OrderLimits, "pieceRows">,
): Promise<readonly string[]> {
  const rows = await snapshot.rows(`
    SELECT o.id AS id, o.space AS space, rows
    FROM (SELECT owner, count(*) AS rows FROM all_edge_rows WHERE ${condition} GROUP BY owner) JOIN owners o ON o.id = owner
    ORDER BY o.cluster, o.namespace, o.name, o.kind`);
  const conditions: string[] = [];
  let ids: number[] = [];
  let spaces = new Set<number>();
  let size = 0;
  const close = (): void => {
    if (ids.length > 0) conditions.push(`${condition} AND ${oneOf("space", [...spaces])} AND ${oneOf("owner", ids)}`);
    [ids, spaces, size] = [[], new Set(), 0];
  };
  for (const row of rows) {
    const own = row.number("rows");
    if (size + own > pieceRows) close();
    ids.push(row.number("id"));
    spaces.add(row.number("space"));
    size += own;
  }
  // Most questions are about a few workloads, and are asked as they are.
  if (conditions.length === 0) return [condition];
  close();
  return conditions;
}

/** Runs a statement of {@link edgesSql}. */
export async function readEdges(snapshot: Snapshot, sql: string): Promise<Edge[]> {
  const edges: Edge[] = [];
  for await (const chunk of snapshot.chunks(sql)) readChunk(chunk, edges);
  return edges;
}

/** Column by column: a row object per edge would cost more than the query. */
function readChunk(chunk: DuckDBDataChunk, into: Edge[]): void {
  const column = (index: number): readonly unknown[] => chunk.getColumnValues(index);
  const [cluster, namespace, kind, name, family, address] = [0, 1, 2, 3, 4, 5].map(column) as string[][];
  const [protocol, port, verdict, prefix, flows, bytes] = [6, 7, 8, 9, 10, 11].map(column) as number[][];
  const [first, last] = [12, 13].map(column) as bigint[][];
  const activity = chunk.getColumnVector(14);
  const [names, deciders] = [15, 16].map(column) as ({ readonly items: readonly string[] } | null)[][];
  for (let i = 0; i < chunk.rowCount; i += 1) {
    into.push({
      cluster: cluster![i]!,
      namespace: namespace![i]!,
      workload: { kind: kind![i]!, name: name![i]! },
      address: { family: Number(family![i]) === 4 ? 4 : 6, value: BigInt(address![i]!) },
      prefixLength: prefix![i] === noPrefix ? undefined : prefix![i]! - 1,
      protocol: protocolCodes[protocol![i]!] ?? "other",
      port: port![i]!,
      verdict: verdictCodes[verdict![i]!] ?? "seen",
      names: [...(names![i]?.items ?? [])].sort(compareText).slice(0, maxNamesPerEdge),
      decidedBy: deciders![i]?.items ?? [],
      flows: flows![i]!,
      bytes: bytes![i] ?? undefined,
      firstSeenMs: Number(first![i]),
      lastSeenMs: Number(last![i]),
      activity: activityOf(activity, i),
    });
  }
}

function activityOf(lists: unknown, row: number): Edge["activity"] {
  if (!(lists instanceof DuckDBListVector) || !(lists.childVector instanceof DuckDBStructVector)) {
    throw new TypeError("the activity of an edge is a list of hours");
  }
  const from = lists.getEntryOffset(row);
  const hours = lists.childVector;
  return Array.from({ length: lists.getEntryLength(row) }, (_, i) => ({
    hour: Number(hours.getItemValue(from + i, 0)),
    flows: Number(hours.getItemValue(from + i, 1)),
  })).sort((a, b) => a.hour - b.hour);
}
