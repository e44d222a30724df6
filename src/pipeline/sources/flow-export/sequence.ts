/** Messages that may overtake one before what it held counts as lost. */
const window = 64;
const maxMissing = 32;
/** So many messages in a row that count the other way settle how an exporter counts. */
const unitProof = 4;

interface MissingRange {
  from: number;
  length: number;
  readonly since: number;
}

/**
 * Follows the sequence numbers of one stream, modulo 2^32. A gap counts as lost only when what is missing did not come
 * within the next messages; a repeated message is told by its fingerprint; numbers that start over are a restart and no
 * loss. Some exporters count messages where the standard says records, or the other way: four messages prove it.
 */
export class SequenceTracker {
  duplicates = 0;
  restarts = 0;
  /** The exporter was seen to count the other thing. */
  isOtherUnit = false;
  private lostUnits = 0;
  private next = -1;
  private otherNext = -1;
  private otherStreak = 0;
  private messages = 0;
  private lateNext = -1;
  private isLate = false;
  private readonly missing: MissingRange[] = [];
  private readonly recentSequences: Uint32Array;
  private readonly recentPrints: Int32Array;
  private readonly largestGap: number;

  /**
   * @param largestGap a jump ahead by more, in the stream's unit, is a restart
   * @param remembered messages by which repetitions are told; 0 where that is done elsewhere
   */
  constructor(largestGap: number, remembered = window) {
    this.largestGap = largestGap;
    this.recentSequences = new Uint32Array(remembered);
    this.recentPrints = new Int32Array(remembered);
  }

  /**
   * A message has come; must be followed by `advance`, unless it is a repetition.
   * @returns false when the same message came before
   */
  arrive(sequence: number, fingerprint: number): boolean {
    this.isLate = false;
    const gap = this.next < 0 ? 0 : (sequence - this.next) | 0;
    const isProven = this.countsOther(sequence, gap);
    if (gap === 0 || isProven) {
      // In order.
    } else if (gap < 0 && gap >= -this.largestGap) {
      if (this.wasSeen(sequence, fingerprint)) {
        this.duplicates += 1;
        return false;
      }
      this.isLate = sequence !== this.lateNext;
      if (!this.isLate) this.restart();
    } else if (gap > this.largestGap || gap < 0) {
      this.restart();
    } else {
      this.missing.push({ from: this.next, length: gap, since: this.messages });
    }
    const place = this.messages % this.recentPrints.length;
    this.recentSequences[place] = sequence;
    this.recentPrints[place] = fingerprint;
    this.messages += 1;
    return true;
  }

  /**
   * What the message that came last held.
   * @param units by which the stream's number grows with this message; -1 when that cannot be told
   * @param otherUnits by which it grows where the exporter counts the other thing; -1 when there is no other
   */
  advance(sequence: number, units: number, otherUnits: number): void {
    const step = this.isOtherUnit ? otherUnits : units;
    const otherStep = this.isOtherUnit ? units : otherUnits;
    this.otherNext = otherStep < 0 || otherStep === step ? -1 : (sequence + otherStep) >>> 0;
    if (this.isLate) {
      if (!this.fill(sequence, Math.max(0, step))) this.lateNext = (sequence + Math.max(0, step)) >>> 0;
      return;
    }
    this.lateNext = -1;
    this.next = step < 0 ? -1 : (sequence + step) >>> 0;
    const [oldest] = this.missing;
    if (oldest !== undefined && (this.messages - oldest.since > window || this.missing.length > maxMissing)) {
      this.lostUnits += oldest.length;
      this.missing.shift();
    }
  }

  /** What was found lost since the last call, in the stream's unit. */
  takeLost(): number {
    const lost = this.lostUnits;
    this.lostUnits = 0;
    return lost;
  }

  /** Nothing more will come: what is missing is lost. */
  settle(): void {
    for (const { length } of this.missing) this.lostUnits += length;
    this.missing.length = 0;
  }

  /** The exporter has started over: whatever number comes next is right. */
  restart(): void {
    this.restarts += 1;
    this.settle();
    this.next = -1;
  }

  isNext(sequence: number): boolean {
    return this.next < 0 || sequence === this.next;
  }

  private countsOther(sequence: number, gap: number): boolean {
    if (gap === 0 || sequence !== this.otherNext) {
      // Where both ways give the same number nothing is learned.
      if (this.otherNext >= 0) this.otherStreak = 0;
      return false;
    }
    this.otherStreak += 1;
    if (this.otherStreak < unitProof) return false;
    // What seemed missing was never sent.
    this.isOtherUnit = !this.isOtherUnit;
    this.otherStreak = 0;
    this.missing.length = 0;
    this.lostUnits = 0;
    return true;
  }

  private wasSeen(sequence: number, fingerprint: number): boolean {
    const count = Math.min(this.messages, this.recentPrints.length);
    for (let i = 0; i < count; i += 1) {
      if (this.recentSequences[i] === sequence && this.recentPrints[i] === fingerprint) return true;
    }
    return false;
  }

  /** Takes a late message out of what is missing; false when nothing was missing there. */
  private fill(sequence: number, length: number): boolean {
    const { missing } = this;
    for (let i = 0; i < missing.length; i += 1) {
      const range = missing[i]!;
      const offset = (sequence - range.from) >>> 0;
      if (offset >= range.length) continue;
      const filled = Math.min(length, range.length - offset);
      const rest = range.length - offset - filled;
      range.length = offset;
      if (rest > 0) {
        const behind = { from: (sequence + filled) >>> 0, length: rest, since: range.since };
        missing.splice(i + 1, 0, behind);
      }
      if (range.length === 0) missing.splice(i, 1);
      return true;
    }
    return false;
  }
}

/** Of a datagram, from its length, its header and words spread over it: equal for a repetition, else nearly never. */
export function fingerprintOf(view: DataView): number {
  const length = view.byteLength;
  let hash = length;
  const step = Math.max(4, (length >>> 5) & ~3);
  const header = Math.min(20, length - 3);
  for (let at = 0; at < header; at += 4) hash = mix(hash, view.getInt32(at));
  for (let at = 20; at + 4 <= length; at += step) hash = mix(hash, view.getInt32(at));
  return length >= 4 ? mix(hash, view.getInt32(length - 4)) : hash;
}

function mix(hash: number, word: number): number {
  const mixed = Math.imul(hash ^ word, 0x9e37_79b1);
  return mixed ^ (mixed >>> 15);
}
