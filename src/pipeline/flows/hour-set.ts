/** Hours that are kept as one byte each; two months hold what is usually looked at. */
const leastBytes = 1024;
const mostBytes = 65_536;

/**
 * Distinct hours since the epoch. Edges have many hours and share most of them, so those near the first one are bytes in a
 * row; hours far from it (times that no clock had) are kept apart, so that memory does not grow with their distance.
 */
export class HourSet {
  #bytes = new Uint8Array(0);
  #from = 0;
  #size = 0;
  readonly #far = new Set<number>();

  get size(): number {
    return this.#size + this.#far.size;
  }

  addAll(activity: readonly { readonly hour: number }[]): void {
    for (const { hour } of activity) {
      const at = hour - this.#from;
      if (at >= 0 && at < this.#bytes.length) {
        if (this.#bytes[at] === 0) {
          this.#bytes[at] = 1;
          this.#size += 1;
        }
      } else this.#addOutside(hour);
    }
  }

  has(hour: number): boolean {
    return this.#bytes[hour - this.#from] === 1 || this.#far.has(hour);
  }

  /** Ascending. */
  sorted(): number[] {
    const hours: number[] = [];
    for (const [at, isIn] of this.#bytes.entries()) if (isIn === 1) hours.push(this.#from + at);
    return this.#far.size === 0 ? hours : [...hours, ...this.#far].sort((a, b) => a - b);
  }

  #addOutside(hour: number): void {
    if (this.#bytes.length === 0) {
      this.#bytes = new Uint8Array(leastBytes);
      // Edges are in no order of time: there is as much room before the first one that comes as behind it.
      this.#from = hour - leastBytes / 2;
    }
    const end = this.#from + this.#bytes.length;
    const missing = Math.max(this.#from - hour, hour - end + 1);
    const length = Math.max(2 * this.#bytes.length, this.#bytes.length + missing);
    if (missing > 0 && length > mostBytes) {
      this.#far.add(hour);
      return;
    }
    if (missing > 0) {
      const wider = new Uint8Array(length);
      const before = hour < this.#from ? length - this.#bytes.length : 0;
      wider.set(this.#bytes, before);
      this.#bytes = wider;
      this.#from -= before;
    }
    this.addAll([{ hour }]);
  }
}
