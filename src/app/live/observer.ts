import type { KnownCluster } from "../../pipeline/flows/gather.ts";
import type { SealedBatch } from "../../pipeline/flows/sealed-batch.ts";
import { pause } from "./back-off.ts";
import type { ClusterView } from "./cluster-view.ts";
import type { LiveSource } from "./live-source.ts";
import { ObservedCluster } from "./observer-cluster.ts";
import { Sealing } from "./observer-sealing.ts";
import { type PackedSink, ship } from "./observer-ship.ts";
import { ObservedSource, type SourceSurroundings } from "./observer-source.ts";
import { ObserverLedger, type ObserverLog, type ObserverStatus } from "./observer-status.ts";
import type { Outbox } from "./outbox.ts";

export interface ObserverPlan {
  /** RFC 1123 label, unique within the cluster. */
  readonly observer: string;
  readonly cluster: string;
  readonly everyMs: number;
  readonly sources: readonly LiveSource[];
  /** Networks that a person named; they win over the cluster's own word. */
  readonly networks: KnownCluster["given"];
  /** So long sources wait for the first picture of the cluster. */
  readonly clusterPatienceMs: number;
  /** Ends when all sources have ended and everything is delivered, instead of staying to be asked. */
  readonly isOnce: boolean;
  /** After the signal: time to deliver what was sealed last. What is left stays in the outbox. */
  readonly graceMs: number;
}

export interface ObserverParts {
  readonly view: ClusterView;
  readonly outbox: Outbox;
  readonly sink: PackedSink;
  /** The batch as the outbox keeps it and the sink takes it. */
  pack(batch: SealedBatch): Uint8Array;
  /** Undefined where names and addresses may leave as they are. */
  readonly anonymise: ((batch: SealedBatch) => SealedBatch) | undefined;
  readonly log: ObserverLog;
  nowMs(): number;
  /** From 0 to before 1. */
  random(): number;
}

/** `failed`: no source is left, and none ended as it should. */
export type ObserverEnd = "stopped" | "ended" | "failed";

/** So long sealing waits for a source to come to a position. */
const longestPatienceMs = 500;
/** So long nobody wonders why it does not end. */
const quietFlushMs = 500;
/** Room between sealings that sources ask for. */
const shortestEveryMs = 20;
/** Batches in the outbox. */
const manyWaiting = 2000;
/** Then it is sealed so often, unless much comes. */
const patientEveryMs = 30_000;

/** Listens to sources, counts edges, seals them every few seconds into the outbox, and delivers from there. */
export class Observer {
  private readonly plan: ObserverPlan;
  private readonly parts: ObserverParts;
  private readonly cluster: ObservedCluster;
  private readonly ledger: ObserverLedger;
  private readonly sealing: Sealing;
  private sources: readonly ObservedSource[] = [];
  private wake: (() => void) | undefined;
  private isSealingWanted = false;

  constructor(plan: ObserverPlan, parts: ObserverParts) {
    this.plan = plan;
    this.parts = parts;
    this.cluster = new ObservedCluster(parts.view, plan.networks);
    this.ledger = new ObserverLedger(parts.log);
    this.sealing = new Sealing(plan, parts, this.cluster, this.ledger);
  }

  get status(): ObserverStatus {
    return this.ledger.status(this.sources, this.parts.outbox.size, this.parts.view.status());
  }

  /** Runs until `signal` aborts or there is nothing left to do; then what was taken is sealed and, given time, shipped. */
  async run(signal: AbortSignal): Promise<ObserverEnd> {
    const { parts } = this;
    const listening = new AbortController();
    const shipping = new AbortController();
    const broken = new AbortController();
    const view = parts.view.run(listening.signal).catch((error: unknown) => {
      parts.log.say("error", "the cluster cannot be watched", { reason: textOf(error) });
    });
    await this.waitForCluster(signal, view);
    this.cluster.refresh();
    this.sources = this.plan.sources.map(
      (source) => new ObservedSource(source, this.resumeOf(source), this.surroundings()),
    );
    for (const source of this.sources) source.start(listening.signal);
    const shippingLog = this.ledger.shipping(this.sealing.refused);
    const delivery = ship(parts.outbox, parts.sink, shippingLog, () => parts.random(), shipping.signal).catch(
      (error: unknown) => broken.abort(error),
    );
    try {
      const asked = AbortSignal.any([signal, broken.signal]);
      const end = await this.listen(asked, listening, view);
      const isPatient = end === "ended" && this.plan.isOnce;
      if (!broken.signal.aborted) await this.flush(isPatient ? Number.POSITIVE_INFINITY : this.plan.graceMs / 2, asked);
      if (broken.signal.aborted) throw broken.signal.reason;
      return end;
    } finally {
      listening.abort();
      this.ledger.isListening = false;
      shipping.abort();
      await delivery;
      await parts.sink.close();
      await parts.outbox.close();
    }
  }

