import { addressClass, type AddressClassifier } from "../../pipeline/flows/address-classes.ts";
import { attribute } from "../../pipeline/flows/attribute.ts";
import { type CollectorSnapshot, FlowCollector } from "../../pipeline/flows/collector.ts";
import type { FlowLimits } from "../../pipeline/flows/flow-limits.ts";
import type { ClusterIndex } from "../../pipeline/flows/gather.ts";
import type { PodTimeline } from "../../pipeline/flows/pod-timeline.ts";
import type { OwnedCoarse } from "../../pipeline/flows/seal.ts";
import type { SourceState } from "../../pipeline/flows/sealed-batch.ts";
import { type Observation, observed } from "../../pipeline/sources/observation.ts";
import type { LiveSource, SourceHands } from "./live-source.ts";
import { CoarseTable } from "./observer-coarse.ts";
import { addCounts, freshCounts, type SourceCounts } from "./observer-counts.ts";
import { cleanSample } from "./observer-sample.ts";

/**
 * What one source may bring between two sealings; what goes beyond is dropped and counted. Sources that can wait are
 * paused at half of it: an observer is to stay within 100 MB. Activity is at most eight rows of a batch each, of which a
 * collector takes half a million.
 */
export const liveLimits: FlowLimits = { edges: 50_000, activity: 60_000, symbols: 100_000, names: 20_000 };
const pauseAt = 0.5;
/** So full, sealing comes early: what a batch needs to be made grows with its rows, and is to be small whatever the rate. */
const sealAt = 0.16;
/** Records between two looks at how full it is. */
const recordsPerLook = 256;
/** So full, a source that has not said a position yet is taken to have none. */
const giveUpAt = 0.75;
/** A source that has not said a position by then has none. */
const firstPositionMs = 5000;
/** Clocks of a cluster differ by less. What says to come from later would make hours in the history that never were. */
const aheadMs = 5 * 60_000;
/** Of what a source says of itself, in characters. */
export const longestMessage = 1000;
const longestPosition = 65_536;

/** What happens around sources; functions return at once. */
export interface SourceSurroundings {
  readonly timeline: PodTimeline;
  /** For judging records; asked for anew for each span between two sealings. */
  index(): ClusterIndex;
  isInferring(): boolean;
  nowMs(): number;
  /** The source cannot go on before the next sealing. */
  sealSoon(): void;
  /** A record was not understood: `sample` is its beginning, cleaned. */
  onMalformed(source: string, reason: string, sample: string): void;
  /** A record's clock is far ahead of this machine's. */
  onAhead(source: string, byMs: number): void;
  onState(source: string, state: SourceState, message: string): void;
}

/** Everything that a source brought up to a position. */
export interface SourceCut {
  readonly collected: CollectorSnapshot;
  readonly coarse: readonly OwnedCoarse[];
  readonly position: string | undefined;
  readonly arrivedAtMs: number;
  readonly counts: SourceCounts;
}

/**
 * One source at work: takes what it brings, and cuts it where a batch ends. A cut is only made where the source has said
 * its position, because a batch that holds more than its position tells would be counted twice after a crash.
 */
export class ObservedSource {
  readonly source: LiveSource;
  state: SourceState = "starting";
  message = "";
  /** Resolves when the source has ended or failed. */
  finished: Promise<void> = Promise.resolve();
  readonly totals = freshCounts();
  private readonly around: SourceSurroundings;
  private collector: FlowCollector;
  private classes: AddressClassifier;
  private coarse = new CoarseTable();
  private counts = freshCounts();
  private position: string | undefined;
  private stored: string | undefined;
  /** Whether it says positions; a source that does not is cut anywhere. */
  private positions: "not-yet" | "some" | "none" = "not-yet";
  /** Something came since the last position. */
  private isBetween = false;
  private isOver = false;
  /** It was stopped between two positions: what it brought since the last cut will come again, so it is let go. */
  private isAbandoned = false;
  private startedAtMs = 0;
  private cutWanted: (() => void) | undefined;
  private cut: SourceCut | undefined;
  private waiting: (() => void)[] = [];
  private timeline: PodTimeline;
  private untilLook = recordsPerLook;

  constructor(source: LiveSource, resumeFrom: string | undefined, around: SourceSurroundings) {
    this.source = source;
    this.around = around;
    this.timeline = around.timeline;
    this.stored = resumeFrom;
    this.position = resumeFrom;
    if (resumeFrom !== undefined) this.positions = "some";
    if (source.hasPositions === false) this.positions = "none";
    ({ classes: this.classes } = around.index());
    this.collector = this.freshCollector();
  }

  start(signal: AbortSignal): void {
    this.startedAtMs = this.around.nowMs();
    this.finished = this.run(signal);
  }

  private async run(signal: AbortSignal): Promise<void> {
    try {
      await this.source.run(this.hands(), signal);
      if (this.state !== "failed") this.tell("ended", signal.aborted ? "" : this.message);
    } catch (error) {
      if (signal.aborted) this.tell("ended", "");
      else this.tell("failed", error instanceof Error ? error.message : String(error));
    }
    this.isOver = true;
    const isWhole = this.state === "ended" && !signal.aborted;
    this.isAbandoned = !isWhole && this.isBetween && this.positions === "some";
    if (!this.isAbandoned) this.makeCut();
    this.cutWanted?.();
  }

