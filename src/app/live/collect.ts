import { setTimeout as sleep } from "node:timers/promises";
import { printable, quoted } from "../../core/quoted.ts";
import type { SealedBatch } from "../../pipeline/flows/sealed-batch.ts";
import type { Failure } from "../failure.ts";
import type { EdgeStore } from "../history/edge-store.ts";
import { HistoryUnavailable } from "../history/history-unavailable.ts";
import type { Acceptance } from "./collect-acceptance.ts";
import type { CollectLedger } from "./collect-ledger.ts";
import type { CollectMeter } from "./collect-meter.ts";
import { refusalOf } from "./collect-permission.ts";
import type { QuotaGate } from "./collect-quotas.ts";
import { type Arrival, lifeOf, nameOf, WaitingBatches, type WaitingBatch } from "./collect-waiting.ts";

export interface CollectorParts {
  readonly store: Pick<EdgeStore, "append">;
  readonly ledger: CollectLedger;
  readonly quotas: QuotaGate;
  readonly meter: CollectMeter;
  /** Told of trouble with the store, and of its end with undefined. */
  readonly onTrouble: (failure: Failure | undefined, cause: unknown) => void;
  readonly nowMs: () => number;
}

export interface CollectorLimits {
  /** Batches that wait for the store, and the sum of their texts, half of it for one client; what comes then is answered "later". */
  readonly waitingBatches: number;
  readonly waitingBytes: number;
  /** Of one write to the store. */
  readonly groupBatches: number;
  readonly groupRows: number;
}

export const collectorLimits: CollectorLimits = {
  waitingBatches: 512,
  waitingBytes: 32 << 20,
  groupBatches: 256,
  groupRows: 100_000,
};

const shortestPauseMs = 500;
const troublePauseMs = 5_000;
const troubleHoldsMs = 15_000;
/** How often a batch may fail alone, before it is tried without its rows. */
const patience = 20;
const maxSuspects = 1_000;
/** The code of stores for what they cannot put in a person's words: it may be the batch's fault. */
const unclear = "history_failed";

/**
 * Takes batches and stores them in groups: while one write is under way the next group gathers, so that a store with a
 * costly commit still keeps up. A batch is answered only when it is stored durably. An observer sends its next batch
 * when the one before is answered, so the order of each observer is the order of arrival; a batch that cannot be stored
 * takes with it what waits of the same observer, so that nothing overtakes it (the store takes a lower sequence number for
 * a known one).
 */
export class Collector {
  readonly #parts: CollectorParts;
  readonly #limits: CollectorLimits;
  readonly #waiting: WaitingBatches;
  /** Failures of batches that broke a write, by name. */
  readonly #suspects = new Map<string, number>();
  #writing: Promise<void> | undefined;
  #lastWriteMs = 0;
  #trouble: Failure | undefined;
  #troubleMs = 0;
  #isClosing = false;