  /** Seals what sources bring until there is a reason to stop, and then what they brought last. */
  private async listen(signal: AbortSignal, listening: AbortController, view: Promise<void>): Promise<ObserverEnd> {
    const allOver = Promise.all(this.sources.map(({ finished }) => finished));
    const end = await this.sealOn(signal, allOver);
    await this.seal(longestPatienceMs, true);
    listening.abort();
    const over = new AbortController();
    await Promise.race([Promise.all([allOver, view]), pause(this.plan.graceMs / 2, over.signal)]);
    // A timer that is left would keep the process.
    over.abort();
    await this.seal(0, true);
    this.ledger.isListening = false;
    return end;
  }

  /** For the first complete picture, but not when `view` has ended: then there will be none. */
  private async waitForCluster(signal: AbortSignal, view: Promise<void>): Promise<void> {
    const { clusterPatienceMs } = this.plan;
    const done = new AbortController();
    const late = pause(clusterPatienceMs, AbortSignal.any([signal, done.signal])).then(() => "late" as const);
    const telling = setInterval(() => this.tellOfCluster(), this.plan.everyMs);
    const first = await Promise.race([this.parts.view.ready, view, late]);
    clearInterval(telling);
    done.abort();
    if (first === "late" && !signal.aborted) {
      const message = "the cluster has not told its pods yet: flows are attributed as well as can be without";
      this.parts.log.say("warn", message, { waitedMs: clusterPatienceMs });
    }
  }

  private tellOfCluster(): void {
    this.ledger.cluster(this.parts.view.status(), this.parts.nowMs());
  }

  private resumeOf({ name, kind }: LiveSource): string | undefined {
    const known = this.parts.outbox.positions.get(name);
    return known?.kind === kind ? known.position : undefined;
  }

  private surroundings(): SourceSurroundings {
    const { parts, cluster, ledger } = this;
    return {
      timeline: parts.view.timeline,
      index: () => cluster.index,
      isInferring: () => cluster.isInferring,
      nowMs: () => parts.nowMs(),
      sealSoon: () => {
        this.isSealingWanted = true;
        this.wake?.();
      },
      onMalformed: (source, reason, sample) => ledger.malformed(source, reason, sample, parts.nowMs()),
      onAhead: (source, byMs) => ledger.ahead(source, byMs, parts.nowMs()),
      onState: (source, state, message) => ledger.state(source, state, message),
    };
  }

  /** Seals again and again, until there is a reason to stop. */
  private async sealOn(signal: AbortSignal, allOver: Promise<unknown>): Promise<ObserverEnd> {
    const { everyMs, isOnce } = this.plan;
    let isOver = false;
    const note = async (): Promise<void> => {
      await allOver;
      isOver = true;
      this.wake?.();
    };
    void note();
    for (;;) {
      if (signal.aborted) return "stopped";
      if (isOver) {
        const haveAllFailed = this.sources.every(({ state }) => state === "failed");
        if (haveAllFailed && this.sources.length > 0) return "failed";
        if (isOnce) return "ended";
      }
      const restMs = sealingEveryMs(everyMs, this.parts.outbox.size.batches);
      await this.rest(isOver ? Math.max(restMs, 1000) : restMs, signal);
      if (!signal.aborted) await this.seal(Math.min(everyMs / 2, longestPatienceMs), false);
    }
  }

  private async rest(ms: number, signal: AbortSignal): Promise<void> {
    const woken = new AbortController();
    this.wake = () => woken.abort();
    await pause(this.isSealingWanted ? shortestEveryMs : ms, AbortSignal.any([signal, woken.signal]));
    // Several sources fill up together: one sealing serves them all.
    if (woken.signal.aborted) await pause(shortestEveryMs, signal);
    this.wake = undefined;
    this.isSealingWanted = false;
  }

  private async seal(patienceMs: number, isLast: boolean): Promise<void> {
    this.cluster.refresh();
    this.tellOfCluster();
    await this.sealing.seal(this.sources, patienceMs, isLast);
  }

  /** Waits until the outbox is empty, for so long at most, or until somebody who waits for ever is interrupted. */
  private async flush(ms: number, signal: AbortSignal): Promise<void> {
    const { outbox, log } = this.parts;
    // Whoever looks at the clock meanwhile may set it.
    const beganMs = performance.now();
    let isTold = false;
    while (outbox.size.batches > 0) {
      const waitedMs = performance.now() - beganMs;
      if (waitedMs >= ms || (ms === Number.POSITIVE_INFINITY && signal.aborted)) return;
      if (!isTold && waitedMs >= quietFlushMs) {
        isTold = true;
        const withinMs = Number.isFinite(ms) ? ms : undefined;
        log.say("info", "delivering what is left", { batches: outbox.size.batches, withinMs });
      }
      await delay(20);
    }
  }
}

/** How often to seal: what waits for a collector that is away is kept in few batches, as each of them costs some memory. */
export function sealingEveryMs(everyMs: number, waitingBatches: number): number {
  return waitingBatches > manyWaiting ? Math.max(everyMs, patientEveryMs) : everyMs;
}

async function delay(ms: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  setTimeout(resolve, ms);
  await promise;
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
