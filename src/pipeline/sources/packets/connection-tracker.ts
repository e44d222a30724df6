import { Observation, type ObservationSink, observed, opener, verdict } from "../observation.ts";
import { ConnectionTable } from "./connection-table.ts";
import { type Packet, tcpFlag } from "./packet.ts";

const protocol = { icmp: 1, tcp: 6, udp: 17, icmp6: 58, sctp: 132 } as const;

/** What is known of a connection, as bits of `ConnectionTable.state`. */
const bit = {
  /** The client is the lower end. */
  lowIsClient: 1,
  /** Who the client is was seen, not guessed. */
  clientIsKnown: 2,
  /** A server was heard, or a client that had heard it. */
  answered: 4,
  lowFinished: 16,
  highFinished: 32,
  closed: 64,
  /** A SYN opened it. */
  opened: 128,
  /** Packets came since the last report. */
  isNews: 256,
} as const;
/** Bits from here on belong to `NameFinder`. */
export const firstFreeBit = 12;

/** Longer than the pauses of Linux between two SYNs. */
const unansweredMs = 65_000;
/** What has been watched for less may still be answered. */
const patienceMs = 3000;
const sessionMs = 60_000;
const establishedMs = 2 * 3_600_000;
/** After its end a connection is remembered so long, so that stray packets do not look like a new one. */
const lingerMs = 10_000;
const sweepMs = 1000;
/** A clock that goes back by more has been set, or the packets are from another recording. */
const clockBackMs = 60_000;

/**
 * Follows connections and reports each as one flow from the end that opened it: when it ends, was quiet for long, or
 * must make room. What stays open is reported every `reportMs`, later reports bringing bytes and no flow.
 *
 * Who opened it: the sender of a SYN, an echo request or an SCTP INIT; whoever `NameFinder` sees speak as a client; for
 * UDP the first to speak, if the capture had run for longer than a session lasts without. Otherwise nobody knows: the
 * end with the higher port is put first, and the judge of flows decides whether the ports leave no doubt.
 */
export class ConnectionTracker {
  readonly table: ConnectionTable;
  /** Called before a connection's place is used again. */
  onGone: (id: number) => void = () => undefined;
  private readonly take: ObservationSink;
  private readonly reportMs: number;
  private readonly observation = new Observation();
  private readonly noBytes = new Uint8Array(8);
  private readonly noView = new DataView(this.noBytes.buffer);
  private startedMs = -1;
  private sweptMs = -1;
  private hasEvicted = false;
  /** Of the latest packet. */
  private nowMs = -1;
  /**
   * Whether a client was heard to go on behind its SYN. A capture of one direction, or of SYNs alone, shows no answers, and
   * proves nothing by that.
   */
  private showsAnswers = false;

  constructor(capacity: number, take: ObservationSink, reportMs: number) {
    this.table = new ConnectionTable(capacity);
    this.take = take;
    this.reportMs = reportMs;
  }

  /** Counts a packet. @returns the place of its connection, or -1 when it is part of none */
  add(packet: Packet, timeMs: number): number {
    const { table } = this;
    if (this.startedMs < 0) this.startedMs = timeMs;
    this.nowMs = timeMs;
    this.sweep(timeMs);
    let id = table.find(packet);
    if (id >= 0 && this.isOver(id, packet, timeMs)) {
      this.end(id);
      id = -1;
    }
    if (id < 0) {
      if (isStray(packet)) return -1;
      id = this.open(packet, timeMs);
    } else {
      table.touch(id);
    }
    this.note(id, packet, timeMs);
    return id;
  }

  /** The packet last added was sent by a client, by what it says. */
  markClient(id: number, isSender: boolean): void {
    const isLow = this.table.isFromLow === isSender;
    this.set(id, bit.lowIsClient, isLow);
    this.set(id, bit.clientIsKnown, true);
  }

  /** Whether the packet last added comes from the client, as far as is known. */
  isFromClient(id: number): boolean {
    return this.has(id, bit.lowIsClient) === this.table.isFromLow;
  }

  knowsClient(id: number): boolean {
    return this.has(id, bit.clientIsKnown);
  }

