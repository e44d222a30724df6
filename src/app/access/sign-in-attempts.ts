const firstMs = 1_000;
const longestMs = 15 * 60_000;
const forgottenMs = 60 * 60_000;
/** So many are free: people mistype. */
const free = 3;
const mostNames = 10_000;

interface Attempts {
  count: number;
  lastMs: number;
}

/**
 * Slows guessing of one name's password down: after three failures each next try waits twice as long as the one before, up to a quarter
 * of an hour. Never for ever, or anybody could lock anybody out. Names are counted whether or not they exist.
 */
export class SignInAttempts {
  readonly #nowMs: () => number;
  readonly #failed = new Map<string, Attempts>();

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** @returns milliseconds to wait before another try; 0: now */
  waitMs(name: string): number {
    const attempts = this.#failed.get(name);
    if (attempts === undefined || attempts.count <= free) return 0;
    const pauseMs = Math.min(longestMs, firstMs * 2 ** Math.min(30, attempts.count - free));
    return Math.max(0, attempts.lastMs + pauseMs - this.#nowMs());
  }

  /** To be counted before the password is looked at, so that tries at the same time count as well. */
  began(name: string): void {
    const nowMs = this.#nowMs();
    const before = this.#failed.get(name);
    this.#failed.delete(name);
    const count = before === undefined || nowMs - before.lastMs > forgottenMs ? 0 : before.count;
    if (this.#failed.size >= mostNames) this.#failed.delete(this.#failed.keys().next().value!);
    this.#failed.set(name, { count: count + 1, lastMs: nowMs });
  }

  succeeded(name: string): void {
    this.#failed.delete(name);
  }
}
