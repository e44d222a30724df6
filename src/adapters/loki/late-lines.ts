/** A line's copies, of several ingesters, come within less. */
const keptMs = 60_000;
const maxLines = 100_000;

/** Lines that came so late that nobody asks for them again: known for a while, in case that they come twice. */
export class LateLines {
  /** When each came; oldest first. */
  private readonly seen = new Map<number, number>();

  /** @returns whether the line was not known */
  add(hash: number, nowMs: number): boolean {
    for (const [old, atMs] of this.seen) {
      if (nowMs - atMs <= keptMs && this.seen.size <= maxLines) break;
      this.seen.delete(old);
    }
    if (this.seen.has(hash)) return false;
    this.seen.set(hash, nowMs);
    return true;
  }
}
