import { setTimeout as sleep } from "node:timers/promises";
import { printable } from "../../core/quoted.ts";
import type { SealedBatch, SourceDelta } from "../../pipeline/flows/sealed-batch.ts";
import type { ObserverArrival } from "../state/observers.ts";
import type { LagSums, SourceMinute, SourceSums } from "../state/sources.ts";
import type { State } from "../state/state.ts";
import { type SharedName, SharedNames } from "./collect-shared-names.ts";
import type { Arrival } from "./collect-waiting.ts";
import { NameRoom } from "./name-room.ts";

const minuteMs = 60_000;
/** Rows that may gather while the state cannot be written. */
const maxRows = 20_000;
/** Observers and sources that are kept account of, half of them for one cluster, until they were silent for a day. */
const mostNames = 8_000;
const silentMs = 86_400_000;
/** Written in one go: the state's own database is written on the thread that answers everybody. */
const rowsAtOnce = 200;
const longestMessage = 500;
/** That two observers have one name is told so often. */
const tellEveryMs = 3_600_000;

/**
 * Gathers who shipped and what their sources brought, and writes it to the state now and then: a batch costs no write of
 * its own. What was not written when the process is killed is missing in the last minutes of `postern sources`; the
 * history has it all the same.
 */
export class CollectLedger {
  readonly #state: Pick<State, "observers" | "sources">;
  #arrivals = new Map<string, ObserverArrival>();
  #minutes = new Map<string, SourceMinute>();
  #flushing: Promise<void> = Promise.resolve();
  readonly #names = new SharedNames();
  readonly #observers = new NameRoom<true>(mostNames, silentMs);
  readonly #sources = new NameRoom<true>(mostNames, silentMs);
  readonly #onShared: (name: SharedName) => void;
  /** When it was told, by cluster and name. */
  readonly #told = new Map<string, number>();

  /** `onShared`: told of two observers with one name, now and then as long as it lasts. */
  constructor(state: Pick<State, "observers" | "sources">, onShared: (name: SharedName) => void = () => {}) {
    this.#state = state;
    this.#onShared = onShared;
  }

