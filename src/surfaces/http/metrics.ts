import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from "prom-client";
import type { CollectMeter } from "../../app/live/collect-meter.ts";
import { NameRoom } from "../../app/live/name-room.ts";
import type { SealedBatch, SourceDelta } from "../../pipeline/flows/sealed-batch.ts";

/**
 * Sources with series of their own, half of them for one cluster; those that come later are counted together, so that nobody
 * can fill the memory.
 */
const mostSources = 4_000;
/** Who reported nothing for so long loses them: nodes come and go, each with a name of its own. */
const silentMs = 3_600_000;
const others = "(others)";
const appendSeconds = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
const lagSeconds = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800, 7200, 86_400];

/** The figures of a collector, in a registry of its own. */
export class CollectMetrics implements CollectMeter {
  readonly registry = new Registry();
  readonly #known = new NameRoom<SourceLabels>(mostSources, silentMs, (labels) => {
    for (const metric of this.#ofSources) metric.remove(labels);
  });
  readonly #nowMs: () => number;
  readonly #batches = this.#counter("batches_stored_total", "batches stored", []);
  readonly #duplicates = this.#counter("batches_known_total", "batches that were stored before", []);
  readonly #bytes = this.#counter("bytes_total", "text of stored batches, before compression", []);
  readonly #edges = this.#counter("edges_total", "rows of edges stored", []);
  readonly #names = this.#counter("names_total", "rows of names stored", []);
  readonly #coarse = this.#counter("coarse_total", "rows of coarse egress stored", []);
  readonly #refused = this.#counter("batches_refused_total", "batches that will not be taken, by code", ["code"]);
  readonly #delayed = this.#counter("batches_delayed_total", "batches asked to come again, by code", ["code"]);
  readonly #failedLogins = this.#counter("authentication_failures_total", "requests refused, by code", ["code"]);
  readonly #crowdedOut = this.#counter("connections_crowded_out_total", "connections that made room for others", []);
  readonly #waitingBatches = this.#gauge("waiting_batches", "batches that wait to be stored", []);
  readonly #waitingBytes = this.#gauge("waiting_bytes", "text of the batches that wait", []);
  readonly #records = this.#counter("source_records_total", "records understood", sourceLabels);
  readonly #malformed = this.#counter("source_malformed_total", "records not understood", sourceLabels);
  readonly #lost = this.#counter("source_lost_total", "records that never arrived", sourceLabels);
  readonly #outages = this.#counter("source_outages_total", "outages of nodes and connections", sourceLabels);
  readonly #dropped = this.#counter("source_dropped_total", "records without room at the observer", sourceLabels);
  readonly #received = this.#counter("source_received_bytes_total", "bytes received by the source", sourceLabels);
  readonly #running = this.#gauge("source_running", "1 while the source says that it is running", sourceLabels);
  readonly #reported = this.#gauge("source_reported_timestamp_seconds", "when it last reported", sourceLabels);
  readonly #sourceLag = this.#gauge("source_lag_seconds", "mean lag of records in the last batch", sourceLabels);
  readonly #ofSources = [
    this.#records,
    this.#malformed,
    this.#lost,
    this.#outages,
    this.#dropped,
    this.#received,
    this.#running,
    this.#reported,
    this.#sourceLag,
  ];
  readonly #append = new Histogram({
    name: "postern_append_seconds",
    help: "time of one write to the history",
    buckets: appendSeconds,
    registers: [this.registry],
  });
  readonly #lag = new Histogram({
    name: "postern_batch_lag_seconds",
    help: "from sealing at the observer to being stored",
    buckets: lagSeconds,
    registers: [this.registry],
  });

  /** `nowMs`: from any beginning. */
  constructor(nowMs: () => number = () => performance.now()) {
    this.#nowMs = nowMs;
    collectDefaultMetrics({ register: this.registry });
  }

  stored(batch: SealedBatch, bytes: number, lagMs: number): void {
    this.#batches.inc();
    this.#bytes.inc(bytes);
    this.#edges.inc(batch.edges.length);
    this.#names.inc(batch.names.length);
    this.#coarse.inc(batch.coarse.length);
    this.#lag.observe(lagMs / 1000);
    for (const delta of batch.health) this.#noteSource(batch, delta);
  }

  known(): void {
    this.#duplicates.inc();
  }

  turnedAway(kind: "refused" | "later", code: string): void {
    (kind === "refused" ? this.#refused : this.#delayed).inc({ code });
  }

  unknownClient(code: string): void {
    this.#failedLogins.inc({ code });
  }

  crowdedOut(): void {
    this.#crowdedOut.inc();
  }

  appended(seconds: number): void {
    this.#append.observe(seconds);
  }

  waiting(batches: number, bytes: number): void {
    this.#waitingBatches.set(batches);
    this.#waitingBytes.set(bytes);
  }

  #noteSource({ cluster, observer, sources, sealedAtMs }: SealedBatch, delta: SourceDelta): void {
    const source = sources[delta.source]!;
    const labels = this.#labelsOf(cluster, observer, source);
    this.#records.inc(labels, delta.records);
    this.#malformed.inc(labels, delta.malformed);
    this.#lost.inc(labels, delta.lost);
    this.#outages.inc(labels, delta.outages);
    this.#dropped.inc(labels, delta.dropped);
    this.#received.inc(labels, delta.receivedBytes);
    if (labels.source === others) return;
    this.#running.set(labels, delta.state === "running" ? 1 : 0);
    this.#reported.set(labels, sealedAtMs / 1000);
    if (delta.lagMs !== undefined) this.#sourceLag.set(labels, delta.lagMs.mean / 1000);
  }

  #labelsOf(cluster: string, observer: string, source: string): SourceLabels {
    return (
      this.#known.enter(cluster, [observer, source], this.#nowMs(), { cluster, observer, source }) ?? {
        cluster: others,
        observer: others,
        source: others,
      }
    );
  }

  #counter<L extends string>(name: string, help: string, labelNames: readonly L[]): Counter<L> {
    return new Counter({ name: `postern_${name}`, help, labelNames: [...labelNames], registers: [this.registry] });
  }

  #gauge<L extends string>(name: string, help: string, labelNames: readonly L[]): Gauge<L> {
    return new Gauge({ name: `postern_${name}`, help, labelNames: [...labelNames], registers: [this.registry] });
  }
}

const sourceLabels = ["cluster", "observer", "source"] as const;
type SourceLabels = Readonly<Record<(typeof sourceLabels)[number], string>>;
