import { Share } from "../../app/live/share.ts";

/** Nobody notices what is shorter. */
const shortMs = 50;
/** How much longer than its work a client waits: together its turns take a third of the time. */
const restFactor = 5;
const longestRestMs = 15_000;

interface Waiting {
  readonly client: string;
  readonly begin: () => void;
}

/**
 * Turns at work that keeps everybody waiting, as reading a long text does: so many at the same time, half of them one client's. What
 * takes long is followed by a rest, so that the work of others has its time between.
 */
export class Turns {
  readonly #atOnce: number;
  readonly #share: Share;
  readonly #later: (work: () => void, ms: number) => void;
  readonly #queue: Waiting[] = [];
  #taken = 0;

  /** `later`: runs work after a while. */
  constructor(atOnce: number, later: (work: () => void, ms: number) => void = (work, ms) => void setTimeout(work, ms)) {
    this.#atOnce = atOnce;
    this.#share = new Share(atOnce);
    this.#later = later;
  }

  /** Resolves when it is the client's turn, which lasts until it is given back. */
  take(client: string): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#queue.push({ client, begin: resolve });
    this.#next();
    return promise;
  }

  /** @param keptMs how long everybody was kept waiting in this turn */
  giveBack(client: string, keptMs: number): void {
    const end = (): void => {
      this.#taken -= 1;
      this.#share.giveBack(client);
      this.#next();
    };
    if (keptMs <= shortMs) end();
    else this.#later(end, Math.min(longestRestMs, restFactor * keptMs));
  }

  #next(): void {
    for (let i = 0; i < this.#queue.length && this.#taken < this.#atOnce;) {
      const { client, begin } = this.#queue[i]!;
      if (!this.#share.has(client)) {
        i += 1;
        continue;
      }
      this.#queue.splice(i, 1);
      this.#taken += 1;
      this.#share.take(client);
      begin();
    }
  }
}
