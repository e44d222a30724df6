import type { SourceHands } from "../../app/live/live-source.ts";
import { AclLogDecoder } from "../../pipeline/sources/ovn-acl/decode.ts";
import { RecentSessions } from "../../pipeline/sources/ovn-acl/recent-sessions.ts";
import { recordErrorText } from "../../pipeline/sources/record-decoder.ts";
import { RecordFeeder } from "../../pipeline/sources/record-feeder.ts";
import { syslogPayload } from "../../pipeline/sources/syslog/payload.ts";

/** Of senders that send at the same time; the one longest silent is forgotten. */
const maxSenders = 1024;
/** Of each sender: senders of UDP can be forged, so that there may be as many as are remembered. */
const pieceBytes = 16 << 10;

interface Sender {
  readonly decoder: AclLogDecoder;
  readonly feeder: RecordFeeder;
}

/** A decoder for each sender: the lines of one node's log come in their order, those of two nodes do not. */
export class Senders {
  private readonly hands: SourceHands;
  private readonly nowMs: () => number;
  private readonly senders = new Map<string, Sender>();
  private readonly sessions = new RecentSessions();
  /** Who sent something since the last look, and whose lines are held back from before it. */
  private fresh = new Set<Sender>();
  private waiting = new Set<Sender>();

  constructor(hands: SourceHands, nowMs: () => number) {
    this.hands = hands;
    this.nowMs = nowMs;
  }

  take(address: string, message: Uint8Array): void {
    const sender = this.senders.get(address) ?? this.open(address);
    // The latest comes last.
    this.senders.delete(address);
    this.senders.set(address, sender);
    if (this.senders.size > maxSenders) this.forgetOldest();
    sender.feeder.add(syslogPayload(message));
    this.fresh.add(sender);
  }

  /**
   * Hands over what came; to be called again and again, with as much time between as the lines of one packet need. What may
   * have more lines of its packet yet is held back until the next time.
   */
  settle(): void {
    for (const sender of this.waiting) if (!this.fresh.has(sender)) settleOne(sender);
    for (const { feeder, decoder } of this.fresh) {
      feeder.flush();
      decoder.settle();
    }
    this.waiting = this.fresh;
    this.fresh = new Set();
  }

  /** Hands over everything. */
  finish(): void {
    for (const sender of this.senders.values()) settleOne(sender);
    this.fresh.clear();
    this.waiting.clear();
  }

  private open(address: string): Sender {
    const { hands, nowMs, sessions } = this;
    const decoder = new AclLogDecoder(hands.take, nowMs, { name: address, sessions });
    const feeder = new RecordFeeder(
      decoder,
      (error, sample) => hands.malformed(recordErrorText[error], sample),
      pieceBytes,
    );
    return { decoder, feeder };
  }

  private forgetOldest(): void {
    for (const [address, sender] of this.senders) {
      settleOne(sender);
      this.fresh.delete(sender);
      this.waiting.delete(sender);
      this.senders.delete(address);
      return;
    }
  }
}

function settleOne({ decoder, feeder }: Sender): void {
  feeder.flush();
  decoder.flush();
}
