import { setTimeout as sleep } from "node:timers/promises";
import type { Patience } from "../../../src/adapters/grpc/channel.ts";
import type { CoarseObservation, SourceHands } from "../../../src/app/live/live-source.ts";
import type { SourceState } from "../../../src/pipeline/flows/sealed-batch.ts";
import type { Observation } from "../../../src/pipeline/sources/observation.ts";

/** Tries again at once; everything else is as long as usual. */
export const quick: Patience = { answerMs: 5_000, firstPauseMs: 20, idleMs: 30_000 };

/** Hands that write down what they are given. */
export class RecordingHands implements SourceHands {
  /** How often each flow was taken, by its source port. */
  readonly flows = new Map<number, number>();
  readonly coarse: CoarseObservation[] = [];
  readonly states: (readonly [SourceState, string])[] = [];
  readonly reasons: string[] = [];
  positions: string[] = [];
  lostRecords = 0;
  outages = 0;
  bytes = 0;
  /** Taken since the last position. */
  between = 0;
  hasRoom = true;
  readonly resumeFrom: string | undefined;
  private waiting: (() => void)[] = [];

  constructor(resumeFrom?: string) {
    this.resumeFrom = resumeFrom;
  }

  get taken(): number {
    return [...this.flows.values()].reduce((sum, count) => sum + count, 0);
  }

  /** Source ports that were taken more than once. */
  get repeated(): number[] {
    return [...this.flows].filter(([, count]) => count !== 1).map(([port]) => port);
  }

  readonly take = ({ sourcePort }: Observation): void => {
    this.between += 1;
    this.flows.set(sourcePort, (this.flows.get(sourcePort) ?? 0) + 1);
  };

  readonly takeCoarse = (record: CoarseObservation): void => {
    this.between += 1;
    this.coarse.push(record);
  };

  reached(position: string): void {
    this.between = 0;
    this.positions.push(position);
  }

  malformed(reason: string): void {
    this.reasons.push(reason);
  }

  lost(records: number): void {
    this.lostRecords += records;
  }

  outage(): void {
    this.outages += 1;
  }

  received(bytes: number): void {
    this.bytes += bytes;
  }

  state(state: SourceState, message = ""): void {
    this.states.push([state, message]);
  }

  async room(): Promise<void> {
    if (this.hasRoom) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.waiting.push(resolve);
    await promise;
  }

  makeRoom(): void {
    this.hasRoom = true;
    for (const resume of this.waiting.splice(0)) resume();
  }
}

/** Resolves when `isDone` holds; rejects after a minute, for a machine that is very busy. */
export async function eventually(isDone: () => boolean, what: string): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (!isDone()) {
    if (Date.now() > deadline) throw new Error(`waited in vain: ${what}`);
    await sleep(20);
  }
}
