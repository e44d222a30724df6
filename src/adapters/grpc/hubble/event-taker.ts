import type { SourceHands } from "../../../app/live/live-source.ts";
import { nodeStates } from "../../../pipeline/sources/hubble/event.ts";
import { HubbleMessageDecoder } from "../../../pipeline/sources/hubble/message.ts";
import { recordErrorText } from "../../../pipeline/sources/record-decoder.ts";
import type { SeenEvents } from "../seen-events.ts";
import { identityOf } from "./event-identity.ts";
import { nameAt, nodeNameOf } from "./node-name.ts";

/** Takes the messages of a stream: events that are new, gaps that the server tells of, and what is not understood. */
export class EventTaker {
  /** Events taken so far. */
  taken = 0;
  pieces = 0;
  /** An event has come, ever. */
  hasFlows = false;
  private errors = 0;
  private readonly decoder = new HubbleMessageDecoder();
  private readonly seen: SeenEvents;
  private readonly hands: SourceHands;
  private readonly nowUs: () => number;

  constructor(seen: SeenEvents, hands: SourceHands, nowUs: () => number) {
    this.seen = seen;
    this.hands = hands;
    this.nowUs = nowUs;
  }

  /** A call begins. */
  begin(): void {
    this.errors = 0;
  }

  /** No event ever came, but nodes told of errors in this call. */
  get hasOnlyErrors(): boolean {
    return !this.hasFlows && this.errors > 0;
  }

  readonly take = (messages: readonly Uint8Array[]): void => {
    const nowUs = this.nowUs();
    this.pieces += 1;
    for (const message of messages) this.takeOne(message, nowUs);
    this.hands.reached(this.seen.position(nowUs));
  };

  private takeOne(message: Uint8Array, nowUs: number): void {
    const { decoder, hands, seen } = this;
    hands.received(message.length);
    if (!decoder.read(message)) return hands.malformed(recordErrorText[decoder.error], message);
    const { event } = decoder;
    if (event.nodeState >= 0) return this.takeNodeState(nowUs);
    this.hasFlows = true;
    const node = nodeNameOf(decoder);
    const identity = identityOf(decoder);
    if (event.lost >= 0) {
      // Its time is when the loss was noticed: the reader of a full ring is told so before older events.
      if (seen.admitNotice(node, decoder.timeUs, identity, nowUs)) hands.lost(Math.max(1, event.lost));
      return;
    }
    if (!seen.admit(node, decoder.timeUs, identity, nowUs)) return;
    this.taken += 1;
    const observation = decoder.fill();
    if (observation === undefined) hands.malformed(recordErrorText[decoder.error], message);
    else hands.take(observation);
  }

  private takeNodeState(nowUs: number): void {
    const { decoder, hands, seen } = this;
    const { nodeState, statusNodes } = decoder.event;
    const names = Array.from({ length: statusNodes.count }, (_, i) =>
      nameAt(decoder.bytes, statusNodes.from[i]!, statusNodes.to[i]!),
    );
    if (nodeState === nodeStates.NODE_CONNECTED) {
      // A node that came back begins where the call began. A full list may not be the whole list.
      seen.replay(statusNodes.isFull ? undefined : names);
      seen.setAway(names, false, nowUs);
      return;
    }
    if (nodeState === nodeStates.NODE_ERROR) this.errors += 1;
    seen.setAway(names, true, nowUs);
    hands.outage();
  }
}
