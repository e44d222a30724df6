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
 * of an hour. All networks count together, however many guess; only one from which this person signed in before counts for itself, or
 * anybody could keep anybody out. Names are counted whether or not they exist.
 */
export class SignInAttempts {
  readonly #nowMs: () => number;
  readonly #failed = new Map<string, Attempts>();
  /** Of a name and a network, the oldest first. */
  readonly #trusted = new Set<string>();

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** @returns milliseconds to wait before another try; 0: now */
  waitMs(name: string, network: string): number {
    const attempts = this.#failed.get(this.#keyOf(name, network));
    if (attempts === undefined || attempts.count <= free) return 0;
    const pauseMs = Math.min(longestMs, firstMs * 2 ** Math.min(30, attempts.count - free));
    return Math.max(0, attempts.lastMs + pauseMs - this.#nowMs());
  }

  /** To be counted before the password is looked at, so that tries at the same time count as well. */
  began(name: string, network: string): void {
    const nowMs = this.#nowMs();
    const key = this.#keyOf(name, network);
    const before = this.#failed.get(key);
    this.#failed.delete(key);
    const count = before === undefined || nowMs - before.lastMs > forgottenMs ? 0 : before.count;
    if (this.#failed.size >= mostNames) this.#failed.delete(this.#failed.keys().next().value!);
    this.#failed.set(key, { count: count + 1, lastMs: nowMs });
  }

  succeeded(name: string, network: string): void {
    this.#failed.delete(this.#keyOf(name, network));
    const own = ownKey(name, network);
    this.#trusted.delete(own);
    if (this.#trusted.size >= mostNames) this.#trusted.delete(this.#trusted.keys().next().value!);
    this.#trusted.add(own);
  }

  #keyOf(name: string, network: string): string {
    const own = ownKey(name, network);
    return this.#trusted.has(own) ? own : name;
  }
}

/** Nobody's name: names are what somebody typed, and this holds a character that is cut off them. */
function ownKey(name: string, network: string): string {
  return `${name} ${network} `;
}
