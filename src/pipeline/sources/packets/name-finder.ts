import { type Observation, toldBy } from "../observation.ts";
import { ByteStream } from "./byte-stream.ts";
import { type CaptureLimits, maxDnsStreamBytes, maxHelloBytes } from "./capture-limits.ts";
import { type HelloReading, readTlsRecords, readUint16 } from "./client-hello.ts";
import { type ConnectionTracker, firstFreeBit } from "./connection-tracker.ts";
import { DnsFinder, isDns, isFromDns } from "./dns-finder.ts";
import { type RequestReading, readHttpRequest } from "./http-request.ts";
import { InitialBudget } from "./initial-budget.ts";
import type { InitialCrypto } from "./initial-crypto.ts";
import type { NameReport } from "./name-report.ts";
import { type Packet, tcpFlag } from "./packet.ts";
import { looksLikeInitial, QuicClient, smallestInitial } from "./quic-initial.ts";
import { readSocksRequest } from "./socks-request.ts";
import { type WatchedStream, WatchedStreams } from "./watched-streams.ts";

/** Type of the TLS records that a hello is in. */
const handshake = 22;
const tcp = 6;
const udp = 17;
/** Of TLS and QUIC. */
const https = 443;
/** Bits of a connection's state. */
const bit = { isDone: 1 << firstFreeBit, hasBegun: 2 << firstFreeBit, looks: firstFreeBit + 3 } as const;
/**
 * Packets of a client that are looked at for the beginning of a hello: some protocols agree on TLS first (STARTTLS, the
 * SSLRequest of PostgreSQL).
 */
const maxLooks = 7;

/**
 * Finds the names in what connections carry: the server name of a TLS or QUIC ClientHello, the host of an HTTP request, and
 * DNS answers. Keeps bytes only of streams that have begun like one of them, within limits for one and for all.
 */
export class NameFinder {
  private readonly tracker: ConnectionTracker;
  private readonly report: NameReport;
  private readonly crypto: InitialCrypto | undefined;
  private readonly dns: DnsFinder;
  private readonly budget = new InitialBudget();
  /** By twice the connection's place, one more for what servers send. */
  private readonly watched: WatchedStreams;

  constructor(
    tracker: ConnectionTracker,
    report: NameReport,
    limits: CaptureLimits,
    crypto: InitialCrypto | undefined,
  ) {
    this.tracker = tracker;
    this.report = report;
    this.watched = new WatchedStreams(limits);
    this.crypto = crypto;
    this.dns = new DnsFinder(tracker, report, limits.questions);
  }

  /** Looks at the packet that the tracker added last. */
  look(id: number, packet: Packet, timeMs: number): void {
    if (this.has(id, bit.isDone)) return;
    if (packet.payloadTo <= packet.payloadFrom) {
      this.lookWithoutPayload(id, packet);
      return;
    }
    if (packet.protocol === udp) {
      if (isDns(packet)) this.dns.read(id, packet, payloadOf(packet), isCut(packet), timeMs);
      else this.lookForQuic(id, packet, timeMs);
    } else if (packet.protocol === tcp) {
      if (isDns(packet)) this.readDnsStream(id, packet, timeMs);
      else this.lookForHello(id, packet, timeMs);
    }
  }

  /** The connection's place will be used again. */
  forget(id: number): void {
    this.watched.drop(2 * id);
    this.watched.drop(2 * id + 1);
  }

  clear(): void {
    this.watched.clear();
    this.dns.clear();
  }

  private has(id: number, flag: number): boolean {
    return (this.tracker.table.state[id]! & flag) !== 0;
  }

  private set(id: number, flag: number): void {
    const { state } = this.tracker.table;
    state[id] = state[id]! | flag;
  }

  private lookForHello(id: number, packet: Packet, timeMs: number): void {
    const { tracker } = this;
    if (tracker.knowsClient(id) && !tracker.isFromClient(id)) return;
    const known = this.watched.get(2 * id);
    const bytes = payloadOf(packet);
    if (known !== undefined) {
      this.addToHello(id, known, bytes, packet, timeMs);
      return;
    }
    const first = tracker.firstByteOf(id) ?? firstByte(packet);
    const isEarly = !this.has(id, bit.hasBegun) && isBehind(firstByte(packet), first);
    if (isEarly) {
      // A later piece overtook the first one.
      this.addToHello(id, { stream: new ByteStream(maxHelloBytes), first, size: 0 }, bytes, packet, timeMs);
      return;
    }
    this.set(id, bit.hasBegun);
    const reading = readBeginning(bytes);
    if (reading === "more" && !isCut(packet)) {
      this.addToHello(
        id,
        { stream: new ByteStream(maxHelloBytes), first: firstByte(packet), size: 0 },
        bytes,
        packet,
        timeMs,
      );
    } else {
      this.conclude(id, reading, bytes[0] === handshake, packet, timeMs);
    }
  }

  private addToHello(id: number, watched: WatchedStream, bytes: Uint8Array, packet: Packet, timeMs: number): void {
    const { stream, first } = watched;
    if (!(stream instanceof ByteStream)) return;
    const offset = (firstByte(packet) - first) | 0;
    // Sent before what is watched, and sent again.
    if (offset < 0) return;
    if (!stream.add(offset, bytes)) {
      this.finish(id);
      return;
    }
    this.watched.keep(2 * id, watched);
    if (stream.readable.length === 0) return;
    this.set(id, bit.hasBegun);
    const reading = readBeginning(stream.readable);
    if (reading === "more" && !isCut(packet)) return;
    const isTls = stream.readable[0] === handshake;
    this.watched.drop(2 * id);
    this.conclude(id, reading, isTls, packet, timeMs);
  }

