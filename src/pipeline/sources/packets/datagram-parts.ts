import type { Packet } from "./packet.ts";

/** The largest IP packet, and with it everything that can be cut into fragments. */
const maxDatagramBytes = 65_535;
/** Fragments of one datagram: those of 64 KiB on the narrowest links of today are some 120. */
const maxParts = 160;
const udpHeader = 8;

interface Part {
  readonly at: number;
  readonly length: number;
  /** Empty where nobody wants to read the datagram. */
  readonly bytes: Uint8Array;
}

/** `held`: others are still missing; `refused`: the parts cannot be of one datagram. */
export type PartReading = "held" | "refused" | "whole";

/**
 * The parts of one UDP datagram that came so far. Parts that overlap are refused with everything that belongs to them,
 * because whoever puts them together differently reads something else; the same part again is no harm.
 * @see RFC 5722, RFC 791 §3.2
 */
export class DatagramParts {
  readonly sinceMs: number;
  readonly family: 4 | 6;
  readonly source: Uint32Array;
  readonly destination: Uint32Array;
  /** Undefined until the first part came. */
  ports: { readonly source: number; readonly destination: number } | undefined;
  /** Of parts that came before it was known whose they are. */
  uncounted = 0;
  isRefused = false;
  /** A part was cut off by the snap length, so that the datagram never gets whole. */
  isSnapped = false;
  /** Whether anybody wants to read the datagram; all parts are kept until its ports are known. */
  isWanted = true;
  private parts: Part[] = [];
  private received = 0;
  /** Of the whole datagram; -1 until the last part came. */
  private length = -1;

  constructor({ family, source, destination }: Packet, sinceMs: number) {
    this.sinceMs = sinceMs;
    this.family = family;
    this.source = source.slice();
    this.destination = destination.slice();
  }

  /** Bytes that are kept. */
  get size(): number {
    return this.isWanted ? this.received : 0;
  }

  add({ bytes, fragmentAt: at, hasMore, contentFrom, contentTo, contentLength: length }: Packet): PartReading {
    if (this.isRefused) return "held";
    const content = bytes.subarray(contentFrom, contentTo);
    const end = at + length;
    const isOdd = length === 0 || end > maxDatagramBytes || (hasMore && length % 8 !== 0);
    const isBeyond = (this.length >= 0 && end > this.length) || (!hasMore && end < this.reach());
    const contradicts = !hasMore && this.length >= 0 && this.length !== end;
    if (isOdd || isBeyond || contradicts || this.parts.length === maxParts) return this.refuse();
    for (const part of this.parts) {
      if (end <= part.at || at >= part.at + part.length) continue;
      const isSame =
        at === part.at && length === part.length && isEqual(part.bytes, this.isWanted ? content : part.bytes);
      return isSame ? "held" : this.refuse();
    }
    if (!hasMore) this.length = end;
    if (content.length < length) this.isSnapped = true;
    this.parts.push({ at, length, bytes: this.isWanted ? content.slice() : new Uint8Array(0) });
    this.received += length;
    return this.received === this.length ? "whole" : "held";
  }

  /** Nobody wants to read it: its bytes are dropped, and further ones not kept. */
  disregard(): void {
    this.isWanted = false;
    this.parts = this.parts.map(({ at, length }) => ({ at, length, bytes: new Uint8Array(0) }));
  }

  /** The datagram from its header on, when it is whole; undefined where its checksum is wrong. */
  join(): Uint8Array | undefined {
    const whole = new Uint8Array(this.length);
    for (const { at, bytes } of this.parts) whole.set(bytes, at);
    return hasRightChecksum(whole, this) ? whole : undefined;
  }

  /** What came of it without a gap: at least the first part, or nothing. */
  beginning(): Uint8Array | undefined {
    const first = this.parts.find(({ at }) => at === 0)?.bytes;
    return first === undefined || first.length < udpHeader ? undefined : first;
  }

  private reach(): number {
    return this.parts.reduce((reach, { at, length }) => Math.max(reach, at + length), 0);
  }

  private refuse(): PartReading {
    this.isRefused = true;
    this.parts = [];
    this.received = 0;
    return "refused";
  }
}

function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

/**
 * A part that a stranger slipped in shows here. Machines that leave the checksum of what they send to their network card
 * compute it themselves when they cut a datagram; 0 means that there is none.
 * @see RFC 768, RFC 8200 §8.1
 */
function hasRightChecksum(
  datagram: Uint8Array,
  { source, destination }: { readonly source: Uint32Array; readonly destination: Uint32Array },
): boolean {
  const view = new DataView(datagram.buffer);
  if (datagram.length < udpHeader || view.getUint16(6) === 0) return true;
  let sum = 17 + datagram.length;
  for (const words of [source, destination]) for (const word of words) sum += (word >>> 16) + (word & 0xffff);
  for (let at = 0; at + 1 < datagram.length; at += 2) sum += view.getUint16(at);
  if (datagram.length % 2 === 1) sum += datagram.at(-1)! << 8;
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return sum === 0xffff;
}
