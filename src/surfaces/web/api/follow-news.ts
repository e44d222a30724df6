export interface NewsParts {
  /** Asks everything of an area anew. */
  readonly refresh: (area: string) => void;
  /** Answers of the area are on their way. */
  readonly isBusy: (area: string) => boolean;
  /** Least time between two refreshes of an area, in milliseconds. */
  readonly pauseMs: (area: string) => number;
  readonly nowMs: () => number;
}

/**
 * News come in bursts, one of each namespace; and the server holds answers about the last hours for a fifth of a second, so that who asks at
 * once may be told what was before the news.
 */
const gatherMs = 250;
const busyMs = 250;

/**
 * Traffic is told every second, of each namespace by itself: what is shown follows it, but an area is asked for once per burst, no
 * sooner than its pause allows, and never while it is still answering, or it would answer to nobody for ever.
 */
export class NewsFollower {
  readonly #parts: NewsParts;
  readonly #timers = new Map<string, ReturnType<typeof setTimeout>>();
  readonly #lastMs = new Map<string, number>();

  constructor(parts: NewsParts) {
    this.#parts = parts;
  }

  hear(area: string): void {
    if (this.#timers.has(area)) return;
    const earliestMs = (this.#lastMs.get(area) ?? Number.NEGATIVE_INFINITY) + this.#parts.pauseMs(area);
    this.#later(area, Math.max(gatherMs, earliestMs - this.#parts.nowMs()));
  }

  stop(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
  }

  #later(area: string, waitMs: number): void {
    this.#timers.set(
      area,
      setTimeout(() => {
        if (this.#parts.isBusy(area)) {
          this.#later(area, busyMs);
          return;
        }
        this.#timers.delete(area);
        this.#lastMs.set(area, this.#parts.nowMs());
        this.#parts.refresh(area);
      }, waitMs),
    );
  }
}
