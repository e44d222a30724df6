import type { Result } from "../../core/result.ts";
import type { SealedBatch, SourceState } from "../../pipeline/flows/sealed-batch.ts";
import type { Failure } from "../failure.ts";
import type { ClusterViewStatus } from "./cluster-view.ts";
import type { SourceCounts } from "./observer-counts.ts";
import type { ShippingLog } from "./observer-ship.ts";
import type { ObservedSource } from "./observer-source.ts";
import type { DroppedBatches, OutboxSize } from "./outbox.ts";

/** Events, each a short message in lower case with fields; no payloads, no secrets. */
export interface ObserverLog {
  say(level: "info" | "warn" | "error", message: string, fields: Readonly<Record<string, unknown>>): void;
}

/** How an observer stands, for metrics, health and people. Counts are since the start. */
export interface ObserverStatus {
  /** Sources run and batches are sealed. */
  readonly isListening: boolean;
  readonly cluster: ClusterViewStatus;
  readonly sources: readonly SourceStatus[];
  readonly outbox: OutboxSize;
  readonly batches: BatchCounts;
  /** Why the outbox takes nothing, undefined when it does. */
  readonly outboxTrouble: string | undefined;
  /** Why nobody takes batches; undefined when they do. */
  readonly deliveryTrouble: string | undefined;
}

export interface SourceStatus {
  readonly name: string;
  readonly kind: string;
  readonly state: SourceState;
  readonly message: string;
  readonly totals: Readonly<SourceCounts>;
}

export interface BatchCounts {
  sealed: number;
  stored: number;
  refused: number;
  dropped: number;
  edges: number;
  names: number;
  packedBytes: number;
  sealedAtMs: number | undefined;
}

/** One complaint of a sort about a source in so long. */
const complainEveryMs = 60_000;

/** Keeps the running totals of an observer, and says what people need to know. */
export class ObserverLedger {
  isListening = true;
  private readonly log: ObserverLog;
  private readonly batches: BatchCounts = {
    sealed: 0,
    stored: 0,
    refused: 0,
    dropped: 0,
    edges: 0,
    names: 0,
    packedBytes: 0,
    sealedAtMs: undefined,
  };
  private outboxTrouble: string | undefined;
  private deliveryTrouble: string | undefined;
  private clusterTrouble = "";
  private toldOfClusterAtMs: number | undefined;
  private readonly complainedAtMs = new Map<string, number>();
  private readonly toldOfClockAtMs = new Map<string, number>();

  constructor(log: ObserverLog) {
    this.log = log;
  }

  status(sources: readonly ObservedSource[], outbox: OutboxSize, cluster: ClusterViewStatus): ObserverStatus {
    return {
      isListening: this.isListening,
      cluster,
      sources: sources.map(({ source: { name, kind }, state, message, totals }) => ({
        name,
        kind,
        state,
        message,
        totals,
      })),
      outbox,
      batches: this.batches,
      outboxTrouble: this.outboxTrouble,
      deliveryTrouble: this.deliveryTrouble,
    };
  }

  malformed(source: string, reason: string, sample: string, nowMs: number): void {
    const told = this.complainedAtMs.get(source);
    if (isRecent(told, nowMs)) return;
    this.complainedAtMs.set(source, nowMs);
    this.log.say("warn", "a record was not understood", { source, reason, sample });
  }

  ahead(source: string, byMs: number, nowMs: number): void {
    const told = this.toldOfClockAtMs.get(source);
    if (isRecent(told, nowMs)) return;
    this.toldOfClockAtMs.set(source, nowMs);
    const bySeconds = Math.round(byMs / 1000);
    this.log.say("warn", "records are ahead of this machine's clock", { source, bySeconds });
  }

  state(source: string, state: SourceState, message: string): void {
    const level = state === "failed" ? "error" : state === "retrying" ? "warn" : "info";
    this.log.say(level, `source ${state}`, { source, ...(message === "" ? {} : { reason: message }) });
  }

  /** What of the cluster cannot be read, when that changes; where all of it failed has been said. */
  cluster({ state, message }: ClusterViewStatus, nowMs: number): void {
    const isWell = message === "";
    if (state === "failed" || message === this.clusterTrouble) return;
    if (!isWell && isRecent(this.toldOfClusterAtMs, nowMs)) return;
    this.clusterTrouble = message;
    if (isWell) {
      this.log.say("info", "the cluster is watched as it should be", {});
      return;
    }
    this.toldOfClusterAtMs = nowMs;
    this.log.say("warn", "the cluster is not watched as it should be", { reason: message });
  }

  appended(appended: Result<void, Failure>, sequence: number): void {
    const trouble = appended.ok ? undefined : appended.error.message;
    if (trouble !== undefined && trouble !== this.outboxTrouble) {
      this.log.say("error", "the buffer takes no batch", { sequence, reason: trouble });
    } else if (trouble === undefined && this.outboxTrouble !== undefined) {
      this.log.say("info", "the buffer takes batches again", { sequence });
    }
    this.outboxTrouble = trouble;
  }

  sealed({ edges, names, sealedAtMs }: SealedBatch, packedBytes: number, dropped: DroppedBatches): void {
    const { batches } = this;
    batches.sealed += 1;
    batches.edges += edges.length;
    batches.names += names.length;
    batches.packedBytes += packedBytes;
    batches.sealedAtMs = sealedAtMs;
    batches.dropped += dropped.batches;
    if (dropped.batches > 0) {
      const rows = [...dropped.rows.values()].reduce((sum, own) => sum + own, 0);
      this.log.say("warn", "the buffer is full: its oldest batches were dropped", { batches: dropped.batches, rows });
    }
  }

  /** `refused`: rows by source that nobody will take, to be told with the next batch. */
  shipping(refused: Map<string, number>): ShippingLog {
    return {
      onStored: () => {
        this.batches.stored += 1;
        if (this.deliveryTrouble !== undefined) this.log.say("info", "batches are taken again", {});
        this.deliveryTrouble = undefined;
      },
      onRefused: (sequence, reason, rows) => {
        this.batches.refused += 1;
        for (const [name, count] of rows) refused.set(name, (refused.get(name) ?? 0) + count);
        this.deliveryTrouble = undefined;
        this.log.say("error", "a batch was refused and is dropped", { sequence, reason });
      },
      onTrouble: (reason, waitMs) => {
        this.deliveryTrouble = reason;
        this.log.say("warn", "batches wait in the buffer", { reason, waitMs });
      },
    };
  }
}

/** A clock that was set back begins a new minute. */
function isRecent(atMs: number | undefined, nowMs: number): boolean {
  return atMs !== undefined && nowMs >= atMs && nowMs - atMs < complainEveryMs;
}
