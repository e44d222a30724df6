/** Messages that may overtake one before what it held counts as lost. */
const window = 64;
const maxMissing = 32;
/** Shared by all that remember nothing. */
const noSequences = new Uint32Array(0);
const noPrints = new Int32Array(0);
/** So many messages in a row that count another way settle how an exporter counts. */
const proof = 3;

interface MissingRange {
  from: number;
  length: number;
  readonly since: number;
}

/** How many things a message holds, by the ways in which exporters count; -1 where that is not known. */
export interface MessageSize {
  /** In the unit of the standard: the number grows by it with this message. */
  readonly units: number;
  /** In the other unit, messages instead of records or the other way. */
  readonly otherUnits: number;
  /** Where the number includes the message itself, as softflowd's IPFIX does, which leaves options out. */
  readonly includedUnits: number;
}

/** Ways of counting. `last`: the number is that of the message's last record, as in Open vSwitch's NetFlow v5. */
const way = { standard: 0, otherUnit: 1, included: 2, last: 3 } as const;
const ways = [way.standard, way.otherUnit, way.included, way.last];

/**
 * Follows the sequence numbers of one stream, modulo 2^32. A gap counts as lost only when what is missing did not come
 * within the next messages; a repeated message is told by its fingerprint; numbers that start over are a restart and no
 * loss. Some exporters count another thing than the standard says: three messages prove it.
 */
export class SequenceTracker {
  duplicates = 0;
  restarts = 0;
  private counting: number = way.standard;
  private lostUnits = 0;
  /** The number expected next, by way of counting; -1: any. */
  private readonly next = [-1, -1, -1, -1];
  private readonly streaks = [0, 0, 0, 0];
  private messages = 0;
  /** Templates alone do not show how an exporter numbers its records: Open vSwitch's begin with 2 after templates with 1. */
  private hasCounted = false;
  private lateNext = -1;
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
    this.recentSequences = remembered === 0 ? noSequences : new Uint32Array(remembered);
    this.recentPrints = remembered === 0 ? noPrints : new Int32Array(remembered);
  }

  /** The exporter was seen to count the other unit. */
  get isOtherUnit(): boolean {
    return this.counting === way.otherUnit;
  }

  /** False when the same message came before; otherwise `advance` must follow. */
  arrive(sequence: number, fingerprint: number): boolean {
    if (this.wasSeen(sequence, fingerprint)) {
      this.duplicates += 1;
      return false;
    }
    const remembered = this.recentPrints.length;
    if (remembered > 0) {
      const place = this.messages % remembered;
      this.recentSequences[place] = sequence;
      this.recentPrints[place] = fingerprint;
    }
    this.messages += 1;
    return true;
  }

  /** Takes the number of the message that arrived last, now that it is known what it holds. */
  advance(sequence: number, size: MessageSize): void {
    if (!this.hasCounted) this.counting = firstWay(sequence, size);
    const first = startOf(this.counting, sequence, size);
    const isLate = this.classify(first, sequence, size);
    this.hasCounted ||= size.units !== 0;
    for (const one of ways) {
      const step = stepOf(one, size);
      if (isLate && one === this.counting) continue;
      this.next[one] = step < 0 || !this.hasCounted ? -1 : (startOf(one, sequence, size) + step) >>> 0;
    }
    if (isLate) {
      const step = Math.max(0, stepOf(this.counting, size));
      if (!this.fill(first, step)) this.lateNext = (first + step) >>> 0;
      return;
    }
    this.lateNext = -1;
    const [oldest] = this.missing;
    if (oldest === undefined) return;
    if (this.messages - oldest.since > window || this.missing.length > maxMissing) this.giveUpOldest();
  }

  private giveUpOldest(): void {
    this.lostUnits += this.missing.shift()?.length ?? 0;
  }

  /** Notes a gap or a restart; true for a message that comes after ones that were sent later. */
  private classify(first: number, sequence: number, size: MessageSize): boolean {
    const expected = this.next[this.counting]!;
    const gap = expected < 0 ? 0 : (first - expected) | 0;
    if (gap === 0) {
      // Messages of one size fit in many ways, which says nothing against any of them.
      for (const one of ways) if (!this.fits(one, sequence, size)) this.streaks[one] = 0;
      return false;
    }
    if (this.countsAnotherWay(sequence, size)) return false;
    if (gap < 0 && gap >= -this.largestGap) {
      if (first !== this.lateNext) return true;
      this.restart();
    } else if (gap < 0 || gap > this.largestGap) {
      this.restart();
    } else {
      this.missing.push({ from: expected, length: gap, since: this.messages });
    }
    return false;
  }

  private fits(one: number, sequence: number, size: MessageSize): boolean {
    return stepOf(one, size) >= 0 && startOf(one, sequence, size) === this.next[one];
  }

  private countsAnotherWay(sequence: number, size: MessageSize): boolean {
    for (const one of ways) {
      if (one === this.counting) continue;
      this.streaks[one] = this.fits(one, sequence, size) ? this.streaks[one]! + 1 : 0;
      if (this.streaks[one] < proof) continue;
      // What seemed missing was never sent.
      this.counting = one;
      this.streaks.fill(0);
      this.missing.length = 0;
      this.lostUnits = 0;
      return true;
    }
    return false;
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
    this.next.fill(-1);
  }

  isNext(sequence: number): boolean {
    const expected = this.next[this.counting]!;
    return expected < 0 || sequence === expected;
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
      if (offset === 0) missing.splice(i, 1);
      if (rest > 0) {
        const behind = { from: (sequence + filled) >>> 0, length: rest, since: range.since };
        missing.splice(offset === 0 ? i : i + 1, 0, behind);
        // Late messages alone could otherwise cut one large gap into any number of small ones.
        if (missing.length > maxMissing) this.giveUpOldest();
      }
      return true;
    }
    return false;
  }
}

/** An exporter that has only begun shows by its first number whether that counts the message itself. */
function firstWay(sequence: number, { units, includedUnits }: MessageSize): number {
  if (units > 1 && sequence === units - 1) return way.last;
  return includedUnits > 1 && sequence === includedUnits ? way.included : way.standard;
}

function stepOf(counting: number, size: MessageSize): number {
  if (counting === way.standard || counting === way.last) return size.units;
  return counting === way.otherUnit ? size.otherUnits : size.includedUnits;
}

/** The number of the first thing in a message. */
function startOf(counting: number, sequence: number, size: MessageSize): number {
  if (counting === way.last) return (sequence - Math.max(0, size.units - 1)) >>> 0;
  return counting === way.included ? (sequence - Math.max(0, size.includedUnits)) >>> 0 : sequence;
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