  private conclude(id: number, reading: RequestReading, isTls: boolean, packet: Packet, timeMs: number): void {
    if (reading === "none") {
      const { state } = this.tracker.table;
      const next = state[id]! + (1 << bit.looks);
      state[id] = next;
      if (next >>> bit.looks >= maxLooks) this.set(id, bit.isDone);
      return;
    }
    if (reading === "more") this.report.malformed("snapped", packet);
    else this.tell(id, reading, timeMs, isTls ? toldBy.tlsSni : toldBy.flow);
    this.finish(id);
  }

  private lookForQuic(id: number, packet: Packet, timeMs: number): void {
    const { tracker, crypto } = this;
    if (crypto === undefined || (tracker.knowsClient(id) && !tracker.isFromClient(id))) return;
    const { bytes, view, payloadFrom, payloadTo } = packet;
    if (!looksLikeInitial(view, payloadFrom, payloadTo)) return;
    const known = this.watched.get(2 * id);
    if (known === undefined && packet.payloadLength < smallestInitial) return;
    if (isCut(packet)) {
      this.report.malformed("snapped", packet);
      this.finish(id);
      return;
    }
    const watched = known ?? { stream: new QuicClient(crypto), first: 0, size: 0 };
    if (!(watched.stream instanceof QuicClient)) return;
    if (!this.budget.hasRoom(timeMs)) {
      this.report.malformed("quic_flood", packet);
      return;
    }
    const { tries } = watched.stream;
    const reading = watched.stream.read(bytes, view, payloadFrom, payloadTo);
    this.budget.spend(watched.stream.tries - tries);
    if (reading === "more") {
      this.watched.keep(2 * id, watched);
      return;
    }
    if (reading !== "none") this.tell(id, reading, timeMs, toldBy.tlsSni);
    this.finish(id);
  }

  /** What a client says of the connection's other end. */
  private tell(id: number, reading: Exclude<RequestReading, string>, timeMs: number, origin: number): void {
    const { tracker, report } = this;
    if (!tracker.knowsClient(id)) tracker.markClient(id, true);
    const describe = (o: Observation): void => tracker.describe(id, o);
    // What an encrypted hello says in the open is its provider's name, as DNS told the client beforehand.
    if ("mayHide" in reading && this.dns.isOuterName(reading.name)) return;
    if ("proxied" in reading) report.proxied(reading.proxied, timeMs, describe);
    else report.name(reading.name, timeMs, origin, describe);
  }

  private lookWithoutPayload(id: number, packet: Packet): void {
    if (packet.payloadLength === 0) {
      if ((packet.flags & tcpFlag.syn) !== 0 && isDns(packet)) this.awaitDnsStream(id, packet);
      return;
    }
    // All of it was cut off, and with it a name, as far as ports can tell.
    const isName = isDns(packet)
      ? isFromDns(packet)
      : packet.destinationPort === https && this.tracker.isFromClient(id);
    if (!isName) return;
    this.report.malformed("snapped", packet);
    this.finish(id);
  }

  /** Where the server's answers begin: later pieces may overtake the first one. */
  private awaitDnsStream(id: number, packet: Packet): void {
    const key = 2 * id + 1;
    if (this.tracker.isFromClient(id) || this.watched.has(key)) return;
    this.watched.keep(key, { stream: new ByteStream(maxDnsStreamBytes), first: firstByte(packet), size: 0 });
  }

  private readDnsStream(id: number, packet: Packet, timeMs: number): void {
    const isFromClient = this.tracker.isFromClient(id);
    const key = 2 * id + (isFromClient ? 0 : 1);
    const first = (isFromClient ? this.tracker.firstByteOf(id) : undefined) ?? firstByte(packet);
    const watched = this.watched.get(key) ?? { stream: new ByteStream(maxDnsStreamBytes), first, size: 0 };
    const offset = (firstByte(packet) - watched.first) | 0;
    const { stream } = watched;
    if (offset < 0 || !(stream instanceof ByteStream)) return;
    if (!stream.add(offset, payloadOf(packet))) {
      this.finish(id);
      return;
    }
    const { readable } = stream;
    let read = 0;
    while (readable.length - read >= 2) {
      const end = read + 2 + readUint16(readable, read);
      if (readable.length < end) break;
      this.dns.read(id, packet, readable.subarray(read + 2, end), false, timeMs);
      read = end;
    }
    if (read > 0) stream.drop(read);
    this.watched.keep(key, watched);
    if (!isCut(packet)) return;
    this.report.malformed("snapped", packet);
    this.finish(id);
  }

  private finish(id: number): void {
    this.forget(id);
    this.set(id, bit.isDone);
  }
}

/** What a client says first: TLS records, a request in words, or one to a proxy. */
function readBeginning(bytes: Uint8Array): RequestReading {
  const first = bytes[0]!;
  if (first === handshake) return readTlsRecords(bytes) satisfies HelloReading;
  return first >= 0x41 && first <= 0x5a ? readHttpRequest(bytes) : readSocksRequest(bytes);
}

function payloadOf({ bytes, payloadFrom, payloadTo }: Packet): Uint8Array {
  return bytes.subarray(payloadFrom, payloadTo);
}

function isCut({ payloadFrom, payloadTo, payloadLength }: Packet): boolean {
  return payloadTo - payloadFrom < payloadLength;
}

/** Sequence number of the first byte of the payload. A SYN takes one itself, and can bring data along (TCP Fast Open). */
function firstByte({ sequence, flags }: Packet): number {
  return (flags & tcpFlag.syn) === 0 ? sequence : (sequence + 1) >>> 0;
}

/** Whether a sequence number is a little behind another. */
function isBehind(sequence: number, first: number): boolean {
  const distance = (sequence - first) | 0;
  return distance > 0 && distance < maxHelloBytes;
}
