import { ByteStream } from "./byte-stream.ts";
import { maxHelloBytes } from "./capture-limits.ts";
import { type HelloReading, readClientHello, readUint16 } from "./client-hello.ts";
import { clientInitialKeys, type InitialCrypto, type InitialKeys, initialTypeOf } from "./initial-crypto.ts";

/** A client's Initial datagram is padded to at least this (RFC 9000 §14.1). */
export const smallestInitial = 1200;
const maxConnectionId = 20;
/** Initial packets of one connection beyond this are not looked at. */
const maxPackets = 32;
const frame = { padding: 0, ping: 1, ack: 2, ackWithEcn: 3, crypto: 6, close: 0x1c } as const;
const sampleLength = 16;

/** Whether a datagram can begin with an Initial packet of a known version. */
export function looksLikeInitial(view: DataView, from: number, to: number): boolean {
  if (to - from < 7) return false;
  const first = view.getUint8(from);
  return (first & 0x80) !== 0 && initialTypeOf(view.getUint32(from + 1)) === ((first >>> 4) & 3);
}

/**
 * The handshake that a QUIC client begins: its Initial packets are opened with keys that everybody can make, and what their
 * CRYPTO frames carry, in any order and over several packets, is put together until the ClientHello is whole.
 */
export class QuicClient {
  private readonly crypto: InitialCrypto;
  private keys: InitialKeys | undefined;
  private stream = new ByteStream(maxHelloBytes);
  private packets = 0;
  /** Keys tried on packets, successfully or not. */
  tries = 0;

  constructor(crypto: InitialCrypto) {
    this.crypto = crypto;
  }

  /** Bytes that are kept. */
  get size(): number {
    return this.stream.size;
  }

  /** Reads a datagram, which may hold several packets; `none` when this connection will not tell a name. */
  read(bytes: Uint8Array, view: DataView, from: number, to: number): HelloReading {
    for (let at = from; at < to && looksLikeInitial(view, at, to);) {
      if (this.packets === maxPackets) return "none";
      this.packets += 1;
      const packet = readHeader(bytes, view, at, to);
      if (packet === undefined) break;
      const opened = this.open(bytes, packet);
      if (opened !== undefined && !this.readFrames(opened)) return "none";
      at = packet.end;
    }
    return readClientHello(this.stream.readable);
  }

  /** With the keys so far; or with those of another identifier, as after a Retry, when everything begins again. */
  private open(bytes: Uint8Array, packet: InitialPacket): Uint8Array | undefined {
    this.tries += 1;
    const opened = this.keys === undefined ? undefined : openPacket(this.crypto, this.keys, bytes, packet);
    if (opened !== undefined) return opened;
    if (this.keys !== undefined) this.tries += 1;
    const keys = clientInitialKeys(this.crypto, packet.version, bytes.subarray(packet.idFrom, packet.idTo));
    const again = keys === undefined ? undefined : openPacket(this.crypto, keys, bytes, packet);
    if (again === undefined) return undefined;
    this.keys = keys;
    this.stream = new ByteStream(maxHelloBytes);
    return again;
  }

  /** @returns false when the stream is of no use any more */
  private readFrames(content: Uint8Array): boolean {
    const reader = new VarintReader(content);
    while (reader.at < content.length) {
      const type = content[reader.at]!;
      reader.at += 1;
      switch (type) {
        case frame.padding:
        case frame.ping:
          break;
        case frame.ack:
        case frame.ackWithEcn:
          if (!skipAck(reader, type === frame.ackWithEcn)) return true;
          break;
        case frame.crypto: {
          const offset = reader.next();
          const length = reader.next();
          const end = reader.at + length;
          if (offset < 0 || length < 0 || end > content.length) return true;
          if (!this.stream.add(offset, content.subarray(reader.at, end))) return false;
          reader.at = end;
          break;
        }
        default:
          // Closing, or nothing that an Initial packet may carry.
          return true;
      }
    }
    return true;
  }
}

interface InitialPacket {
  readonly version: number;
  readonly from: number;
  /** The destination connection identifier. */
  readonly idFrom: number;
  readonly idTo: number;
  /** Where the protected packet number begins. */
  readonly numberAt: number;
  readonly end: number;
}

function readHeader(bytes: Uint8Array, view: DataView, from: number, to: number): InitialPacket | undefined {
  const idFrom = from + 6;
  const idTo = idFrom + bytes[from + 5]!;
  if (idTo - idFrom > maxConnectionId || idTo + 1 > to) return undefined;
  const sourceLength = bytes[idTo]!;
  if (sourceLength > maxConnectionId) return undefined;
  const reader = new VarintReader(bytes, idTo + 1 + sourceLength, to);
  const tokenLength = reader.next();
  if (tokenLength < 0) return undefined;
  reader.at += tokenLength;
  const length = reader.next();
  const end = reader.at + length;
  if (length < 4 + sampleLength || end > to) return undefined;
  return { version: view.getUint32(from + 1), from, idFrom, idTo, numberAt: reader.at, end };
}

/** @see RFC 9001 §5.3, §5.4 */
function openPacket(
  { aesBlock, openAesGcm }: InitialCrypto,
  { key, iv, headerKey }: InitialKeys,
  bytes: Uint8Array,
  { from, numberAt, end }: InitialPacket,
): Uint8Array | undefined {
  const sampleAt = numberAt + 4;
  const mask = aesBlock(headerKey, bytes.subarray(sampleAt, sampleAt + sampleLength));
  const first = bytes[from]! ^ (mask[0]! & 0x0f);
  const numberLength = 1 + (first & 3);
  const header = new Uint8Array(bytes.subarray(from, numberAt + numberLength));
  header[0] = first;
  const nonce = new Uint8Array(iv);
  for (let i = 0; i < numberLength; i += 1) {
    const byte = bytes[numberAt + i]! ^ mask[1 + i]!;
    header[header.length - numberLength + i] = byte;
    // Numbers of Initial packets are small: what is sent of them is all of them.
    const at = nonce.length - numberLength + i;
    nonce[at] = nonce[at]! ^ byte;
  }
  return openAesGcm(key, nonce, header, bytes.subarray(numberAt + numberLength, end));
}

function skipAck(reader: VarintReader, hasEcn: boolean): boolean {
  reader.next();
  reader.next();
  const ranges = reader.next();
  const numbers = 1 + 2 * ranges + (hasEcn ? 3 : 0);
  if (ranges < 0 || numbers > 4096) return false;
  for (let i = 0; i < numbers; i += 1) if (reader.next() < 0) return false;
  return true;
}

/** Variable-length numbers of QUIC; -1 behind the end. */
class VarintReader {
  at: number;
  private readonly bytes: Uint8Array;
  private readonly end: number;

  constructor(bytes: Uint8Array, at = 0, end: number = bytes.length) {
    this.bytes = bytes;
    this.at = at;
    this.end = end;
  }

  next(): number {
    const { bytes, at } = this;
    if (at >= this.end) return -1;
    const length = 1 << (bytes[at]! >>> 6);
    if (at + length > this.end) {
      this.at = this.end;
      return -1;
    }
    let value = bytes[at]! & 0x3f;
    // At most 2^62: beyond 2^53 inexact, and then far too large for anything here.
    for (let i = 1; i + 1 < length; i += 2) value = value * 65_536 + readUint16(bytes, at + i);
    if (length > 1) value = value * 256 + bytes[at + length - 1]!;
    this.at = at + length;
    return value;
  }
}
