import { collectDefaultMetrics, Gauge, Registry } from "prom-client";
import type { ObserverStatus, SourceStatus } from "../../app/live/observer-status.ts";

const sourceLabels = ["source", "kind"] as const;
type SourceLabel = (typeof sourceLabels)[number];

/**
 * The figures of an observer. They are read from its status when somebody asks; nothing is counted twice. Totals grow from the
 * start of the process, as Prometheus expects of names that end with `_total`.
 */
export class ObserverMetrics {
  private readonly registry = new Registry();
  private readonly ofSources: readonly (readonly [Gauge<SourceLabel>, (source: SourceStatus) => number | undefined])[];
  private readonly ofAll: readonly (readonly [Gauge, (status: ObserverStatus) => number | undefined])[];

  constructor() {
    collectDefaultMetrics({ register: this.registry });
    this.ofSources = [
      this.source("records_total", "records understood", ({ totals }) => totals.records),
      this.source("malformed_total", "records not understood", ({ totals }) => totals.malformed),
      this.source("lost_total", "records that never arrived", ({ totals }) => totals.lost),
      this.source("outages_total", "times a node, exporter or connection was gone", ({ totals }) => totals.outages),
      this.source("dropped_total", "records that found no room", ({ totals }) => totals.dropped),
      this.source("ahead_total", "records with a time in the future", ({ totals }) => totals.ahead),
      this.source("received_bytes_total", "bytes received", ({ totals }) => totals.receivedBytes),
      this.source("lag_max_seconds", "longest time from a record's own time to its arrival", ({ totals }) =>
        totals.lagCount === 0 ? undefined : totals.lagMax / 1000,
      ),
      this.source("last_arrival_timestamp_seconds", "when the last record arrived", ({ totals }) =>
        totals.lastArrivalMs === undefined ? undefined : totals.lastArrivalMs / 1000,
      ),
      this.source("running", "1 while the source runs", ({ state }) => Number(state === "running")),
      this.source("failed", "1 when the source has given up", ({ state }) => Number(state === "failed")),
    ];
    this.ofAll = [
      this.one("batches_sealed_total", "batches put into the buffer", ({ batches }) => batches.sealed),
      this.one("batches_stored_total", "batches that the collector has stored", ({ batches }) => batches.stored),
      this.one("batches_refused_total", "batches that the collector will never take", ({ batches }) => batches.refused),
      this.one("batches_dropped_total", "batches dropped from a full buffer", ({ batches }) => batches.dropped),
      this.one("edges_total", "rows of edges sealed", ({ batches }) => batches.edges),
      this.one("names_total", "rows of names sealed", ({ batches }) => batches.names),
      this.one("batch_bytes_total", "bytes of batches, compressed", ({ batches }) => batches.packedBytes),
      this.one("sealed_timestamp_seconds", "when the last batch was sealed", ({ batches }) =>
        batches.sealedAtMs === undefined ? undefined : batches.sealedAtMs / 1000,
      ),
      this.one("buffer_batches", "batches that wait to be delivered", ({ outbox }) => outbox.batches),
      this.one("buffer_bytes", "bytes of the buffer on disk", ({ outbox }) => outbox.bytes),
      this.one("buffer_usable", "1 while the buffer takes batches", ({ outboxTrouble }) =>
        Number(outboxTrouble === undefined),
      ),
      this.one("delivering", "1 while batches are taken", ({ deliveryTrouble }) =>
        Number(deliveryTrouble === undefined),
      ),
      this.one("cluster_objects_total", "objects read from the cluster", ({ cluster }) => cluster.counts.objects),
      this.one("cluster_reconnects_total", "watches opened again", ({ cluster }) => cluster.counts.reconnects),
      this.one("cluster_intervals", "pod addresses in time that are known", ({ cluster }) => cluster.counts.intervals),
    ];
  }

  private source(
    name: string,
    help: string,
    read: (source: SourceStatus) => number | undefined,
  ): readonly [Gauge<SourceLabel>, (source: SourceStatus) => number | undefined] {
    const registers = [this.registry];
    return [new Gauge({ name: `postern_observer_source_${name}`, help, labelNames: sourceLabels, registers }), read];
  }

  private one(
    name: string,
    help: string,
    read: (status: ObserverStatus) => number | undefined,
  ): readonly [Gauge, (status: ObserverStatus) => number | undefined] {
    return [new Gauge({ name: `postern_observer_${name}`, help, registers: [this.registry] }), read];
  }

  get contentType(): string {
    return this.registry.contentType;
  }

  async text(status: ObserverStatus): Promise<string> {
    for (const [gauge, read] of this.ofSources) {
      for (const source of status.sources) {
        const value = read(source);
        if (value !== undefined) gauge.set({ source: source.name, kind: source.kind }, value);
      }
    }
    for (const [gauge, read] of this.ofAll) {
      const value = read(status);
      if (value !== undefined) gauge.set(value);
    }
    return this.registry.metrics();
  }
}
