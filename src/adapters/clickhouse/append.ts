import type { BatchName } from "../../app/history/edge-store.ts";
import {
  dayHours,
  hourMs,
  noPort,
  noPrefix,
  noProtocol,
  originCodes,
  protocolCodes,
  verdictCodes,
} from "../../app/history/rows/codes.ts";
import type { BatchOwner, SealedBatch } from "../../pipeline/flows/sealed-batch.ts";
import type { Client } from "./client.ts";

export type Stored = "stored" | "known";

/**
 * Stores batches one after the other. There is no transaction over several tables: each insert carries a token made of the
 * batch's name, and the mark is written last. What was interrupted is sent again, and the server leaves out the inserts
 * that it has; so a batch counts once also when its insert was acknowledged and its mark was not written.
 */
export class Writer {
  private readonly client: Client;
  private last: Promise<unknown> = Promise.resolve();

  constructor(client: Client) {
    this.client = client;
  }

  /** In turn: two callers with the same batch must not both find it new. */
  async append(batches: readonly SealedBatch[]): Promise<readonly Stored[]> {
    const turn = this.last.then(async () => this.storeAll(batches));
    this.last = turn.catch(() => {});
    return turn;
  }

  async known(names: readonly BatchName[]): Promise<readonly boolean[]> {
    const marks = await this.marksOf(names);
    return names.map((name) => name.sequence <= (marks.get(keyOf(name)) ?? 0));
  }

  private async storeAll(batches: readonly SealedBatch[]): Promise<readonly Stored[]> {
    const marks = await this.marksOf(batches);
    const answers: Stored[] = [];
    for (const batch of batches) {
      const key = keyOf(batch);
      const isNew = batch.sequence > (marks.get(key) ?? 0);
      if (isNew) await this.store(batch);
      marks.set(key, Math.max(batch.sequence, marks.get(key) ?? 0));
      answers.push(isNew ? "stored" : "known");
    }
    return answers;
  }

  private async store(batch: SealedBatch): Promise<void> {
    const { observer, incarnation, sequence, sealedAtMs } = batch;
    const cluster = batch.cluster.toWellFormed();
    const name = JSON.stringify([cluster, observer, incarnation, sequence]);
    const insert = async (table: string, rows: readonly unknown[]): Promise<void> =>
      this.client.insert(table, rows, `${name} ${table}`);
    await Promise.all([
      insert("edges_per_hour_v1", edgeRows(batch)),
      insert("names_v1", nameRows(batch)),
      insert("coarse_v1", coarseRows(batch)),
      insert("health_v1", healthRows(batch)),
      insert("left_out_v1", leftOutRows(batch)),
    ]);
    await insert("marks_v1", [{ cluster, observer, incarnation, sequence, stored_ms: sealedAtMs }]);
  }

  private async marksOf(names: readonly Omit<BatchName, "sequence">[]): Promise<Map<string, number>> {
    const marks = new Map<string, number>();
    const observers = Map.groupBy(names, ({ cluster, observer }) => JSON.stringify([cluster.toWellFormed(), observer]));
    for (const [own] of observers.values()) {
      if (own === undefined) continue;
      const cluster = own.cluster.toWellFormed();
      const rows = await this.client.rows(
        `SELECT incarnation, max(sequence) AS sequence FROM ${this.client.table("marks_v1")}
         WHERE cluster = {cluster:String} AND observer = {observer:String} GROUP BY incarnation`,
        { cluster, observer: own.observer },
      );
      for (const row of rows) {
        marks.set(keyOf({ ...own, cluster, incarnation: row.text("incarnation") }), row.number("sequence"));
      }
    }
    return marks;
  }
}

function keyOf({ cluster, observer, incarnation }: Omit<BatchName, "sequence">): string {
  return JSON.stringify([cluster.toWellFormed(), observer, incarnation]);
}

function ownerOf({ cluster, namespace, workload }: BatchOwner): Record<string, string> {
  return {
    cluster: cluster.toWellFormed(),
    namespace: namespace.toWellFormed(),
    workload: workload.name.toWellFormed(),
    kind: workload.kind.toWellFormed(),
  };
}