  /** Sequence number of the first byte that the client sends, where its SYN was seen. */
  firstByteOf(id: number): number | undefined {
    return this.has(id, bit.opened) ? (this.table.opening[id]! + 1) >>> 0 : undefined;
  }

  /** Whether a whole minute was watched and nobody was forgotten, so that nothing can have been missed. */
  sawBeginnings(timeMs: number): boolean {
    return !this.hasEvicted && timeMs - this.startedMs > sessionMs;
  }

  /** Writes client and server into an observation. */
  describe(id: number, o: Observation): void {
    const { table } = this;
    const isLow = this.has(id, bit.lowIsClient);
    o.sourceFamily = o.destinationFamily = table.familyOf(id);
    o.protocol = table.protocolOf(id);
    const sourcePort = table.readEnd(id, isLow, o.source);
    const destinationPort = table.readEnd(id, !isLow, o.destination);
    if (o.protocol === protocol.icmp || o.protocol === protocol.icmp6) return;
    o.sourcePort = sourcePort;
    o.destinationPort = destinationPort;
  }

  /** Reports everything so far; connections stay. */
  flush(): void {
    for (let id = this.table.quietest; id >= 0; id = this.table.after(id)) this.report(id, false);
  }

  /** Reports and forgets everything: the capture has ended. */
  finish(): void {
    while (this.table.quietest >= 0) this.end(this.table.quietest);
    this.startedMs = this.sweptMs = -1;
    this.hasEvicted = this.showsAnswers = false;
  }

  private has(id: number, flag: number): boolean {
    return (this.table.state[id]! & flag) !== 0;
  }

  private set(id: number, flag: number, isSet: boolean): void {
    const { state } = this.table;
    state[id] = isSet ? state[id]! | flag : state[id]! & ~flag;
  }

  private open(packet: Packet, timeMs: number): number {
    const { table } = this;
    if (table.count === table.capacity) {
      this.hasEvicted = true;
      this.end(table.quietest);
    }
    const id = table.add(packet, timeMs);
    const opened = openerOf(packet);
    const isFirst = packet.protocol === protocol.udp && this.sawBeginnings(timeMs);
    const isKnown = opened !== opener.unknown || isFirst;
    const isSender =
      opened === opener.unknown && !isFirst
        ? packet.sourcePort >= packet.destinationPort
        : opened !== opener.destination;
    this.set(id, bit.lowIsClient, table.isFromLow === isSender);
    this.set(id, bit.clientIsKnown, isKnown);
    if (packet.protocol === protocol.tcp && opened === opener.source) {
      this.set(id, bit.opened, true);
      table.opening[id] = packet.sequence;
    }
    return id;
  }

  private note(id: number, packet: Packet, timeMs: number): void {
    const { table } = this;
    table.bytes[id] = table.bytes[id]! + packet.byteCount;
    if (timeMs > table.lastMs[id]!) table.lastMs[id] = timeMs;
    const { isFromLow } = table;
    if (!this.has(id, bit.isNews)) table.firstMs[id] = timeMs;
    this.set(id, bit.isNews, true);
    if (packet.protocol !== protocol.tcp) return;
    const isAck = (packet.flags & tcpFlag.ack) !== 0;
    if (isAck && this.has(id, bit.opened) && this.isFromClient(id)) this.showsAnswers = true;
    if (isAck || (packet.flags & tcpFlag.rst) !== 0) this.set(id, bit.answered, true);
    if ((packet.flags & tcpFlag.fin) !== 0) this.set(id, isFromLow ? bit.lowFinished : bit.highFinished, true);
    const isBothFinished = this.has(id, bit.lowFinished) && this.has(id, bit.highFinished);
    if (isBothFinished || (packet.flags & tcpFlag.rst) !== 0) this.set(id, bit.closed, true);
  }

  /** Whether the packet begins another connection between the same ends. */
  private isOver(id: number, packet: Packet, timeMs: number): boolean {
    if (timeMs - this.table.lastMs[id]! > this.timeoutOf(id)) return true;
    const isSyn = packet.protocol === protocol.tcp && openerOf(packet) === opener.source;
    return (
      isSyn && (this.has(id, bit.closed) || (this.has(id, bit.opened) && packet.sequence !== this.table.opening[id]))
    );
  }

