import { formatIp } from "../../core/net/ip.ts";
import type { SealedBatch } from "../../pipeline/flows/sealed-batch.ts";

export const batchVersion = 1;

/** The batch as JSON text. It stands alone, because who only writes needs nothing of what checks. */
export function encodeBatch(batch: SealedBatch): string {
  const orNullOf = <T>(value: T | undefined): T | null => value ?? null;
  const { observer, incarnation, sequence, cluster, sealedAtMs, sources, health: reports } = batch;
  const head = JSON.stringify({
    version: batchVersion,
    observer,
    incarnation,
    sequence,
    cluster,
    sealedAtMs,
    sources,
    health: reports,
  });
  const owners = rowsText(batch.owners, ({ cluster: own, namespace, workload: { kind, name: workload } }) => [
    own,
    namespace,
    kind,
    workload,
  ]);
  const edges = rowsText(batch.edges, (e) => [
    e.source,
    e.owner,
    formatIp(e.address),
    orNullOf(e.prefixLength),
    e.protocol,
    e.port,
    e.verdict,
    e.hour,
    capped(e.flows),
    e.bytes === undefined ? null : capped(e.bytes),
    e.firstSeenMs,
    e.lastSeenMs,
    e.decidedBy,
  ]);
  const names = rowsText(batch.names, (n) => [
    n.source,
    n.owner,
    n.name,
    formatIp(n.address),
    n.from,
    n.chain,
    orNullOf(n.ttlSeconds),
    capped(n.count),
    n.firstSeenMs,
    n.lastSeenMs,
  ]);
  const coarse = rowsText(batch.coarse, (c) => [
    c.source,
    c.owner,
    c.destination,
    orNullOf(c.protocol),
    orNullOf(c.port),
    c.verdict,
    c.hour,
    orNullOf(c.flows),
    orNullOf(c.bytes),
  ]);
  return `${head.slice(0, -1)},"owners":${owners},"edges":${edges},"names":${names},"coarse":${coarse}}`;
}

/** Sums of what exporters claim: counters of 64 bits, multiplied by how they sample. */
function capped(sum: number): number {
  return Math.min(sum, Number.MAX_SAFE_INTEGER);
}

/** A few rows at a time: an observer that seals ten thousand is to hold none of them twice. */
const rowsAtOnce = 256;

function rowsText<T>(rows: readonly T[], cells: (row: T) => readonly unknown[]): string {
  const pieces: string[] = [];
  for (let from = 0; from < rows.length; from += rowsAtOnce) {
    pieces.push(JSON.stringify(rows.slice(from, from + rowsAtOnce).map(cells)).slice(1, -1));
  }
  return `[${pieces.join(",")}]`;
}
