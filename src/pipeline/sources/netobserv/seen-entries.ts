import { hashEntry } from "./entry-hash.ts";

/** Twice so many are known at most: about 80 MB. */
const generation = 500_000;

/**
 * Knows lines of Loki again that came in an answer before: pages that people ask for one after the other overlap, as the
 * next begins at the last instant of the one before. Loki itself keeps no line twice in a stream, so what comes again is
 * the same line. The latest half a million lines at least are known.
 */
export class SeenEntries {
  private readonly key: number;
  private readonly most: number;
  private latest = new Set<number>();
  private earlier = new Set<number>();

  /** @param key random, 32 bits */
  constructor(key: number, most = generation) {
    this.key = key;
    this.most = most;
  }

  /** @returns whether the line is new; what is no line of Loki, and so has no time, always is */
  add(line: Uint8Array, labelBytes: number, time: string): boolean {
    if (!/^\d{1,19}$/.test(time)) return true;
    const hash = hashEntry(this.key, line, labelBytes, BigInt(time));
    if (this.latest.has(hash) || this.earlier.has(hash)) return false;
    if (this.latest.size >= this.most) {
      this.earlier = this.latest;
      this.latest = new Set();
    }
    this.latest.add(hash);
    return true;
  }
}
