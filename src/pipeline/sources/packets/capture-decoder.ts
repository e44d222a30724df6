import { Observation, type ObservationSink, observed } from "../observation.ts";
import type { RecordError } from "../record-decoder.ts";
import { CaptureFramer } from "./capture-framer.ts";
import { type CaptureLimits, defaultCaptureLimits } from "./capture-limits.ts";
import type { CapturedFrame } from "./captured-frame.ts";
import { ConnectionTracker } from "./connection-tracker.ts";
import { decodePacket } from "./decode-packet.ts";
import { DuplicateFilter } from "./duplicate-filter.ts";
import type { InitialCrypto } from "./initial-crypto.ts";
import { isCooked } from "./link-layer.ts";
import { NameFinder } from "./name-finder.ts";
import { NameReport } from "./name-report.ts";
import { Packet } from "./packet.ts";

/** What a capture is decoded into. */
export interface CaptureHands {
  /** Takes connections, DNS answers, claimed names, and packets that the capture says were lost. */
  readonly take: ObservationSink;
  /** Counts what was not understood: where its packet's record begins in the capture, and its first bytes. */
  malformed(error: RecordError, byteOffset: number, sample: Uint8Array): void;
}

export interface CaptureOptions {
  /** Undefined: names in QUIC stay unread. */
  readonly crypto: InitialCrypto | undefined;
  /** How often a connection that stays open is reported. */
  readonly reportMs: number;
  readonly limits?: CaptureLimits;
}

/** Once an hour shows in which hours a connection was busy; a live capture wants to know sooner. */
export const hourlyReportMs = 3_600_000;
const sampleBytes = 160;

/** Decodes one capture after the other. Bytes come in pieces of any size, in order. */
export class CaptureDecoder {
  private readonly hands: CaptureHands;
  private readonly tracker: ConnectionTracker;
  private readonly finder: NameFinder;
  private readonly packet = new Packet();
  private readonly lostEvents = new Observation();
  private framer = this.newFramer();
  private duplicates: DuplicateFilter | undefined;
  private frameOffset = 0;
  private sawTunnel = false;
  private timeMs = 0;

  constructor(hands: CaptureHands, { crypto, reportMs, limits = defaultCaptureLimits }: CaptureOptions) {
    this.hands = hands;
    this.tracker = new ConnectionTracker(limits.connections, hands.take, reportMs);
    const report = new NameReport(hands.take, (error, packet) =>
      this.refuse(error, packet.bytes, packet.payloadFrom, packet.payloadTo),
    );
    this.finder = new NameFinder(this.tracker, report, limits, crypto);
    this.tracker.onGone = (id) => this.finder.forget(id);
  }

  /** Bytes of whole records decoded so far. */
  get position(): number {
    return this.framer.position;
  }

  /** @returns false when the rest of the capture cannot be read; what is pushed then is passed over */
  push(bytes: Uint8Array): boolean {
    if (this.framer.isBroken) return false;
    if (this.framer.push(bytes)) return true;
    this.hands.malformed("bad_capture", this.framer.position, this.framer.rest());
    return false;
  }

  /** Reports connections that are still open, so that everything before `position` is told. */
  flush(): void {
    this.tracker.flush();
  }

  /** The capture has ended; another one may follow. @returns whether it ended inside a record */
  finish(): boolean {
    const isCut = this.framer.finish();
    this.tracker.finish();
    this.finder.clear();
    this.framer = this.newFramer();
    this.duplicates = undefined;
    this.sawTunnel = false;
    this.timeMs = 0;
    return isCut;
  }

  private newFramer(): CaptureFramer {
    return new CaptureFramer(
      (frame) => this.decode(frame),
      (packets) => this.lose(packets),
    );
  }

  private decode(frame: CapturedFrame): void {
    const { packet } = this;
    this.frameOffset = frame.byteOffset;
    if (frame.timeMs >= 0) this.timeMs = frame.timeMs;
    const fate = decodePacket(frame, packet);
    if (fate === "other") return;
    if (fate !== "ip") {
      this.refuse(fate === "broken" ? "bad_packet" : "bad_link_type", frame.bytes, frame.from, frame.to);
      return;
    }
    // A packet is seen on a pod's interface, on the bridge, and in its tunnel.
    this.sawTunnel ||= packet.isTunnelled;
    if (frame.isOneOfSeveral || this.sawTunnel || isCooked(frame.link)) {
      this.duplicates ??= new DuplicateFilter();
      if (this.duplicates.isCopy(packet, this.timeMs)) return;
    }
    const id = this.tracker.add(packet, this.timeMs);
    if (id >= 0) this.finder.look(id, packet, this.timeMs);
  }

  private lose(packets: number): void {
    const { lostEvents: o } = this;
    o.clear(o.bytes, o.view);
    o.what = observed.lostEvents;
    o.flows = 0;
    o.lost = packets;
    this.hands.take(o);
  }

  private refuse(error: RecordError, bytes: Uint8Array, from: number, to: number): void {
    this.hands.malformed(error, this.frameOffset, bytes.subarray(from, Math.min(to, from + sampleBytes)));
  }
}
