/** Nobody notices what is shorter. */
const shortMs = 50;
/** More than any batch that an observer seals, on a slow machine as well: storing it takes longer, so that resting as long costs nothing. */
const usualMs = 2_000;
const longFactor = 5;
const longestRestMs = 15_000;

/**
 * Turns at work that keeps everybody waiting, as reading a long text does: so many at the same time, one of each client, who take
 * them one after the other. What takes long is followed by a rest of its client, so that the work of others, which goes in many
 * small steps, has its time between.
 */
export class Turns {
  readonly #atOnce: number;
  readonly #later: (work: () => void, ms: number) => void;
  /** By client, who came first or had his turn longest ago first. */
  readonly #waiting = new Map<string, (() => void)[]>();
  /** Whose turn it is, and who rests. */
  readonly #busy = new Set<string>();
  #taken = 0;

  /** `later`: runs work after a while. */
  constructor(atOnce: number, later: (work: () => void, ms: number) => void = (work, ms) => void setTimeout(work, ms)) {
    this.#atOnce = atOnce;
    this.#later = later;
  }

  /** Resolves when it is the client's turn, which lasts until it is given back. */
  take(client: string): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const own = this.#waiting.get(client);
    if (own === undefined) this.#waiting.set(client, [resolve]);
    else own.push(resolve);
    this.#next();
    return promise;
  }

  /** @param workedMs how long this turn had the processor, and nobody else: on a busy machine the clock would tell more */
  giveBack(client: string, workedMs: number): void {
    this.#taken -= 1;
    const rested = (): void => {
      this.#busy.delete(client);
      this.#next();
    };
    if (workedMs <= shortMs) rested();
    else {
      this.#later(rested, workedMs <= usualMs ? workedMs : Math.min(longestRestMs, longFactor * workedMs));
      this.#next();
    }
  }

  #next(): void {
    for (const [client, own] of this.#waiting) {
      if (this.#taken >= this.#atOnce) return;
      if (this.#busy.has(client)) continue;
      // Behind all others, where more of it wait.
      this.#waiting.delete(client);
      const begin = own.shift()!;
      if (own.length > 0) this.#waiting.set(client, own);
      this.#busy.add(client);
      this.#taken += 1;
      begin();
    }
  }
}
