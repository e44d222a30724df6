import { Observation } from "../observation.ts";
import { WireReader } from "../protobuf/wire-reader.ts";
import type { RecordError } from "../record-decoder.ts";
import { HubbleEvent, part } from "./event.ts";
import { fillFromEvent } from "./rules.ts";

/** Texts are compared in words, which may reach this far behind them. */
const padding = 8;

/**
 * One `observer.GetFlowsResponse` in protobuf. In two steps, so that a message which was taken before costs no more than
 * finding that out: `read` finds its fields, `fill` says what they mean.
 * @see flow.proto and observer.proto of Cilium: the numbers of the fields
 */
export class HubbleMessageDecoder {
  readonly event = new HubbleEvent();
  readonly observation = new Observation();
  /** Time of the event with microseconds, for telling neighbours apart; -1 when it has none. */
  timeUs = -1;
  /** The message of the event itself, where its own bytes identify it. */
  bodyFrom = 0;
  bodyTo = 0;
  /** Holds the message read last, and the padding behind it. */
  bytes = new Uint8Array(4096);
  error: RecordError = "bad_protobuf";
  private view = new DataView(this.bytes.buffer);
  private readonly reader = new WireReader();

  /** Copies the message, which may change afterwards, and finds its fields. False: broken, see `error`. */
  read(message: Uint8Array): boolean {
    if (message.length + padding > this.bytes.length) {
      this.bytes = new Uint8Array(2 * message.length + padding);
      this.view = new DataView(this.bytes.buffer);
    }
    this.bytes.set(message);
    const { reader, event } = this;
    event.clear();
    this.timeUs = -1;
    this.bodyFrom = 0;
    this.bodyTo = message.length;
    let flowUs = -1;
    reader.open(this.bytes, 0, message.length);
    while (reader.next()) {
      switch (reader.field) {
        case 1:
          this.bodyFrom = reader.from;
          this.bodyTo = reader.to;
          flowUs = this.readFlow(flowUs);
          break;
        case 2:
          this.readNodeStatus();
          break;
        case 3:
          this.readLost();
          break;
        case 1000:
          event.setPart(part.nodeName, reader.from, reader.to);
          break;
        case 1001:
          this.timeUs = this.readTime();
          break;
        default:
      }
    }
    if (reader.error !== undefined) return this.refuse(reader.error);
    if (flowUs >= 0) this.timeUs = flowUs;
    event.timeMs = this.timeUs < 0 ? -1 : Math.floor(this.timeUs / 1000);
    return true;
  }

  /** What the message read last says; undefined: it makes no sense, see `error`. Holds until the next `read`. */
  fill(): Observation | undefined {
    const { observation: o, event } = this;
    o.clear(this.bytes, this.view);
    if (this.hasZeroByte()) return void this.refuse("bad_string");
    const error = fillFromEvent(event, o);
    return error === undefined ? o : void this.refuse(error);
  }

  private refuse(error: RecordError): false {
    this.error = error;
    return false;
  }

  /** Zero bytes end the texts of keys, and a name of Kubernetes has none. */
  private hasZeroByte(): boolean {
    const { from, to } = this.event;
    for (let index = 0; index <= part.dnsQuery; index += 1) {
      for (let p = from[index]!; p < to[index]!; p += 1) if (this.bytes[p] === 0) return true;
    }
    return false;
  }

  private readFlow(before: number): number {
    const { reader, event } = this;
    let timeUs = before;
    let reason = -1;
    let oldReason = -1;
    if (!reader.enter()) return before;
    while (reader.next()) {
      switch (reader.field) {
        case 1:
          timeUs = this.readTime();
          break;
        case 2:
          event.verdict = reader.whole();
          break;
        case 3:
          oldReason = reader.whole();
          break;
        case 5:
          this.readIp();
          break;
        case 6:
          this.readTransport();
          break;
        case 8:
          event.sourceIdentity = this.readEnd(part.sourcePod, event.sourceIdentity);
          break;
        case 9:
          event.destinationIdentity = this.readEnd(part.destinationPod, event.destinationIdentity);
          break;
        case 11:
          if (!event.has(part.nodeName)) event.setPart(part.nodeName, reader.from, reader.to);
          break;
        case 14:
          event.destinationNames.add(reader.from, reader.to);
          break;
        case 15:
          this.readL7();
          break;
        case 16:
          event.wasReply = reader.isTrue();
          break;
        case 19:
          event.kind = this.readInner(1, event.kind);
          break;
        case 22:
          event.direction = reader.whole();
          break;
        case 24:
          event.point = reader.whole();
          break;
        case 25:
          reason = reader.whole();
          break;
        case 26:
          // A wrapped boolean: an empty message says false.
          event.isReply = this.readInner(1, 0) > 0;
          break;
        case 34:
          event.setPart(part.uuid, reader.from, reader.to);
          break;
        default:
      }
    }
    reader.leave();
    event.dropReason = reason > 0 ? reason : oldReason;
    return timeUs;
  }

