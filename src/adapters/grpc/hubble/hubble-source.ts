import { status } from "@grpc/grpc-js";
import type { SourceMachine } from "../../../app/live/live-source-kind.ts";
import type { LiveSource, SourceHands } from "../../../app/live/live-source.ts";
import { type ChannelOptions, GrpcChannel, type GrpcFailure, type Patience, usualPatience } from "../channel.ts";
import { followServer } from "../follow-server.ts";
import { readStream } from "../read-stream.ts";
import { SeenEvents } from "../seen-events.ts";
import { watchIdle } from "../watch-idle.ts";
import { askOldest, askStatus, type ServerStatus } from "./coverage.ts";
import { EventTaker } from "./event-taker.ts";
import { fieldLists, followRequest, getFlows } from "./request.ts";

/** So often in a row without anything new, and what the server cannot send is given up. */
const maxTooLarge = 2;

export interface HubbleServer extends ChannelOptions {
  readonly historySeconds: number;
}

/** Follows a Hubble server for as long as it is wanted. */
export class HubbleSource implements LiveSource {
  readonly kind = "hubble";
  readonly name: string;
  private readonly server: HubbleServer;
  private readonly machine: SourceMachine;
  private readonly patience: Patience;
  /** Which of the lists of fields to ask for; the next one when the server does not understand. */
  private fieldList = 0;
  private seenFlows = 0;
  private tooLarge = 0;
  private takenBefore = 0;

  constructor(name: string, server: HubbleServer, machine: SourceMachine, patience = usualPatience) {
    this.name = name;
    this.server = server;
    this.machine = machine;
    this.patience = patience;
  }

  async run(hands: SourceHands, signal: AbortSignal): Promise<void> {
    const { historySeconds } = this.server;
    const firstUs = Math.max(0, this.nowUs() - historySeconds * 1_000_000);
    const seen = new SeenEvents(firstUs, hands.resumeFrom);
    // A position of an unknown form: nobody can say what is missing.
    if (hands.resumeFrom !== undefined && !seen.isResumed) hands.outage();
    const taker = new EventTaker(seen, hands, () => this.nowUs());
    const follower = {
      address: this.server.address,
      firstPauseMs: this.patience.firstPauseMs,
      follow: () => this.follow(taker, seen, hands, signal),
      taken: () => taker.taken,
      failed: (failure: GrpcFailure) => this.learn(failure, taker, seen, hands),
    };
    await followServer(follower, hands, signal);
  }

  /** One connection, from its opening to its end. */
  private async follow(taker: EventTaker, seen: SeenEvents, hands: SourceHands, signal: AbortSignal): Promise<void> {
    const channel = await GrpcChannel.open(this.server, this.patience);
    const over = new AbortController();
    const both = AbortSignal.any([signal, over.signal]);
    try {
      const server = await askStatus(channel, both);
      hands.state("running", describe(server));
      const covered = seen.coverage(this.nowUs());
      const sinceUs = seen.sinceUs(this.nowUs());
      seen.begin(sinceUs, this.nowUs());
      taker.begin();
      const reader = {
        take: (messages: readonly Uint8Array[]) => {
          taker.take(messages);
          // A relay tells of nodes that refuse the list of fields as of any other error of theirs.
          if (this.hasOtherList && taker.hasOnlyErrors) over.abort();
        },
        room: () => hands.room(),
      };
      const stream = readStream(channel, getFlows, followRequest(sinceUs, fieldLists[this.fieldList]), reader, both);
      const watch = this.watch(channel, taker, hands, over);
      // Asked after the stream was: what falls out of the server's memory from now on, the stream itself tells.
      const gaps = this.countGaps(channel, server, covered, hands, both);
      try {
        await stream;
      } finally {
        over.abort();
        await gaps;
      }
      if (this.hasOtherList && taker.hasOnlyErrors) this.fieldList += 1;
      const silence = await watch;
      if (silence !== undefined) throw silence;
    } finally {
      over.abort();
      channel.close();
    }
  }

  private watch(
    channel: GrpcChannel,
    taker: EventTaker,
    hands: SourceHands,
    over: AbortController,
  ): Promise<GrpcFailure | undefined> {
    const ask = async (): Promise<void> => {
      hands.state("running", describe(await askStatus(channel, over.signal)));
    };
    return watchIdle({ idleMs: this.patience.idleMs, arrived: () => taker.pieces, ask }, over);
  }

  /** A node whose oldest event is younger than what was taken of it may have forgotten some in between. */
  private async countGaps(
    channel: GrpcChannel,
    server: ServerStatus,
    covered: ReadonlyMap<string, number>,
    hands: SourceHands,
    signal: AbortSignal,
  ): Promise<void> {
    const { seenFlows } = this;
    this.seenFlows = server.seenFlows;
    if (covered.size === 0) return;
    const oldest = await askOldest(channel, signal);
    if (signal.aborted) return;
    if (oldest === undefined) {
      // Old servers cannot say. Nothing was forgotten by one that was not started anew and whose memory is not full.
      if (server.flows >= server.maxFlows || server.seenFlows < seenFlows) hands.outage();
      return;
    }
    for (const [node, oldestUs] of oldest) if (oldestUs > (covered.get(node) ?? oldestUs)) hands.outage();
  }

  private learn({ code, message }: GrpcFailure, taker: EventTaker, seen: SeenEvents, hands: SourceHands): void {
    // Servers that are only too busy use the same code.
    if (code === status.RESOURCE_EXHAUSTED && message.includes("larger than max") && taker.taken === this.takenBefore) {
      this.tooLarge += 1;
      if (this.tooLarge < maxTooLarge) return;
      hands.outage();
      seen.skip(this.nowUs());
    } else if ((code === status.INVALID_ARGUMENT || code === status.UNKNOWN) && !taker.hasFlows && this.hasOtherList) {
      this.fieldList += 1;
    }
    this.tooLarge = 0;
    this.takenBefore = taker.taken;
  }

  private get hasOtherList(): boolean {
    return this.fieldList + 1 < fieldLists.length;
  }

  private nowUs(): number {
    return this.machine.nowMs() * 1000;
  }
}

/** For people: which part of the cluster is missing. Empty when nothing is. */
function describe({ connectedNodes, unavailableNodes = 0 }: ServerStatus): string {
  if (unavailableNodes <= 0) return "";
  const all = connectedNodes === undefined ? "" : ` of ${connectedNodes + unavailableNodes}`;
  return `${unavailableNodes}${all} nodes cannot be reached by the relay`;
}
