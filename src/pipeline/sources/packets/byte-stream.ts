import { maxStreamPieces } from "./capture-limits.ts";

interface Piece {
  readonly at: number;
  readonly bytes: Uint8Array;
}

/**
 * The beginning of a stream of bytes, put together from pieces in any order. Offsets count from the first byte that is
 * wanted. Where pieces overlap, the first one holds. Bounded by `limit` bytes and by the number of pieces.
 */
export class ByteStream {
  /** Everything up to the first gap, from `taken` on. */
  private content: Uint8Array;
  private filled = 0;
  /** Offset of content[0]: what came before has been read and dropped. */
  private dropped = 0;
  private readonly limit: number;
  private readonly waiting: Piece[] = [];
  private waitingBytes = 0;
  private pieces = 0;

  constructor(limit: number) {
    this.limit = limit;
    this.content = new Uint8Array(Math.min(limit, 2048));
  }

  /** Bytes that are kept. */
  get size(): number {
    return this.content.length + this.waitingBytes;
  }

  /** What can be read: contiguous from the first byte that was not dropped. */
  get readable(): Uint8Array {
    return this.content.subarray(0, this.filled);
  }

  /** @returns false when the stream has grown beyond its limits and is of no use any more */
  add(at: number, bytes: Uint8Array): boolean {
    this.pieces += 1;
    if (this.pieces > maxStreamPieces || at + bytes.length - this.dropped > this.limit) return false;
    this.waiting.push({ at, bytes: at === this.dropped + this.filled ? bytes : new Uint8Array(bytes) });
    this.waitingBytes += bytes.length;
    if (this.waitingBytes > this.limit) return false;
    this.join();
    return true;
  }

  /** Forgets the first bytes of what is readable; the count of pieces starts again, because they were of use. */
  drop(length: number): void {
    this.content.copyWithin(0, length, this.filled);
    this.filled -= length;
    this.dropped += length;
    this.pieces = 0;
  }

  private join(): void {
    for (let isJoined = true; isJoined;) {
      const end = this.dropped + this.filled;
      const index = this.waiting.findIndex(({ at }) => at <= end);
      isJoined = index >= 0;
      if (!isJoined) return;
      const [{ at, bytes }] = this.waiting.splice(index, 1) as [Piece];
      this.waitingBytes -= bytes.length;
      if (at + bytes.length > end) this.append(bytes.subarray(end - at));
    }
  }

  private append(bytes: Uint8Array): void {
    const needed = this.filled + bytes.length;
    if (needed > this.content.length) {
      const content = new Uint8Array(Math.max(needed, Math.min(this.limit, 2 * this.content.length)));
      content.set(this.readable);
      this.content = content;
    }
    this.content.set(bytes, this.filled);
    this.filled = needed;
  }
}
