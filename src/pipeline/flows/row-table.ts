/** A copy of a row table's content that crosses threads. */
export interface RowSnapshot {
  readonly buffer: ArrayBuffer;
  readonly count: number;
}

/**
 * Distinct rows of four whole numbers, numbered from 0 in order of arrival, each followed by a fixed number of sums:
 * the composite keys of everything that is counted. Open addressing over typed arrays, at most half full; no object
 * per row. Key and sums of a row lie side by side, because at a million updates a second cache misses are the cost.
 */
export class RowTable {
  /** Key of row `id`: four cells from `id * stride * 2`. */
  keys: Int32Array<ArrayBuffer>;
  /** Sums of row `id`: from `id * stride + 2`. */
  sums: Float64Array<ArrayBuffer>;
  count = 0;
  /** Of a row, in eight-byte cells: two for the key, one per sum. */
  readonly stride: number;
  /**
   * 0 when free, else the row's number plus one in as many low bits as a position has, and above them those of the row's
   * hash: rows of other keys are passed over without being looked at.
   */
  private slots = new Int32Array(512);
  private readonly limit: number;

  constructor(limit: number, sums = 0) {
    this.limit = limit;
    this.stride = 2 + sums;
    this.sums = new Float64Array(256 * this.stride);
    this.keys = new Int32Array(this.sums.buffer);
  }

  /** The number of the row, added with sums of 0 when new; -1 when it is new and the table is full. */
  add(a: number, b: number, c: number, d: number): number {
    const { keys, slots } = this;
    const width = this.stride << 1;
    const mask = slots.length - 1;
    const hash = hashRow(a, b, c, d);
    for (let at = hash & mask; ; at = (at + 1) & mask) {
      const slot = slots[at]!;
      if (slot === 0) return this.append(at, hash, a, b, c, d);
      if (((slot ^ hash) & ~mask) !== 0) continue;
      const id = (slot & mask) - 1;
      const key = id * width;
      if (keys[key] === a && keys[key + 1] === b && keys[key + 2] === c && keys[key + 3] === d) return id;
    }
  }

  /**
   * Adds `count` rows (a, b, c, 0) and writes their numbers to `out`, -1 for what did not fit. In rounds: first all
   * slots are looked at, then all keys, so that the cache misses of different rows overlap.
   */
  addAll(a: Int32Array, b: Int32Array, c: Int32Array, out: Int32Array, count: number): void {
    const { slots } = this;
    const mask = slots.length - 1;
    for (let i = 0; i < count; i += 1) {
      const hash = hashRow(a[i]!, b[i]!, c[i]!, 0);
      let at = hash & mask;
      let slot = slots[at]!;
      while (slot !== 0 && ((slot ^ hash) & ~mask) !== 0) slot = slots[(at = (at + 1) & mask)]!;
      out[i] = (slot & mask) - 1;
    }
    const { keys } = this;
    const width = this.stride << 1;
    for (let i = 0; i < count; i += 1) {
      const id = out[i]!;
      if (id < 0) continue;
      const key = id * width;
      if (keys[key] !== a[i] || keys[key + 1] !== b[i] || keys[key + 2] !== c[i] || keys[key + 3] !== 0) out[i] = -1;
    }
    for (let i = 0; i < count; i += 1) if (out[i]! < 0) out[i] = this.add(a[i]!, b[i]!, c[i]!, 0);
  }

  /** The number of the row, or -1 when it was never added. */
  find(a: number, b: number, c: number, d: number): number {
    const { keys, slots } = this;
    const width = this.stride << 1;
    const mask = slots.length - 1;
    const hash = hashRow(a, b, c, d);
    for (let at = hash & mask; ; at = (at + 1) & mask) {
      const slot = slots[at]!;
      if (slot === 0) return -1;
      if (((slot ^ hash) & ~mask) !== 0) continue;
      const id = (slot & mask) - 1;
      const key = id * width;
      if (keys[key] === a && keys[key + 1] === b && keys[key + 2] === c && keys[key + 3] === d) return id;
    }
  }

  /** Makes room for so many rows at once, as far as the limit goes: growing step by step copies everything again. */
  reserve(rows: number): void {
    const wanted = Math.min(rows, this.limit);
    if (this.stride * wanted > this.sums.length) this.resize(wanted);
    if (2 * wanted > this.slots.length) this.rehash(2 ** Math.ceil(Math.log2(2 * wanted + 2)));
  }

  private resize(rows: number): void {
    const sums = new Float64Array(this.stride * rows);
    sums.set(this.sums.subarray(0, Math.min(sums.length, this.sums.length)));
    this.sums = sums;
    this.keys = new Int32Array(sums.buffer);
  }

  private append(at: number, hash: number, a: number, b: number, c: number, d: number): number {
    if (this.count === this.limit) return -1;
    const id = this.count;
    this.count += 1;
    if (this.stride * this.count > this.sums.length) this.resize(2 * this.count);
    const key = 2 * this.stride * id;
    this.keys[key] = a;
    this.keys[key + 1] = b;
    this.keys[key + 2] = c;
    this.keys[key + 3] = d;
    this.slots[at] = (hash & -this.slots.length) | (id + 1);
    if (2 * this.count > this.slots.length) this.rehash(4 * this.slots.length);
    return id;
  }

  private rehash(size: number): void {
    const { keys } = this;
    const slots = new Int32Array(size);
    const mask = slots.length - 1;
    for (let id = 0, key = 0; id < this.count; id += 1, key += 2 * this.stride) {
      const hash = hashRow(keys[key]!, keys[key + 1]!, keys[key + 2]!, keys[key + 3]!);
      let at = hash & mask;
      while (slots[at] !== 0) at = (at + 1) & mask;
      slots[at] = (hash & ~mask) | (id + 1);
    }
    this.slots = slots;
  }

  /** The cell of a row's key, 0 to 3. */
  key(id: number, cell: number): number {
    return this.keys[2 * this.stride * id + cell]!;
  }

  sum(id: number, index: number): number {
    return this.sums[this.stride * id + 2 + index]!;
  }

  snapshot(): RowSnapshot {
    return { buffer: this.sums.buffer.slice(0, 8 * this.stride * this.count), count: this.count };
  }

  /** The content of a snapshot, to be read by `key` and `sum` only. */
  static of({ buffer, count }: RowSnapshot, sums = 0): RowTable {
    const table = new RowTable(0, sums);
    table.sums = new Float64Array(buffer);
    table.keys = new Int32Array(buffer);
    table.count = count;
    return table;
  }
}

function hashRow(a: number, b: number, c: number, d: number): number {
  let hash = Math.imul(a, 0x9e3779b1) ^ Math.imul(b, 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 15), 0xc2b2ae35) ^ Math.imul(c, 0x27d4eb2f) ^ Math.imul(d, 0x165667b1);
  hash = Math.imul(hash ^ (hash >>> 13), 0x9e3779b1);
  return hash ^ (hash >>> 16);
}