  /** Microseconds since the epoch; -1 for a time before it, or none. */
  private readTime(): number {
    const { reader } = this;
    if (!reader.enter()) return -1;
    let seconds = 0;
    let nanos = 0;
    while (reader.next()) {
      if (reader.field === 1) seconds = reader.signed();
      else if (reader.field === 2) nanos = reader.whole();
    }
    reader.leave();
    // Until the year 9999, where RFC 3339 ends.
    if (!(seconds >= 0 && seconds < 253_402_300_800) || nanos < 0 || nanos > 999_999_999) return -1;
    return seconds * 1_000_000 + Math.floor(nanos / 1000);
  }

  private readIp(): void {
    const { reader, event } = this;
    if (!reader.enter()) return;
    while (reader.next()) {
      if (reader.field === 1) event.setPart(part.sourceAddress, reader.from, reader.to);
      else if (reader.field === 2) event.setPart(part.destinationAddress, reader.from, reader.to);
    }
    reader.leave();
  }

  private readTransport(): void {
    const { reader, event } = this;
    if (!reader.enter()) return;
    while (reader.next()) {
      switch (reader.field) {
        case 1:
          this.readPorts(6);
          break;
        case 2:
          this.readPorts(17);
          break;
        case 5:
          this.readPorts(132);
          break;
        case 3:
        case 4:
          event.protocol = reader.field === 3 ? 1 : 58;
          event.icmpType = Math.max(0, this.readInner(1, 0));
          break;
        default:
      }
    }
    reader.leave();
  }

  private readPorts(protocol: number): void {
    const { reader, event } = this;
    event.protocol = protocol;
    if (!reader.enter()) return;
    while (reader.next()) {
      if (reader.field === 1) event.sourcePort = reader.whole();
      else if (reader.field === 2) event.destinationPort = reader.whole();
      else if (reader.field === 3 && protocol === 6) this.readFlags();
    }
    reader.leave();
  }

  private readFlags(): void {
    const { reader, event } = this;
    if (!reader.enter()) return;
    while (reader.next()) {
      if (reader.field === 2) event.isSyn = reader.isTrue();
      else if (reader.field === 5) event.isAck = reader.isTrue();
    }
    reader.leave();
  }

  /** @returns the identity */
  private readEnd(first: number, before: number): number {
    const { reader, event } = this;
    let identity = before;
    if (!reader.enter()) return identity;
    let hasOwner = false;
    while (reader.next()) {
      switch (reader.field) {
        case 2:
          identity = reader.whole();
          break;
        case 3:
          event.setPart(first + part.sourceNamespace, reader.from, reader.to);
          break;
        case 5:
          event.setPart(first + part.sourcePod, reader.from, reader.to);
          break;
        case 6:
          // The first one; the pods of one object all have the same owner.
          if (!hasOwner) this.readOwner(first);
          hasOwner = true;
          break;
        case 7:
          event.setPart(first + part.sourceCluster, reader.from, reader.to);
          break;
        default:
      }
    }
    reader.leave();
    return identity;
  }

  private readOwner(first: number): void {
    const { reader, event } = this;
    if (!reader.enter()) return;
    while (reader.next()) {
      if (reader.field === 1) event.setPart(first + part.sourceOwnerName, reader.from, reader.to);
      else if (reader.field === 2) event.setPart(first + part.sourceOwnerKind, reader.from, reader.to);
    }
    reader.leave();
  }

  private readL7(): void {
    const { reader, event } = this;
    if (!reader.enter()) return;
    while (reader.next()) {
      if (reader.field === 1) event.l7Type = reader.whole();
      else if (reader.field === 100) this.readDns();
    }
    reader.leave();
  }

  private readDns(): void {
    const { reader, event } = this;
    if (!reader.enter()) return;
    while (reader.next()) {
      switch (reader.field) {
        case 1:
          event.setPart(part.dnsQuery, reader.from, reader.to);
          break;
        case 2:
          event.dnsAddresses.add(reader.from, reader.to);
          break;
        case 3:
          event.dnsTtl = reader.whole();
          break;
        case 4:
          event.dnsAliases.add(reader.from, reader.to);
          break;
        case 6:
          event.dnsCode = reader.whole();
          break;
        default:
      }
    }
    reader.leave();
  }

  private readNodeStatus(): void {
    const { reader, event } = this;
    event.nodeState = 0;
    if (!reader.enter()) return;
    while (reader.next()) {
      if (reader.field === 1) event.nodeState = reader.whole();
      else if (reader.field === 2) event.statusNodes.add(reader.from, reader.to);
    }
    reader.leave();
  }

  private readLost(): void {
    this.event.lost = Math.max(0, this.readInner(2, 0));
  }

  /** A number one level down; `absent` when it is not there. */
  private readInner(field: number, absent: number): number {
    const { reader } = this;
    let value = absent;
    if (!reader.enter()) return value;
    while (reader.next()) if (reader.field === field) value = reader.whole();
    reader.leave();
    return value;
  }
}
