import { HistoryUnavailable } from "./history-unavailable.ts";

interface Turn {
  readonly isWanted: () => boolean;
  readonly begin: () => void;
  readonly giveUp: (reason: unknown) => void;
}

/** Work of which so much is under way at once: the rest waits for its turn, and is not begun when nobody wants it any more. */
export class FewAtOnce {
  readonly #most: number;
  readonly #mostWaiting: number;
  readonly #waiting: Turn[] = [];
  #underWay = 0;

  constructor(most: number, mostWaiting: number) {
    this.#most = most;
    this.#mostWaiting = mostWaiting;
  }

  /** Whether work would begin at once. */
  get isFree(): boolean {
    return this.#underWay < this.#most;
  }

  /** @param isWanted asked when the turn comes; rejects with {@link HistoryUnavailable} where it is not, or too much waits */
  async run<T>(work: () => Promise<T>, isWanted: () => boolean): Promise<T> {
    if (this.isFree) this.#underWay += 1;
    else await this.#turn(isWanted);
    try {
      return await work();
    } finally {
      this.#passOn();
    }
  }

  async #turn(isWanted: () => boolean): Promise<void> {
    if (this.#waiting.length >= this.#mostWaiting) this.#dropUnwanted();
    if (this.#waiting.length >= this.#mostWaiting) throw new HistoryUnavailable(busy);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#waiting.push({ isWanted, begin: resolve, giveUp: reject });
    await promise;
  }

  #dropUnwanted(): void {
    for (const turn of this.#waiting.splice(0)) {
      if (turn.isWanted()) this.#waiting.push(turn);
      else turn.giveUp(new HistoryUnavailable(givenUp));
    }
  }

  /** The place of what ended goes to the next that somebody waits for. */
  #passOn(): void {
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      if (next.isWanted()) {
        next.begin();
        return;
      }
      next.giveUp(new HistoryUnavailable(givenUp));
    }
    this.#underWay -= 1;
  }
}

const busy = { code: "history_busy", message: "too much is asked of the history at once, try again in a moment" };
export const givenUp = { code: "history_given_up", message: "nobody waited for the answer any more" };
