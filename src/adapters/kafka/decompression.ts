import { gunzipSync, zstdDecompressSync } from "node:zlib";
import { compressionsAlgorithmsByBitmask as codecs } from "@platformatic/kafka";

type Codec = (typeof codecs)[string];
type Decompress = Codec["decompressSync"];

/** Of all batches of an answer together. What needs more is asked for again, batch by batch. */
export const maxUnpackedBytes = 128 << 20;
const xerialMagic = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00]);
const lz4Magic = 0x184d2204;
/** No byte of LZ4 stands for more. */
const lz4Ratio = 255;

let left = maxUnpackedBytes;

/** Reads an answer: what is unpacked meanwhile, together, may have `maxUnpackedBytes`. */
export function withinLimit<T>(read: () => T, limit = maxUnpackedBytes): T {
  left = limit;
  return read();
}

/**
 * Makes the client's codecs refuse what grows beyond the limit, before they make room for it. They are the client's one
 * table, so this holds for all of its users in the process; here it only reads.
 */
export function limitCodecs(): void {
  const { 2: snappy, 3: lz4 } = codecs;
  replace(1, (packed) => gunzipSync(packed, { maxOutputLength: roomFor(left) }));
  replace(4, (packed) => zstdDecompressSync(packed, { maxOutputLength: roomFor(left) }));
  replace(2, checked(snappyLength, snappy));
  replace(3, checked(lz4Length, lz4));
}

/** Zero stands for no limit. */
function roomFor(bytes: number): number {
  return Math.max(1, bytes);
}

function replace(bitmask: number, decompress: (packed: Buffer) => Buffer): void {
  const codec = codecs[bitmask];
  if (codec === undefined) throw new Error(`the Kafka client knows no codec ${bitmask}`);
  const decompressSync: Decompress = (data) => {
    const unpacked = decompress(Buffer.isBuffer(data) ? data : data.buffer);
    left -= unpacked.length;
    return unpacked;
  };
  Object.assign(codec, { decompressSync });
}

/** @param lengthOf the most that the packed bytes can stand for, told without unpacking them */
function checked(lengthOf: (packed: Buffer) => number, codec: Codec | undefined): (packed: Buffer) => Buffer {
  const unpack = codec?.decompressSync;
  return (packed) => {
    if (unpack === undefined || lengthOf(packed) > left) throw new RangeError("a batch grows beyond the limit");
    return unpack(packed);
  };
}

/** Either one block, or Java's framing of several. */
function snappyLength(packed: Buffer): number {
  if (!packed.subarray(0, xerialMagic.length).equals(xerialMagic)) return snappyBlockLength(packed, 0);
  let length = 0;
  for (let at = 16; at < packed.length; at += 4 + packed.readUInt32BE(at)) length += snappyBlockLength(packed, at + 4);
  return length;
}

/** A block begins with its length, seven bits a byte. */
function snappyBlockLength(packed: Buffer, from: number): number {
  let length = 0;
  for (let i = 0; i < 5; i += 1) {
    const byte = packed.readUInt8(from + i);
    length += (byte & 0x7f) * 2 ** (7 * i);
    if (byte < 0x80) return length;
  }
  return Number.POSITIVE_INFINITY;
}

/** @see LZ4 Frame Format 1.6: blocks with their sizes, each of which unpacks to a known size at most */
function lz4Length(packed: Buffer): number {
  let length = 0;
  for (let at = 0; at < packed.length;) {
    if (packed.readUInt32LE(at) !== lz4Magic) return Number.POSITIVE_INFINITY;
    const flags = packed.readUInt8(at + 4);
    const blockLength = 1 << (8 + 2 * ((packed.readUInt8(at + 5) >> 4) & 7));
    const checksum = (flags & 0x10) === 0 ? 0 : 4;
    at += 7 + ((flags & 0x08) === 0 ? 0 : 8) + ((flags & 0x01) === 0 ? 0 : 4);
    for (;;) {
      const size = packed.readUInt32LE(at);
      at += 4;
      if (size === 0) break;
      const stored = size & 0x7fff_ffff;
      length += size === stored ? Math.min(blockLength, stored * lz4Ratio) : stored;
      at += stored + checksum;
    }
    if ((flags & 0x04) !== 0) at += 4;
  }
  return length;
}