  private hands(): SourceHands {
    return {
      take: this.take,
      takeCoarse: (record) => {
        const nowMs = this.arrived();
        this.isBetween = true;
        const isTimed = record.atMs >= 0 && !this.isAhead(record.atMs, nowMs);
        this.coarse.take(isTimed ? record : { ...record, atMs: nowMs });
      },
      resumeFrom: this.stored,
      reached: (position) => this.reached(position),
      malformed: (reason, sample) => {
        this.counts.malformed += 1;
        this.isBetween = true;
        this.around.onMalformed(this.source.name, reason, cleanSample(sample));
      },
      lost: (records) => {
        this.counts.lost += Math.max(0, Math.round(records)) || 0;
      },
      outage: () => {
        this.counts.outages += 1;
      },
      received: (bytes) => {
        this.counts.receivedBytes += bytes;
      },
      state: (state, message = "") => this.tell(state, message),
      isPod: (family, words) => this.classes.classOf(family, words) === addressClass.pod,
      room: () => this.room(),
    };
  }

  private readonly take = (o: Observation): void => {
    const nowMs = this.arrived();
    this.isBetween = true;
    // Before 1970, or no number at all: no time.
    if (!(o.startMs >= 0)) o.startMs = -1;
    if (!(o.endMs >= 0)) o.endMs = -1;
    const latest = Math.max(o.startMs, o.endMs);
    if (latest > nowMs && this.isAhead(latest, nowMs)) {
      o.startMs = Math.min(o.startMs, nowMs);
      o.endMs = Math.min(o.endMs, nowMs);
    }
    if (o.what !== observed.lostEvents && o.what !== observed.nodeOutage) {
      const at = o.endMs >= 0 ? o.endMs : o.startMs;
      if (at >= 0) this.late(Math.max(0, nowMs - at));
    }
    attribute(o, this.timeline, nowMs);
    this.collector.take(o);
    this.untilLook -= 1;
    if (this.untilLook > 0) return;
    this.untilLook = recordsPerLook;
    if (this.fill >= sealAt) this.around.sealSoon();
  };

  private arrived(): number {
    const nowMs = this.around.nowMs();
    this.counts.lastArrivalMs = nowMs;
    return nowMs;
  }

  private isAhead(timeMs: number, nowMs: number): boolean {
    if (timeMs <= nowMs + aheadMs) return false;
    this.counts.ahead += 1;
    this.around.onAhead(this.source.name, timeMs - nowMs);
    return true;
  }

  private late(byMs: number): void {
    const { counts } = this;
    counts.lagCount += 1;
    counts.lagSum += byMs;
    if (byMs > counts.lagMax) counts.lagMax = byMs;
  }

  private reached(position: string): void {
    if (position.length > longestPosition) throw new RangeError("a position has at most 65536 characters");
    this.position = position;
    this.positions = "some";
    this.isBetween = false;
    if (this.cutWanted !== undefined) this.makeCut();
  }

  private async room(): Promise<void> {
    for (;;) {
      const { fill } = this;
      if (fill < pauseAt) return;
      if (fill >= giveUpAt && this.positions === "not-yet") this.positions = "none";
      // Between two positions no cut can be made: the source has to go on to the next.
      if (this.isBetween && this.positions !== "none") return;
      const { promise, resolve } = Promise.withResolvers<void>();
      this.waiting.push(resolve);
      this.around.sealSoon();
      await promise;
    }
  }

  /** How much of the limits is used, from 0 to 1. */
  private get fill(): number {
    const { edges, addresses, activity, continued, names, symbols, sources } = this.collector.table;
    return Math.max(
      Math.max(edges.count, addresses.count) / liveLimits.edges,
      Math.max(activity.count, continued.count) / liveLimits.activity,
      Math.max(symbols.count, sources.count) / liveLimits.symbols,
      names.count / liveLimits.names,
    );
  }

  private tell(state: SourceState, message: string): void {
    const told = message.slice(0, longestMessage);
    const isNews = state !== this.state || told !== this.message;
    this.state = state;
    this.message = told;
    if (isNews) this.around.onState(this.source.name, state, told);
  }

  /**
   * What came since the last cut, as soon as the source is at a position. Undefined when it is not within `patienceMs`:
   * then the next sealing takes it.
   */
  async nextCut(patienceMs: number): Promise<SourceCut | undefined> {
    if (this.cut === undefined && !this.isAbandoned) {
      const agoMs = this.around.nowMs() - this.startedAtMs;
      // A clock that was set back says nothing of how long ago it was.
      const isLate = agoMs < 0 || agoMs >= firstPositionMs;
      if (this.positions === "not-yet" && isLate) this.positions = "none";
      if (!this.isBetween || this.isOver || this.positions === "none") this.makeCut();
      else await this.waitForPosition(patienceMs);
    }
    const { cut } = this;
    this.cut = undefined;
    return cut;
  }

  private async waitForPosition(patienceMs: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, patienceMs);
    this.cutWanted = resolve;
    await promise;
    clearTimeout(timer);
  }

  private makeCut(): void {
    const wanted = this.cutWanted;
    this.cutWanted = undefined;
    if (this.cut === undefined) {
      const { counts, coarse, collector, position } = this;
      counts.records = collector.records + coarse.records;
      counts.dropped = coarse.dropped;
      const arrivedAtMs = counts.lastArrivalMs ?? this.around.nowMs();
      this.cut = { collected: collector.snapshot(), coarse: coarse.list(), position, arrivedAtMs, counts };
      addCounts(this.totals, counts);
      this.counts = freshCounts();
      this.coarse = new CoarseTable();
      ({ classes: this.classes } = this.around.index());
      this.collector = this.freshCollector();
      this.isBetween = false;
    }
    const { waiting } = this;
    this.waiting = [];
    for (const resume of waiting) resume();
    wanted?.();
  }

  private freshCollector(): FlowCollector {
    return new FlowCollector(this.classes, liveLimits, this.around.isInferring());
  }

  /** Told once a batch with everything up to the position is on disk. */
  async confirm(position: string | undefined): Promise<void> {
    if (position === undefined || position === this.stored) return;
    this.stored = position;
    await this.source.stored?.(position);
  }
}
