import { Observation, type ObservationSink, observed } from "../observation.ts";
import type { RecordError } from "../record-decoder.ts";
import { CaptureFramer } from "./capture-framer.ts";
import { type CaptureLimits, defaultCaptureLimits } from "./capture-limits.ts";
import type { CapturedFrame } from "./captured-frame.ts";
import { ConnectionTracker } from "./connection-tracker.ts";
import type { DatagramParts } from "./datagram-parts.ts";
import { decodeDatagram, decodePacket, isTunnel } from "./decode-packet.ts";
import { isDns } from "./dns-finder.ts";
import { DuplicateFilter } from "./duplicate-filter.ts";
import { Fragments } from "./fragments.ts";
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
  /** Whether an address is a pod's, as far as it is known: what pods send as Geneve, VXLAN or IP in IP is not opened. */
  readonly isPod?: (family: number, words: Uint32Array) => boolean;
}

/** Once an hour shows in which hours a connection was busy; a live capture wants to know sooner. */
export const hourlyReportMs = 3_600_000;
const sampleBytes = 160;
const udp = 17;

/** Decodes one capture after the other. Bytes come in pieces of any size, in order. */
export class CaptureDecoder {
  private readonly hands: CaptureHands;
  private readonly tracker: ConnectionTracker;
  private readonly finder: NameFinder;
  private readonly packet = new Packet();
  private readonly fragments: Fragments;
  private readonly lostEvents = new Observation();
  private framer = this.newFramer();
  private duplicates: DuplicateFilter | undefined;
  private frameOffset = 0;
  private mayRepeat = false;
  private sawTunnel = false;
  private timeMs = 0;

  constructor(hands: CaptureHands, { crypto, reportMs, limits = defaultCaptureLimits, isPod }: CaptureOptions) {
    this.hands = hands;
    this.tracker = new ConnectionTracker(limits.connections, hands.take, reportMs);
    const report = new NameReport(hands.take, (error, packet) =>
      this.refuse(error, packet.bytes, packet.payloadFrom, packet.payloadTo),
    );
    this.finder = new NameFinder(this.tracker, report, limits, crypto);
    this.fragments = new Fragments(
      {
        isWanted: (first) => isDns(first) || isTunnel(first),
        refused: () => this.refuse("bad_fragments", this.packet.bytes, this.packet.contentFrom, this.packet.contentTo),
        givenUp: (parts, beginning) => this.readBeginning(parts, beginning),
      },
      limits,
    );
    if (isPod !== undefined) this.packet.isCarrier = (family, source) => !isPod(family, source);
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
    this.fragments.finish();
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
    this.fragments.sweep(this.timeMs);
    const fate = decodePacket(frame, packet);
    if (fate === "other") return;
    if (fate !== "ip") {
      this.refuse(fate === "broken" ? "bad_packet" : "bad_link_type", frame.bytes, frame.from, frame.to);
      return;
    }
    this.mayRepeat = frame.isOneOfSeveral || isCooked(frame.link);
    if (this.isCopy(packet)) return;
    if (packet.isFragment && packet.protocol === udp) this.takePart(packet);
    else this.takePacket(packet);
  }

  /** A packet is seen on a pod's interface, on the bridge, and in its tunnel. */
  private isCopy(packet: Packet): boolean {
    this.sawTunnel ||= packet.isTunnelled;
    if (!this.mayRepeat && !this.sawTunnel) return false;
    this.duplicates ??= new DuplicateFilter();
    return this.duplicates.isCopy(packet, this.timeMs);
  }

  private takePacket(packet: Packet): void {
    const id = this.tracker.add(packet, this.timeMs);
    if (id >= 0) this.finder.look(id, packet, this.timeMs);
  }

  /** A part of a datagram counts at once, and tells its names when the others are there. */
  private takePart(packet: Packet): void {
    const whole = this.fragments.add(packet, this.timeMs);
    const id = this.tracker.add(packet, this.timeMs);
    if (whole !== undefined) this.readDatagram(packet, id, whole, false);
  }

  /** Of a datagram that does not get whole, the first part tells what is in it, as a packet that was cut off does. */
  private readBeginning({ family, source, destination, ports }: DatagramParts, beginning: Uint8Array): void {
    const packet = new Packet();
    packet.isCarrier = this.packet.isCarrier;
    packet.family = family;
    packet.source.set(source);
    packet.destination.set(destination);
    packet.protocol = udp;
    packet.sourcePort = ports?.source ?? 0;
    packet.destinationPort = ports?.destination ?? 0;
    this.readDatagram(packet, this.tracker.table.find(packet), beginning, true);
  }

  private readDatagram(packet: Packet, id: number, bytes: Uint8Array, isCut: boolean): void {
    if (decodeDatagram(packet, bytes, isCut) !== "ip") return;
    if (!packet.isTunnelled) {
      if (id >= 0) this.finder.look(id, packet, this.timeMs);
    } else if (!this.isCopy(packet)) {
      this.takePacket(packet);
    }
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
