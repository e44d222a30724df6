import { hashEntry } from "../../pipeline/sources/netobserv/entry-hash.ts";

/** Of these many lines at most it is known that they were read: about 20 MB. */
const maxLines = 500_000;
const sliceNs = 1_000_000_000n;
/** Of these many lines at most over a restart: a position has to hold them. */
const maxRemembered = 8192;

export interface RememberedLines {
  /** All lines from this time on are among them. */
  readonly since: bigint;
  /** Seconds since the epoch, with what is known of their lines. */
  readonly seconds: readonly (readonly [string, string])[];
}

/**
 * Knows lines again that were read a while ago, by their content. Two lines are taken for one when 53 bits of a keyed hash
 * agree: a chance of one in ten thousand for a million lines, and nobody outside knows the key.
 */
export class RecentLines {
  readonly key: number;
  /** Hashes by second; of lines from before a restart, the negative of what {@link shortOf} leaves of them. */
  private readonly slices = new Map<bigint, Set<number>>();
  private size = 0;

  /** `key`: random, 32 bits. */
  constructor(key: number) {
    this.key = key;
  }

  hash(line: Uint8Array, labelBytes: number, time: bigint): number {
    return hashEntry(this.key, line, labelBytes, time);
  }

  isKnown(hash: number, time: bigint): boolean {
    const slice = this.slices.get(time / sliceNs);
    return slice !== undefined && (slice.has(hash) || slice.has(shortOf(hash)));
  }

  /** How many lines are known of whole seconds: from that of `from` on, before that of `to`. */
  countBetween(from: bigint, to: bigint): number {
    let count = 0;
    for (let second = from / sliceNs; second < to / sliceNs; second += 1n) count += this.slices.get(second)?.size ?? 0;
    return count;
  }

  /** @returns whether the line was not known */
  add(hash: number, time: bigint): boolean {
    const second = time / sliceNs;
    let slice = this.slices.get(second);
    if (slice === undefined) this.slices.set(second, (slice = new Set()));
    if (slice.has(shortOf(hash))) return false;
    const before = slice.size;
    slice.add(hash);
    const isNew = slice.size > before;
    if (isNew) this.size += 1;
    return isNew;
  }

  /**
   * Lines from `from` on, the later ones first if there are too many, as text: 24 bits of each. One in a thousand late lines
   * may be taken for another.
   */
  remember(from: bigint): RememberedLines {
    let since = from;
    let count = 0;
    const seconds: [string, string][] = [];
    for (const [second, slice] of [...this.slices].toSorted(([a], [b]) => (a < b ? 1 : -1))) {
      const end = (second + 1n) * sliceNs;
      if (end <= from) break;
      count += slice.size;
      if (count > maxRemembered) {
        since = end;
        break;
      }
      const bytes = Buffer.alloc(3 * slice.size);
      let at = 0;
      for (const hash of slice) at = bytes.writeUIntBE(-shortOf(hash) - 1, at, 3);
      seconds.push([String(second), bytes.toString("base64url")]);
    }
    return { since, seconds };
  }

  /** Knows lines again that were remembered with the same key. */
  restore({ seconds }: RememberedLines): void {
    for (const [second, text] of seconds) {
      const bytes = Buffer.from(text, "base64url");
      const slice = new Set<number>();
      for (let at = 0; at + 3 <= bytes.length; at += 3) slice.add(-bytes.readUIntBE(at, 3) - 1);
      this.slices.set(BigInt(second), slice);
      this.size += slice.size;
    }
  }

  /**
   * Lets go of what is older than `time`, and of more when there is too much.
   * @returns the time before which lines are not known any more
   */
  forget(time: bigint): bigint {
    let oldest = time;
    for (const second of [...this.slices.keys()].toSorted((a, b) => (a < b ? -1 : 1))) {
      const end = (second + 1n) * sliceNs;
      if (end > time && this.size <= maxLines) break;
      this.size -= this.slices.get(second)?.size ?? 0;
      this.slices.delete(second);
      if (end > oldest) oldest = end;
    }
    return oldest;
  }
}

function shortOf(hash: number): number {
  return hash < 0 ? hash : -(hash % 0x100_0000) - 1;
}
