const second = 1_000_000_000n;
const shortestWindow = second / 10n;
const longestWindow = 3600n * second;
const firstWindow = 60n * second;

export interface TimeWindow {
  /** Nanoseconds since the epoch; inclusive. */
  readonly from: bigint;
  /** Exclusive. */
  readonly to: bigint;
  readonly limit: number;
}

/** What an answer held. */
export interface PageFacts {
  readonly count: number;
  readonly last: bigint;
}

/** What of a page may be taken. */
export interface PageDecision {
  /** Entries before this time are complete. Later ones of the page come again with the next. */
  readonly before: bigint;
  /** More entries of one instant than fit an answer: the rest of that instant cannot be asked for. */
  readonly isGap: boolean;
}

/**
 * Which spans of time to ask for, so that every entry is got however many there are and however late. Pages go forward; a
 * full page ends before its last instant, whose other entries may be missing. Spans shrink when pages are full and grow
 * when they are not. At the edge of the present, the last seconds are asked for again, for entries that came late.
 */
export class TimeWindows {
  private readonly delay: bigint;
  private readonly overlap: bigint;
  private readonly largestLimit: number;
  /** Everything before it was taken, but for what comes late. */
  private done: bigint;
  /** Where the next span begins; before `done` while it looks for late entries. */
  private at: bigint;
  /** Nothing before it is asked for again: what was taken there is no longer known. */
  private floor: bigint;
  private width = firstWindow;
  private limit: number;
  private edge = 0n;

  /** `floor`: what was taken from there to `start` is known, and may be asked for again. */
  constructor(
    start: bigint,
    { delayMs, overlapMs, limit }: { delayMs: number; overlapMs: number; limit: number },
    floor = start,
  ) {
    this.delay = BigInt(delayMs) * 1_000_000n;
    this.overlap = BigInt(overlapMs) * 1_000_000n;
    this.largestLimit = limit;
    this.limit = limit;
    this.done = this.at = start;
    this.floor = least(floor, start);
  }

  /** Everything before this time was taken. */
  get position(): bigint {
    return this.done;
  }

  /** Whatever is older than this need not be known again. */
  get oldestAsked(): bigint {
    const oldest = this.done - this.overlap;
    return oldest > this.floor ? oldest : this.floor;
  }

  private edgeAt(nowMs: number): bigint {
    return BigInt(Math.floor(nowMs)) * 1_000_000n - this.delay;
  }

  /** Begins to look at what is there at `now`; until `next` has nothing more to ask. */
  look(nowMs: number): void {
    this.edge = this.edgeAt(nowMs);
    if (this.at >= this.done) this.at = this.oldestAsked;
  }

  /** What a look at `now` would ask for, to the second: all of it, before it is cut into spans. Undefined when nothing. */
  lookedAt(nowMs: number): Pick<TimeWindow, "from" | "to"> | undefined {
    const to = this.edgeAt(nowMs) - (this.edgeAt(nowMs) % second);
    const oldest = this.oldestAsked;
    // A second of which a part is no longer known cannot be compared.
    const from = oldest + ((second - (oldest % second)) % second);
    return to > this.done && from <= this.done ? { from, to } : undefined;
  }

  /** Everything before `time` was got in another way. */
  passTo(time: bigint): void {
    if (time > this.done) this.done = this.at = time;
  }

  /** Undefined when the present is reached. */
  next(): TimeWindow | undefined {
    if (this.at >= this.edge) return undefined;
    const wide = this.at + this.width;
    return { from: this.at, to: wide < this.edge ? wide : this.edge, limit: this.limit };
  }

  answered({ from, to, limit }: TimeWindow, { count, last }: PageFacts): PageDecision {
    const isFull = count >= limit;
    if (isFull) this.narrow();
    else if (count < limit / 4) this.width = least(this.width * 2n, longestWindow);
    if (this.limit < this.largestLimit) this.limit = Math.min(this.largestLimit, this.limit * 2);
    const isGap = isFull && last <= from;
    const before = isGap ? from + 1n : isFull ? last : to;
    this.at = before;
    if (before > this.done) this.done = before;
    return { before, isGap };
  }

  /** The server gave up: less is to be asked for at once. */
  narrow(): void {
    const half = this.width / 2n;
    this.width = half > shortestWindow ? half : shortestWindow;
  }

  /** The answer was too long, or the server wants to give fewer entries. @returns false when it cannot be fewer */
  askForFewer(): boolean {
    if (this.limit === 1) return false;
    this.limit = Math.max(1, Math.floor(this.limit / 2));
    return true;
  }

  /** What was taken before `time` is no longer known, and must not be taken again. */
  forgetBefore(time: bigint): void {
    if (time > this.floor) this.floor = time;
    if (this.at < this.floor) this.at = this.floor;
  }
}

function least(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}