  constructor(parts: CollectorParts, limits: CollectorLimits = collectorLimits) {
    this.#parts = parts;
    this.#limits = limits;
    this.#waiting = new WaitingBatches(parts.meter, {
      batches: limits.waitingBatches,
      bytes: limits.waitingBytes,
    });
  }

  /**
   * Why the last write failed; undefined when it did not, or some time ago. A collector that is not ready gets no batches, so
   * without an end to this it would never learn that the store works again.
   */
  get trouble(): Failure | undefined {
    const agoMs = this.#parts.nowMs() - this.#troubleMs;
    // A clock that was set back says nothing of how long ago it was.
    return agoMs >= 0 && agoMs < troubleHoldsMs ? this.#trouble : undefined;
  }

  /** Whether the next batch would be turned away for want of room. */
  get isFull(): boolean {
    const { waitingBatches, waitingBytes } = this.#limits;
    return this.#waiting.batches >= waitingBatches || this.#waiting.bytes >= waitingBytes;
  }

  /** Resolves when the batch is stored or turned away; never rejects. */
  async accept(batch: SealedBatch, arrival: Arrival): Promise<Acceptance> {
    const acceptance = await this.#accept(batch, arrival);
    const { meter } = this.#parts;
    if (acceptance.kind === "known") meter.known();
    if ("failure" in acceptance) {
      meter.turnedAway(acceptance.kind === "later" ? "later" : "refused", acceptance.failure.code);
    }
    return acceptance;
  }

  /** Lets what waits be stored, and turns away what comes. */
  async close(): Promise<void> {
    this.#isClosing = true;
    while (this.#writing !== undefined) await this.#writing;
  }

  async #accept(batch: SealedBatch, arrival: Arrival): Promise<Acceptance> {
    const { quotas, nowMs } = this.#parts;
    const forbidden = refusalOf(batch, arrival.permission);
    if (forbidden !== undefined) return { kind: "forbidden", failure: forbidden };
    const unusable = unusableName(batch);
    if (unusable !== undefined) return { kind: "refused", failure: unusable };
    if (this.#isClosing) return later("collector_stopping", "the collector is being stopped", shortestPauseMs);
    // The same batch again, while it waits: one answer for both.
    const same = this.#waiting.find(batch);
    if (same !== undefined) return same.then((first) => (first.kind === "stored" ? { kind: "known" } : first));
    if (this.isFull || !this.#waiting.hasRoomFor(arrival.permission)) {
      const afterMs = Math.max(shortestPauseMs, Math.min(30_000, 2 * this.#lastWriteMs));
      return later("collector_busy", "batches come faster than they can be stored", afterMs);
    }
    const over = quotas.take(batch, arrival.bytes, nowMs());
    if (over !== undefined) {
      const { cluster, limit, allowed, afterMs } = over;
      const what = { edgesPerHour: "edges an hour", edgesPerDay: "edges a day", bytesPerMinute: "bytes a minute" }[
        limit
      ];
      const told = `the cluster ${quoted(cluster)} has used up its quota of ${allowed} ${what}`;
      return later("collector_quota", told, afterMs);
    }
    const answer = this.#waiting.add(batch, arrival);
    this.#writing ??= this.#write();
    const acceptance = await answer;
    if (acceptance.kind !== "stored") quotas.giveBack(batch, arrival.bytes, nowMs());
    return acceptance;
  }

  /** Writes group after group until nothing waits. */
  async #write(): Promise<void> {
    // Those that arrive in the same turn of the event loop go together.
    await sleep(0);
    while (this.#waiting.batches > 0) {
      await this.#store(this.#waiting.nextGroup(this.#limits.groupBatches, this.#limits.groupRows));
    }
    this.#writing = undefined;
  }

  /** @returns why the last batch was not stored; undefined when it was, or will never be */
  async #store(group: readonly WaitingBatch[]): Promise<Failure | undefined> {
    try {
      await this.#append(group);
      return undefined;
    } catch (error) {
      if (error instanceof HistoryUnavailable && error.failure.code !== unclear) {
        return this.#failAll(group, error.failure, error);
      }
      return group.length > 1 ? this.#storeEach(group, error) : this.#suspect(group[0]!, error);
    }
  }

  /** Perhaps one of them is to blame: each alone, but none behind one of the same observer that was not stored. */
  async #storeEach(group: readonly WaitingBatch[], error: unknown): Promise<undefined> {
    const failed = new Map<string, Failure>();
    for (const one of group) {
      const life = lifeOf(one.batch);
      const before = failed.get(life);
      if (before !== undefined) this.#fail([one], before, error);
      const failure = before ?? (await this.#store([one]));
      if (failure !== undefined) failed.set(life, failure);
    }
  }

  async #append(group: readonly WaitingBatch[]): Promise<void> {
    const { store, meter, ledger, nowMs } = this.#parts;
    const startedMs = performance.now();
    const answers = await store.append(group.map(({ batch }) => batch));
    this.#lastWriteMs = performance.now() - startedMs;
    const now = nowMs();
    meter.appended(
      this.#lastWriteMs / 1000,
      group.length,
      group.reduce((sum, { batch }) => sum + batch.edges.length, 0),
    );
    if (this.#trouble !== undefined) {
      this.#trouble = undefined;
      this.#parts.onTrouble(undefined, undefined);
    }
    for (const [i, { batch, arrival, answer }] of group.entries()) {
      const kind = answers[i] ?? "known";
      this.#suspects.delete(nameOf(batch));
      if (kind === "stored") {
        meter.stored(batch, arrival.bytes, Math.max(0, now - batch.sealedAtMs));
        ledger.note(batch, arrival, now);
      }
      answer({ kind });
    }
  }

  /**
   * A batch that broke a write alone. It may be the store's fault, so it is to come again many times. If it then can be
   * stored without its rows, the rows were to blame: the batch is refused, or else its observer would be stuck for ever.
   */
  async #suspect(one: WaitingBatch, error: unknown): Promise<Failure | undefined> {
    const name = nameOf(one.batch);
    const failures = (this.#suspects.get(name) ?? 0) + 1;
    if (failures >= patience && (await this.#isStoredWithoutRows(one.batch))) {
      this.#suspects.delete(name);
      const message = `the store failed ${failures} times at this batch, and takes it without its rows`;
      const failure = { code: "batch_not_storable", message };
      this.#parts.onTrouble(failure, error);
      one.answer({ kind: "refused", failure });
      return undefined;
    }
    if (this.#suspects.size >= maxSuspects) this.#suspects.clear();
    this.#suspects.set(name, failures);
    const failure =
      error instanceof HistoryUnavailable
        ? error.failure
        : { code: "collector_store_failed", message: "the store failed; the collector's log says why" };
    this.#fail([one, ...this.#waiting.takeLife(lifeOf(one.batch))], failure, error);
    return failure;
  }

  async #isStoredWithoutRows(batch: SealedBatch): Promise<boolean> {
    const empty = { ...batch, owners: [], sources: [], edges: [], names: [], coarse: [], health: [] };
    return this.#parts.store.append([empty]).then(
      () => true,
      () => false,
    );
  }

  #fail(group: readonly WaitingBatch[], failure: Failure, cause: unknown): void {
    if (this.#trouble?.code !== failure.code) this.#parts.onTrouble(failure, cause);
    this.#trouble = failure;
    this.#troubleMs = this.#parts.nowMs();
    for (const { answer } of group) answer({ kind: "later", failure, afterMs: troublePauseMs });
  }

  /** The store cannot be used: what waits need not try. */
  #failAll(group: readonly WaitingBatch[], failure: Failure, cause: unknown): Failure {
    this.#fail([...group, ...this.#waiting.nextGroup(Infinity, Infinity)], failure, cause);
    return failure;
  }
}

function later(code: string, message: string, afterMs: number): Acceptance {
  return { kind: "later", failure: { code, message }, afterMs };
}

/** Names become labels of metrics and keys of rows: characters that nobody sees would make two look like one. */
function unusableName({ cluster, sources }: SealedBatch): Failure | undefined {
  const odd = [cluster, ...sources].find((name) => printable(name) !== name);
  if (odd === undefined) return undefined;
  return { code: "batch_unreadable", message: `the name ${quoted(odd)} has characters that no name has` };
}
