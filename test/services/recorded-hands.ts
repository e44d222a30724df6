import { setTimeout as sleep } from "node:timers/promises";
import type { CoarseObservation, SourceHands } from "../../src/app/live/live-source.ts";
import type { SourceState } from "../../src/pipeline/flows/sealed-batch.ts";
import type { Observation } from "../../src/pipeline/sources/observation.ts";

const patienceMs = 50_000;

/** What an observer would be told by a source, kept for a test to look at. */
export class RecordedHands implements SourceHands {
  readonly resumeFrom: string | undefined;
  /** Source ports, in the order of arrival: tests tell flows apart by them. */
  readonly ports: number[] = [];
  readonly verdicts: number[] = [];
  readonly coarse: CoarseObservation[] = [];
  readonly malformedReasons: string[] = [];
  readonly states: string[] = [];
  position: string | undefined;
  /** How many flows had been taken when each position was reached. */
  readonly takenAt = new Map<string, number>();
  /** Each says that the source has looked and found no more. */
  private positionsSaid = 0;
  outages = 0;
  lostRecords = 0;
  receivedBytes = 0;
  isHolding = false;
  private held: Promise<void> | undefined;
  private letGo: () => void = () => undefined;

  constructor(resumeFrom?: string) {
    this.resumeFrom = resumeFrom;
  }

  readonly take = (observation: Observation): void => {
    this.ports.push(observation.sourcePort);
    this.verdicts.push(observation.verdict);
  };

  readonly takeCoarse = (record: CoarseObservation): void => {
    this.coarse.push(record);
  };

  reached(position: string): void {
    this.positionsSaid += 1;
    this.position = position;
    this.takenAt.set(position, this.ports.length);
  }

  malformed(reason: string): void {
    this.malformedReasons.push(reason);
  }

  lost(records: number): void {
    this.lostRecords += records;
  }

  outage(): void {
    this.outages += 1;
  }

  received(bytes: number): void {
    this.receivedBytes += bytes;
  }

  state(state: SourceState, message = ""): void {
    const told = message === "" ? state : `${state}: ${message}`;
    if (told !== this.states.at(-1)) this.states.push(told);
  }

  async room(): Promise<void> {
    if (this.held === undefined) return;
    this.isHolding = true;
    await this.held;
  }

  /** From now on there is no room, until `release`. */
  hold(): void {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.held = promise;
    this.letGo = resolve;
  }

  release(): void {
    this.held = undefined;
    this.letGo();
  }

  sortedPorts(): number[] {
    return this.ports.toSorted((a, b) => a - b);
  }

  /** Waits until it is so; a test that waits in vain says what there was. */
  async until(isSo: () => boolean): Promise<void> {
    for (let waitedMs = 0; !isSo(); waitedMs += 20) {
      if (waitedMs > patienceMs) {
        const seen = {
          states: this.states.slice(-5),
          flows: this.ports.length,
          coarse: this.coarse.length,
          malformed: this.malformedReasons.slice(-5),
        };
        throw new Error(`waited in vain; seen so far: ${JSON.stringify(seen)}`);
      }
      await sleep(20);
    }
  }

  /** Waits until the source has looked again some times: what was there by now has been taken, or will not be. */
  async looks(): Promise<void> {
    const enough = this.positionsSaid + 3;
    await this.until(() => this.positionsSaid >= enough);
  }

  /** Waits a little, for what should not come. */
  async quiet(): Promise<void> {
    await sleep(700);
  }
}
