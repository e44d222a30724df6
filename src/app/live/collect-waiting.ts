import type { SealedBatch } from "../../pipeline/flows/sealed-batch.ts";
import type { Acceptance } from "./collect-acceptance.ts";
import type { CollectMeter } from "./collect-meter.ts";
import type { Permission } from "./collect-permission.ts";
import { Share } from "./share.ts";

/** How a batch came. */
export interface Arrival {
  readonly permission: Permission;
  /** Of its text, before compression. */
  readonly bytes: number;
  /** The observer's version, as its `User-Agent` says; empty when it does not. */
  readonly version: string;
  /** Empty for an observer in the collector's own process. */
  readonly address: string;
}

export interface WaitingBatch {
  readonly batch: SealedBatch;
  readonly arrival: Arrival;
  readonly answer: (acceptance: Acceptance) => void;
}

/** Names a batch, whoever sends it. */
export function nameOf({ cluster, observer, incarnation, sequence }: SealedBatch): string {
  return JSON.stringify([cluster, observer, incarnation, sequence]);
}

/** Names one life of an observer's buffer: its batches are stored in the order of their numbers. */
export function lifeOf({ cluster, observer, incarnation }: SealedBatch): string {
  return JSON.stringify([cluster, observer, incarnation]);
}

/** Batches that wait for their write, in the order of arrival. */
export class WaitingBatches {
  readonly #meter: Pick<CollectMeter, "waiting">;
  readonly #batches = new Map<string, WaitingBatch & { readonly answered: Promise<Acceptance> }>();
  /** Being written: still found by {@link find}. */
  readonly #underWay = new Map<string, Promise<Acceptance>>();
  readonly #shareOfBatches: Share;
  readonly #shareOfBytes: Share;
  #bytes = 0;

  constructor(meter: Pick<CollectMeter, "waiting">, room: { readonly batches: number; readonly bytes: number }) {
    this.#meter = meter;
    this.#shareOfBatches = new Share(room.batches);
    this.#shareOfBytes = new Share(room.bytes);
  }

  /** Whether this client's batches take no more of the room than they may. One batch may be larger than that. */
  hasRoomFor({ subject }: Permission): boolean {
    return this.#shareOfBatches.has(subject) && this.#shareOfBytes.has(subject);
  }

  get batches(): number {
    return this.#batches.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** The answer that this batch will have, when it waits already or is being written. */
  find(batch: SealedBatch): Promise<Acceptance> | undefined {
    const name = nameOf(batch);
    return this.#batches.get(name)?.answered ?? this.#underWay.get(name);
  }

  add(batch: SealedBatch, arrival: Arrival): Promise<Acceptance> {
    const name = nameOf(batch);
    const { promise, resolve } = Promise.withResolvers<Acceptance>();
    const answer = (acceptance: Acceptance): void => {
      this.#underWay.delete(name);
      resolve(acceptance);
    };
    this.#batches.set(name, { batch, arrival, answer, answered: promise });
    this.#shareOfBatches.take(arrival.permission.subject);
    this.#shareOfBytes.take(arrival.permission.subject, arrival.bytes);
    this.#bytes += arrival.bytes;
    this.#meter.waiting(this.#batches.size, this.#bytes);
    return promise;
  }

  /** Takes those of one life of an observer away. */
  takeLife(life: string): readonly WaitingBatch[] {
    return [...this.#batches].flatMap(([name, one]) => (lifeOf(one.batch) === life ? [this.#take(name, one)] : []));
  }

  /**
   * Takes the next ones away to be written: as many as fit the limits, at least one. Those of one incarnation come in the
   * order of their numbers, however they arrived.
   */
  nextGroup(maxBatches: number, maxRows: number): readonly WaitingBatch[] {
    const group: WaitingBatch[] = [];
    let rows = 0;
    for (const [name, one] of this.#batches) {
      rows += rowsOf(one.batch);
      if (group.length > 0 && (group.length >= maxBatches || rows > maxRows)) break;
      group.push(this.#take(name, one));
    }
    return group.sort((a, b) => a.batch.sequence - b.batch.sequence);
  }

  #take(name: string, one: WaitingBatch & { readonly answered: Promise<Acceptance> }): WaitingBatch {
    this.#batches.delete(name);
    this.#underWay.set(name, one.answered);
    this.#shareOfBatches.giveBack(one.arrival.permission.subject);
    this.#shareOfBytes.giveBack(one.arrival.permission.subject, one.arrival.bytes);
    this.#bytes -= one.arrival.bytes;
    this.#meter.waiting(this.#batches.size, this.#bytes);
    return one;
  }
}

function rowsOf({ edges, names, coarse, health }: SealedBatch): number {
  return edges.length + names.length + coarse.length + health.length;
}