  private timeoutOf(id: number): number {
    if (this.table.protocolOf(id) !== protocol.tcp) return sessionMs;
    if (this.has(id, bit.closed)) return lingerMs;
    return this.isUnanswered(id) ? unansweredMs : establishedMs;
  }

  private isUnanswered(id: number): boolean {
    return this.has(id, bit.opened) && !this.has(id, bit.answered);
  }

  /** Once a second of the capture's time: ends what was quiet for too long, reports what is due. */
  private sweep(nowMs: number): void {
    if (this.sweptMs - nowMs > clockBackMs) this.sweptMs = nowMs;
    if (nowMs - this.sweptMs < sweepMs) return;
    this.sweptMs = nowMs;
    const { table } = this;
    for (let id = table.quietest; id >= 0;) {
      const next = table.after(id);
      const since = table.reportedMs[id]! < 0 ? table.firstMs[id]! : table.reportedMs[id]!;
      if (nowMs - table.lastMs[id]! > this.timeoutOf(id)) this.end(id);
      else if (nowMs - since >= this.reportMs) this.report(id, false);
      id = next;
    }
  }

  private end(id: number): void {
    this.report(id, true);
    this.onGone(id);
    this.table.remove(id);
  }

  private report(id: number, isEnd: boolean): void {
    const { table, observation: o } = this;
    if (!this.has(id, bit.isNews)) return;
    const isUnanswered = this.isUnanswered(id);
    // An answer may still come.
    if (isUnanswered && !isEnd) return;
    o.clear(this.noBytes, this.noView);
    o.what = observed.flow;
    this.describe(id, o);
    const isKnown = this.has(id, bit.clientIsKnown);
    o.opener = isKnown ? opener.source : opener.unknown;
    if (o.protocol === protocol.icmp && isKnown) o.icmpType = 8;
    if (o.protocol === protocol.icmp6 && isKnown) o.icmpType = 128;
    const wasWatched = this.nowMs - table.firstMs[id]! >= patienceMs;
    if (isUnanswered && wasWatched && this.showsAnswers) o.verdict = verdict.unanswered;
    const isFirst = table.reportedMs[id]! < 0;
    o.flows = isFirst ? 1 : 0;
    o.isMore = o.wasCounted = !isFirst;
    o.byteCount = table.bytes[id]!;
    // A capture without times is at 0 all along.
    o.endMs = table.lastMs[id]! > 0 ? table.lastMs[id]! : -1;
    o.startMs = o.endMs < 0 ? -1 : table.firstMs[id]!;
    table.bytes[id] = 0;
    table.reportedMs[id] = table.lastMs[id]!;
    this.set(id, bit.isNews, false);
    this.take(o);
  }
}

/** Which end opened the connection, where the packet itself tells. */
function openerOf({ protocol: number, flags, icmpType, chunkType }: Packet): number {
  if (number === protocol.tcp) {
    if ((flags & tcpFlag.syn) === 0) return opener.unknown;
    return (flags & tcpFlag.ack) === 0 ? opener.source : opener.destination;
  }
  if (number === protocol.icmp) return icmpType === 8 ? opener.source : opener.destination;
  if (number === protocol.icmp6) return icmpType === 128 ? opener.source : opener.destination;
  // INIT and INIT ACK.
  if (number === protocol.sctp) {
    return chunkType === 1 ? opener.source : chunkType === 2 ? opener.destination : opener.unknown;
  }
  return opener.unknown;
}

/** What belongs to something else or is the last sign of it: ICMP but echoes, fragments, and ends of unseen connections. */
function isStray(packet: Packet): boolean {
  const { protocol: number, icmpType, flags, payloadLength } = packet;
  // But those of UDP whose datagram is known: they were given its ports.
  if (packet.fragmentAt > 0 && packet.sourcePort === 0 && packet.destinationPort === 0) return true;
  if (number === protocol.icmp) return icmpType !== 8 && icmpType !== 0;
  if (number === protocol.icmp6) return icmpType !== 128 && icmpType !== 129;
  return number === protocol.tcp && (flags & (tcpFlag.rst | tcpFlag.fin)) !== 0 && payloadLength === 0;
}
