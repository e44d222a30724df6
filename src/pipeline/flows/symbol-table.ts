import { utf8Text } from "../sources/text-bytes.ts";

export interface SymbolSnapshot {
  readonly pool: Uint8Array<ArrayBuffer>;
  readonly starts: Int32Array<ArrayBuffer>;
}

/** Longer texts are cut: a source of five names of 253 bytes fits. */
export const longestSymbol = 1500;

/**
 * Distinct texts as small numbers, compared and kept as bytes; number 0 is the empty text. A string is made once per
 * distinct text, when somebody asks for it.
 */
export class SymbolTable {
  count = 1;
  private pool = new Uint8Array(1 << 14);
  private poolView = new DataView(this.pool.buffer);
  private used = 0;
  /** Where a symbol starts; the next one's start is its end. */
  private starts = new Int32Array(1 << 10);
  private slots = new Int32Array(1 << 11);
  private readonly limit: number;

  constructor(limit: number) {
    this.limit = limit;
  }

  /**
   * The number of the text in bytes[from, to), added when new; -1 when it is new and the table is full. Reads up to
   * three bytes behind the range.
   */
  intern(bytes: Uint8Array, view: DataView, from: number, end: number): number {
    if (end <= from) return 0;
    const to = end - from > longestSymbol ? from + longestSymbol : end;
    const length = to - from;
    const wordsEnd = from + (length & ~3);
    const tailMask = (1 << ((length & 3) << 3)) - 1;
    const tail = tailMask === 0 ? 0 : view.getInt32(wordsEnd, true) & tailMask;
    const hash = hashText(view, from, wordsEnd, length, tail);
    const { slots, starts, poolView } = this;
    const mask = slots.length - 1;
    for (let at = hash & mask; ; at = (at + 1) & mask) {
      const symbol = slots[at]!;
      if (symbol === 0) return this.append(at, bytes, from, to);
      const start = starts[symbol]!;
      if (starts[symbol + 1]! - start !== length) continue;
      let p = from;
      let q = start;
      while (p < wordsEnd && view.getInt32(p, true) === poolView.getInt32(q, true)) {
        p += 4;
        q += 4;
      }
      if (p === wordsEnd && (tailMask === 0 || (poolView.getInt32(q, true) & tailMask) === tail)) return symbol;
    }
  }

  private append(at: number, bytes: Uint8Array, from: number, to: number): number {
    if (this.count >= this.limit) return -1;
    const symbol = this.count;
    this.count += 1;
    while (this.used + (to - from) + 4 > this.pool.length) {
      const pool = new Uint8Array(2 * this.pool.length);
      pool.set(this.pool);
      this.pool = pool;
      this.poolView = new DataView(pool.buffer);
    }
    this.pool.set(bytes.subarray(from, to), this.used);
    this.used += to - from;
    if (this.count + 1 > this.starts.length) {
      const starts = new Int32Array(2 * this.starts.length);
      starts.set(this.starts);
      this.starts = starts;
    }
    this.starts[symbol + 1] = this.used;
    this.slots[at] = symbol;
    if (2 * this.count > this.slots.length) this.rehash();
    return symbol;
  }

  private rehash(): void {
    const count = this.count;
    this.slots = new Int32Array(4 * this.slots.length);
    const mask = this.slots.length - 1;
    for (let symbol = 1; symbol < count; symbol += 1) {
      let at = this.hashOf(symbol) & mask;
      while (this.slots[at] !== 0) at = (at + 1) & mask;
      this.slots[at] = symbol;
    }
  }

  private hashOf(symbol: number): number {
    const from = this.starts[symbol]!;
    const length = this.starts[symbol + 1]! - from;
    const wordsEnd = from + (length & ~3);
    const tailMask = (1 << ((length & 3) << 3)) - 1;
    const tail = tailMask === 0 ? 0 : this.poolView.getInt32(wordsEnd, true) & tailMask;
    return hashText(this.poolView, from, wordsEnd, length, tail);
  }

  snapshot(): SymbolSnapshot {
    return { pool: this.pool.slice(0, this.used + 4), starts: this.starts.slice(0, this.count + 1) };
  }
}

export function symbolBytes({ pool, starts }: SymbolSnapshot, symbol: number): Uint8Array {
  return pool.subarray(starts[symbol], starts[symbol + 1]);
}

/** The text of a symbol of a snapshot. */
export function symbolText({ pool, starts }: SymbolSnapshot, symbol: number): string {
  return utf8Text(pool, starts[symbol]!, starts[symbol + 1]!);
}

function hashText(view: DataView, from: number, wordsEnd: number, length: number, tail: number): number {
  let hash = length;
  for (let p = from; p < wordsEnd; p += 4) {
    hash = Math.imul(hash ^ view.getInt32(p, true), 0x9e3779b1);
    hash ^= hash >>> 15;
  }
  hash = Math.imul(hash ^ tail, 0x85ebca6b);
  return hash ^ (hash >>> 14);
}