function edgeRows({ edges, owners, sources }: SealedBatch): readonly unknown[] {
  const names = owners.map(ownerOf);
  return edges.map((edge) => ({
    ...names[edge.owner],
    family: edge.address.family,
    address: String(edge.address.value),
    protocol: protocolCodes.indexOf(edge.protocol),
    port: edge.port,
    verdict: verdictCodes.indexOf(edge.verdict),
    prefix: edge.prefixLength === undefined ? noPrefix : edge.prefixLength + 1,
    source: sources[edge.source]!.toWellFormed(),
    hour: edge.hour,
    flows: edge.flows,
    bytes: edge.bytes ?? null,
    first_ms: within(edge.hour, edge.firstSeenMs),
    last_ms: within(edge.hour, edge.lastSeenMs),
    decided_by: edge.decidedBy.map((text) => text.toWellFormed()),
  }));
}

/** Times outside of a row's hour are its edge. */
function within(hour: number, ms: number): number {
  return Math.min((hour + 1) * hourMs - 1, Math.max(hour * hourMs, Math.floor(ms)));
}

function nameRows({ names, owners, sources }: SealedBatch): readonly unknown[] {
  return names.map(({ owner, address, name, from, source, chain, ttlSeconds, count, firstSeenMs, lastSeenMs }) => ({
    ...ownerOf(owners[owner]!),
    family: address.family,
    address: String(address.value),
    name: name.toWellFormed(),
    origin: originCodes.indexOf(from),
    source: sources[source]!.toWellFormed(),
    day: Math.floor(lastSeenMs / (dayHours * hourMs)),
    latest: { last: lastSeenMs, chain: chain.map((alias) => alias.toWellFormed()) },
    ttl: ttlSeconds ?? null,
    count,
    first_ms: Math.min(firstSeenMs, lastSeenMs),
    last_ms: lastSeenMs,
  }));
}

function coarseRows({ coarse, owners, sources }: SealedBatch): readonly unknown[] {
  return coarse.map(({ owner, destination, protocol, port, verdict, source, hour, flows, bytes }) => ({
    ...ownerOf(owners[owner]!),
    destination: destination.toWellFormed(),
    protocol: protocol === undefined ? noProtocol : protocolCodes.indexOf(protocol),
    port: port ?? noPort,
    verdict: verdictCodes.indexOf(verdict),
    source: sources[source]!.toWellFormed(),
    hour,
    flows: flows ?? null,
    bytes: bytes ?? null,
  }));
}

function healthRows({ health, cluster, observer, sources, sealedAtMs }: SealedBatch): readonly unknown[] {
  return health.map((own) => {
    const weight = Math.max(1, own.records);
    const { kind, state, message, records, malformed, lost, outages, dropped, receivedBytes } = own;
    return {
      cluster: cluster.toWellFormed(),
      observer,
      source: sources[own.source]!.toWellFormed(),
      hour: Math.floor(sealedAtMs / hourMs),
      latest: { at: sealedAtMs, kind: kind.toWellFormed(), state, message: message.toWellFormed() },
      records,
      malformed,
      lost,
      outages,
      dropped,
      received_bytes: receivedBytes,
      sampling_max: own.samplingMax,
      last_arrival_ms: own.lastArrivalMs ?? null,
      lag_sum: own.lagMs === undefined ? null : own.lagMs.mean * weight,
      lag_weight: own.lagMs === undefined ? null : weight,
      lag_max: own.lagMs?.max ?? null,
    };
  });
}

function leftOutRows({ health, cluster, observer, sources, sealedAtMs }: SealedBatch): readonly unknown[] {
  return health.flatMap(({ source, leftOut }) =>
    leftOut.map(({ reason, flows }) => ({
      cluster: cluster.toWellFormed(),
      observer,
      source: sources[source]!.toWellFormed(),
      hour: Math.floor(sealedAtMs / hourMs),
      reason,
      flows,
    })),
  );
}
