import type { SourceHands } from "../../app/live/live-source.ts";
import { observed, type Observation } from "../../pipeline/sources/observation.ts";
import { CaptureDecoder, hourlyReportMs } from "../../pipeline/sources/packets/capture-decoder.ts";
import { recordErrorText } from "../../pipeline/sources/record-decoder.ts";
import { nodeInitialCrypto } from "./node-initial-crypto.ts";

/** One capture on its way into an observer. */
export class CaptureReading {
  /** How often connections that stay open are told of: after so much time, or so many bytes. */
  readonly tellMs = 2000;
  readonly tellBytes = 32 << 20;
  /** Everything before this byte has been told of; a record ends there. */
  toldTo = -1;
  private readonly hands: SourceHands;
  private readonly nowMs: () => number;
  private readonly decoder: CaptureDecoder;
  private toldMs: number;
  private toldBytes = 0;
  /** What lies before this place was taken in an earlier life: it only makes known what is under way. */
  private takenTo = 0;
  private pushed = 0;

  constructor(hands: SourceHands, nowMs: () => number) {
    this.hands = hands;
    this.nowMs = nowMs;
    this.toldMs = nowMs();
    this.decoder = new CaptureDecoder(
      {
        take: (o) => this.take(o),
        malformed: (error, _, sample) => {
          if (!this.isReplaying) hands.malformed(recordErrorText[error], sample);
        },
      },
      {
        crypto: nodeInitialCrypto,
        reportMs: hourlyReportMs,
        isPod: (family, words) => hands.isPod?.(family, words) === true,
      },
    );
  }

  /** Begins with a capture of which everything before `byteOffset`, where a record ends, was taken already. */
  resumeAt(byteOffset: number): void {
    this.takenTo = byteOffset;
  }

  /** @returns false when the rest cannot be read */
  push(bytes: Uint8Array): boolean {
    this.hands.received(bytes.length);
    const replayed = Math.max(0, Math.min(bytes.length, this.takenTo - this.pushed));
    this.pushed += bytes.length;
    if (replayed > 0 && !this.decoder.push(bytes.subarray(0, replayed))) return false;
    // As it was when the position was given: everything before it had been told.
    if (replayed > 0 && this.pushed >= this.takenTo) {
      this.decoder.flush();
      this.takenTo = 0;
    }
    if (replayed < bytes.length && !this.decoder.push(bytes.subarray(replayed))) return false;
    if (this.isDue) this.tell();
    return true;
  }

  /** Whether it is time to tell. */
  get isDue(): boolean {
    return this.nowMs() - this.toldMs >= this.tellMs || this.pushed - this.toldBytes >= this.tellBytes;
  }

  /** Tells of everything so far. */
  tell(): void {
    this.toldMs = this.nowMs();
    this.toldBytes = this.pushed;
    if (this.isReplaying) return;
    this.decoder.flush();
    this.toldTo = this.decoder.position;
  }

  /** The capture has ended: tells of what is left. */
  finish(): void {
    this.decoder.finish();
  }

  brokenText(what: string): string {
    const at = this.decoder.position;
    return at === 0
      ? `${what} is no packet capture (pcap or pcapng, not compressed)`
      : `${what} is damaged at byte ${at}, what comes after it cannot be read`;
  }

  private get isReplaying(): boolean {
    return this.takenTo > 0;
  }

  private take(o: Observation): void {
    if (this.isReplaying) return;
    if (o.what === observed.lostEvents) this.hands.lost(o.lost);
    else this.hands.take(o);
  }
}
