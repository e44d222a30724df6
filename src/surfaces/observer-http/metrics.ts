import type { ObserverStatus, SourceStatus } from "../../app/live/observer-status.ts";
import { type Figure, formatFigures } from "./exposition.ts";
import { processFigures } from "./process-figures.ts";

/** Name behind `postern_observer_`, help, and where it is read; undefined where there is nothing to tell yet. */
type Reading<Of> = readonly [name: string, help: string, read: (of: Of) => number | undefined];

const ofSources: readonly Reading<SourceStatus>[] = [
  ["records_total", "records understood", ({ totals }) => totals.records],
  ["malformed_total", "records not understood", ({ totals }) => totals.malformed],
  ["lost_total", "records that never arrived", ({ totals }) => totals.lost],
  ["outages_total", "times a node, exporter or connection was gone", ({ totals }) => totals.outages],
  ["dropped_total", "records that found no room", ({ totals }) => totals.dropped],
  ["ahead_total", "records with a time in the future", ({ totals }) => totals.ahead],
  ["received_bytes_total", "bytes received", ({ totals }) => totals.receivedBytes],
  [
    "lag_max_seconds",
    "longest time from a record's own time to its arrival",
    ({ totals }) => (totals.lagCount === 0 ? undefined : totals.lagMax / 1000),
  ],
  [
    "last_arrival_timestamp_seconds",
    "when the last record arrived",
    ({ totals }) => (totals.lastArrivalMs === undefined ? undefined : totals.lastArrivalMs / 1000),
  ],
  ["running", "1 while the source runs", ({ state }) => Number(state === "running")],
  ["failed", "1 when the source has given up", ({ state }) => Number(state === "failed")],
];

const ofAll: readonly Reading<ObserverStatus>[] = [
  ["batches_sealed_total", "batches put into the buffer", ({ batches }) => batches.sealed],
  ["batches_stored_total", "batches that the collector has stored", ({ batches }) => batches.stored],
  ["batches_refused_total", "batches that the collector will never take", ({ batches }) => batches.refused],
  ["batches_dropped_total", "batches dropped from a full buffer", ({ batches }) => batches.dropped],
  ["edges_total", "rows of edges sealed", ({ batches }) => batches.edges],
  ["names_total", "rows of names sealed", ({ batches }) => batches.names],
  ["batch_bytes_total", "bytes of batches, compressed", ({ batches }) => batches.packedBytes],
  [
    "sealed_timestamp_seconds",
    "when the last batch was sealed",
    ({ batches }) => (batches.sealedAtMs === undefined ? undefined : batches.sealedAtMs / 1000),
  ],
  ["buffer_batches", "batches that wait to be delivered", ({ outbox }) => outbox.batches],
  ["buffer_bytes", "bytes of the buffer on disk", ({ outbox }) => outbox.bytes],
  ["buffer_usable", "1 while the buffer takes batches", ({ outboxTrouble }) => Number(outboxTrouble === undefined)],
  ["delivering", "1 while batches are taken", ({ deliveryTrouble }) => Number(deliveryTrouble === undefined)],
  ["cluster_objects_total", "objects read from the cluster", ({ cluster }) => cluster.counts.objects],
  ["cluster_reconnects_total", "watches opened again", ({ cluster }) => cluster.counts.reconnects],
  ["cluster_intervals", "pod addresses in time that are known", ({ cluster }) => cluster.counts.intervals],
];

/**
 * The figures of an observer, read from its status when somebody asks; nothing is counted twice. Totals grow from the start of
 * the process, as Prometheus expects of names that end with `_total`.
 */
export function metricsText(status: ObserverStatus): string {
  const figures: Figure[] = [
    ...ofSources.map(([name, help, read]): Figure => ({
      name: `postern_observer_source_${name}`,
      help,
      values: status.sources.flatMap((source) => {
        const value = read(source);
        return value === undefined ? [] : [{ labels: { source: source.name, kind: source.kind }, value }];
      }),
    })),
    ...ofAll.map(([name, help, read]): Figure => {
      const value = read(status);
      return { name: `postern_observer_${name}`, help, values: value === undefined ? [] : [{ value }] };
    }),
  ];
  return formatFigures([...figures, ...processFigures()]);
}