  note(batch: SealedBatch, arrival: Arrival, nowMs: number): void {
    const { cluster, observer, incarnation, sequence, sources } = batch;
    const { version, address } = arrival;
    if (this.#observers.enter(cluster, [observer], nowMs, true) === undefined) return;
    // It may hold anything that a header can.
    const shown = printable(version);
    const shared = this.#names.note(batch, address);
    if (shared !== undefined) this.#tell(shared, nowMs);
    const sharedAtMs = shared === undefined ? undefined : nowMs;
    this.#noteArrival({
      cluster,
      observer,
      incarnation,
      lastSequence: sequence,
      version: shown,
      address,
      atMs: nowMs,
      sharedAtMs,
    });
    for (const delta of batch.health) {
      const isKept = this.#sources.enter(cluster, [observer, sources[delta.source]!], nowMs, true) ?? false;
      if (isKept) this.#noteMinute(minuteOf(batch, delta, nowMs));
    }
  }

  /** Writes what has gathered. On failure it is kept for the next time, and the promise rejects. */
  flush(): Promise<void> {
    this.#flushing = this.#flushing.catch(() => {}).then(() => this.#write());
    return this.#flushing;
  }

  async #write(): Promise<void> {
    const [arrivals, minutes] = [this.#arrivals, this.#minutes];
    this.#arrivals = new Map();
    this.#minutes = new Map();
    try {
      await inParts(arrivals, (rows) => this.#state.observers.seen(rows));
      await inParts(minutes, (rows) => this.#state.sources.add(rows));
    } catch (error) {
      // What was noted meanwhile is newer.
      const [laterArrivals, laterMinutes] = [this.#arrivals, this.#minutes];
      this.#arrivals = arrivals;
      this.#minutes = minutes;
      for (const arrival of laterArrivals.values()) this.#noteArrival(arrival);
      for (const minute of laterMinutes.values()) this.#noteMinute(minute);
      throw error;
    }
  }

  #tell(name: SharedName, nowMs: number): void {
    const key = JSON.stringify([name.cluster, name.observer]);
    const toldMs = this.#told.get(key);
    if (toldMs !== undefined && nowMs >= toldMs && nowMs - toldMs < tellEveryMs) return;
    if (this.#told.size >= maxRows) this.#told.clear();
    this.#told.set(key, nowMs);
    this.#onShared(name);
  }

  #noteArrival(arrival: ObserverArrival): void {
    const key = JSON.stringify([arrival.cluster, arrival.observer]);
    const before = this.#arrivals.get(key);
    if (before === undefined && this.#arrivals.size >= maxRows) return;
    const isOlder = before?.incarnation === arrival.incarnation && before.lastSequence > arrival.lastSequence;
    const sharedAtMs = arrival.sharedAtMs ?? before?.sharedAtMs;
    const lastSequence = isOlder ? before.lastSequence : arrival.lastSequence;
    this.#arrivals.set(key, { ...arrival, lastSequence, sharedAtMs });
  }

  #noteMinute(minute: SourceMinute): void {
    const key = JSON.stringify([minute.cluster, minute.observer, minute.source, minute.minute]);
    const before = this.#minutes.get(key);
    if (before === undefined && this.#minutes.size >= maxRows) return;
    this.#minutes.set(key, before === undefined ? minute : together(before, minute));
  }
}

/** Hands rows over, letting others have their turn between; what `write` has taken is no longer in `rows`. */
async function inParts<T>(rows: Map<string, T>, write: (part: readonly T[]) => Promise<void>): Promise<void> {
  while (rows.size > 0) {
    const part = [...rows.entries().take(rowsAtOnce)];
    await write(part.map(([, row]) => row));
    for (const [key] of part) rows.delete(key);
    if (rows.size > 0) await sleep(0);
  }
}

function minuteOf({ cluster, observer, sources }: SealedBatch, delta: SourceDelta, nowMs: number): SourceMinute {
  const { kind, state, message, samplingMax, lastArrivalMs, lagMs } = delta;
  const leftOut: Partial<Record<string, number>> = {};
  for (const { reason, flows } of delta.leftOut) leftOut[reason] = plus(leftOut[reason] ?? 0, flows);
  const weight = lagMs === undefined ? 0 : Math.max(1, delta.records);
  return {
    cluster,
    observer,
    source: sources[delta.source]!,
    minute: Math.floor(nowMs / minuteMs),
    standing: {
      kind: printable(kind),
      state,
      message: printable(message).slice(0, longestMessage),
      samplingMax,
      lastArrivalMs,
      reportedAtMs: nowMs,
    },
    sums: {
      records: delta.records,
      malformed: delta.malformed,
      lost: delta.lost,
      outages: delta.outages,
      dropped: delta.dropped,
      receivedBytes: delta.receivedBytes,
      leftOut,
    },
    lag: { weightedMs: (lagMs?.mean ?? 0) * weight, weight, maxMs: lagMs?.max ?? 0 },
  };
}

function together(a: SourceMinute, b: SourceMinute): SourceMinute {
  const lastArrivalMs = b.standing.lastArrivalMs ?? a.standing.lastArrivalMs;
  return { ...b, standing: { ...b.standing, lastArrivalMs }, sums: sumOf(a.sums, b.sums), lag: lagOf(a.lag, b.lag) };
}

/** Beyond the largest whole number that is exact it says no more than that it is huge, and databases have no room. */
function plus(a: number, b: number): number {
  return Math.min(Number.MAX_SAFE_INTEGER, a + b);
}

function sumOf(a: SourceSums, b: SourceSums): SourceSums {
  const leftOut: Record<string, number> = { ...a.leftOut };
  for (const [reason, flows] of Object.entries(b.leftOut)) leftOut[reason] = plus(leftOut[reason] ?? 0, flows);
  return {
    records: plus(a.records, b.records),
    malformed: plus(a.malformed, b.malformed),
    lost: plus(a.lost, b.lost),
    outages: plus(a.outages, b.outages),
    dropped: plus(a.dropped, b.dropped),
    receivedBytes: plus(a.receivedBytes, b.receivedBytes),
    leftOut,
  };
}

function lagOf(a: LagSums, b: LagSums): LagSums {
  return {
    weightedMs: a.weightedMs + b.weightedMs,
    weight: a.weight + b.weight,
    maxMs: Math.max(a.maxMs, b.maxMs),
  };
}
