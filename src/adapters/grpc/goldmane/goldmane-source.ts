import type { SourceMachine } from "../../../app/live/live-source-kind.ts";
import type { LiveSource, SourceHands } from "../../../app/live/live-source.ts";
import { GoldmaneDecoder } from "../../../pipeline/sources/calico/goldmane.ts";
import { wireMessage } from "../../../pipeline/sources/protobuf/wire-message.ts";
import { recordErrorText } from "../../../pipeline/sources/record-decoder.ts";
import { type ChannelOptions, GrpcChannel, type Patience, usualPatience } from "../channel.ts";
import { followServer } from "../follow-server.ts";
import { hashBytes } from "../hash-bytes.ts";
import { readStream } from "../read-stream.ts";
import { SeenEvents } from "../seen-events.ts";
import { watchIdle } from "../watch-idle.ts";
import { coarseOf } from "./coarse.ts";
import { StagedOutcomes } from "./staged-outcomes.ts";

const stream = "/goldmane.Flows/Stream";
const list = "/goldmane.Flows/List";
/** Flows come in buckets of 15 seconds, some after the other. A longer silence than this leaves something out. */
const longestGapUs = 60_000_000;
/** Goldmane sends no history at all from before its oldest bucket, which is an hour old; with room for its next bucket. */
const keptSeconds = 3570;
/** There is one Goldmane, so there is one order of its flows. */
const only = "goldmane";

export interface GoldmaneServer extends ChannelOptions {
  readonly cluster: string;
  readonly historySeconds: number;
}

/** Follows Goldmane for as long as it is wanted. */
export class GoldmaneSource implements LiveSource {
  readonly kind = "goldmane";
  readonly name: string;
  private readonly server: GoldmaneServer;
  private readonly machine: SourceMachine;
  private readonly patience: Patience;
  private readonly decoder = new GoldmaneDecoder();
  private readonly staged = new StagedOutcomes();
  private taken = 0;
  private pieces = 0;

  constructor(name: string, server: GoldmaneServer, machine: SourceMachine, patience = usualPatience) {
    this.name = name;
    this.server = server;
    this.machine = machine;
    this.patience = patience;
  }

  async run(hands: SourceHands, signal: AbortSignal): Promise<void> {
    const firstUs = Math.max(0, this.nowUs() - this.server.historySeconds * 1_000_000);
    const seen = new SeenEvents(firstUs, hands.resumeFrom);
    // A position of an unknown form: nobody can say what is missing.
    if (hands.resumeFrom !== undefined && !seen.isResumed) hands.outage();
    const follower = {
      address: this.server.address,
      firstPauseMs: this.patience.firstPauseMs,
      follow: () => this.follow(seen, hands, signal),
      taken: () => this.taken,
      failed: () => undefined,
    };
    await followServer(follower, hands, signal);
  }

  private async follow(seen: SeenEvents, hands: SourceHands, signal: AbortSignal): Promise<void> {
    const channel = await GrpcChannel.open(this.server, this.patience);
    const over = new AbortController();
    const both = AbortSignal.any([signal, over.signal]);
    try {
      const sinceUs = seen.sinceUs(this.nowUs());
      let coveredUs = seen.coverage(this.nowUs()).get(only);
      seen.begin(sinceUs, this.nowUs());
      const take = (messages: readonly Uint8Array[]): void => {
        const nowUs = this.nowUs();
        this.pieces += 1;
        for (const message of messages) {
          const startUs = this.takeOne(message, seen, hands, nowUs);
          if (startUs === undefined || coveredUs === undefined) continue;
          // Goldmane keeps an hour in memory: the first flow tells where that begins.
          if (startUs - coveredUs > longestGapUs) hands.outage();
          coveredUs = undefined;
        }
        hands.reached(seen.position(nowUs));
        hands.state("running", this.staged.describe());
      };
      const reading = readStream(
        channel,
        stream,
        streamRequest(sinceUs, this.nowUs()),
        { take, room: () => hands.room(), ready: () => hands.state("running", this.staged.describe()) },
        both,
      );
      const ask = async (): Promise<void> => void (await channel.ask(list, oneFlow(), over.signal));
      const watch = watchIdle({ idleMs: this.patience.idleMs, arrived: () => this.pieces, ask }, over);
      try {
        await reading;
      } finally {
        over.abort();
      }
      const silence = await watch;
      if (silence !== undefined) throw silence;
    } finally {
      over.abort();
      channel.close();
    }
  }

  /** @returns when the flow's bucket began */
  private takeOne(message: Uint8Array, seen: SeenEvents, hands: SourceHands, nowUs: number): number | undefined {
    const { decoder } = this;
    hands.received(message.length);
    const flow = decoder.read(message);
    if (flow === undefined) {
      hands.malformed(recordErrorText[decoder.error], message);
      return undefined;
    }
    const startUs = flow.startSeconds < 0 ? -1 : flow.startSeconds * 1_000_000;
    const identity = hashBytes(message, decoder.keyFrom, decoder.keyTo) + Math.max(0, flow.startSeconds);
    if (seen.admit(only, startUs, identity % 2 ** 48, nowUs)) {
      this.taken += 1;
      const coarse = coarseOf(flow, this.server.cluster, nowUs / 1000);
      if (coarse !== undefined) {
        hands.takeCoarse(coarse);
        this.staged.note(flow, coarse);
      }
    }
    return startUs < 0 ? undefined : startUs;
  }

  private nowUs(): number {
    return this.machine.nowMs() * 1000;
  }
}

/** Everything from the bucket that holds `sinceUs` on, as the sources report it; at most what Goldmane still has. */
function streamRequest(sinceUs: number, nowUs: number): Uint8Array {
  const since = Math.floor(sinceUs / 1_000_000);
  // Negative: back from the present of Goldmane's own clock. Zero would mean no history.
  const seconds = since > nowUs / 1_000_000 - keptSeconds ? Math.max(1, since) : -keptSeconds;
  return Uint8Array.from(
    wireMessage([
      { field: 1, varint: BigInt(seconds) },
      { field: 2, message: [{ field: 9, varint: 1n }] },
    ]),
  );
}

/** A flow of the last seconds, which is the least that Goldmane can be asked for. */
function oneFlow(): Uint8Array {
  return Uint8Array.from(
    wireMessage([
      { field: 1, varint: -15n },
      { field: 4, varint: 1n },
    ]),
  );
}
