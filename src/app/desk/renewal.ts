export interface RenewalTimes {
  /** It is not renewed again for so long after it took `tookMs`. */
  readonly restMs: (tookMs: number) => number;
  /** Nobody asked for so long after the rest: what was read then is not given any more. */
  readonly staleMs: number;
}

/**
 * Keeps something at hand and renews it in the background: whoever asks waits only the first time and after a long while. What is
 * known stays until it can be renewed again; who waits is told why it could not.
 */
export class Renewal {
  readonly #renew: () => Promise<void>;
  readonly #times: RenewalTimes;
  readonly #nowMs: () => number;
  #renewing: Promise<void> | undefined;
  #endedAtMs = -Infinity;
  #restsUntilMs = -Infinity;
  #isFilled = false;

  constructor(renew: () => Promise<void>, times: RenewalTimes, nowMs: () => number) {
    this.#renew = renew;
    this.#times = times;
    this.#nowMs = nowMs;
  }

  /** Resolves when there is something to give. */
  async ready(): Promise<void> {
    const nowMs = this.#nowMs();
    // A clock that was set back says nothing of how long it rested.
    const sinceRestMs = nowMs < this.#endedAtMs ? 0 : nowMs - this.#restsUntilMs;
    const isAwaited = !this.#isFilled || sinceRestMs >= this.#times.staleMs;
    if (this.#renewing === undefined && (sinceRestMs >= 0 || isAwaited)) {
      this.#renewing = this.#renewOnce().finally(() => {
        this.#renewing = undefined;
      });
      this.#renewing.catch(() => {});
    }
    if (isAwaited) await this.#renewing;
  }

  async #renewOnce(): Promise<void> {
    const begunMs = this.#nowMs();
    try {
      await this.#renew();
      this.#isFilled = true;
    } finally {
      this.#endedAtMs = this.#nowMs();
      this.#restsUntilMs = this.#endedAtMs + this.#times.restMs(Math.max(0, this.#endedAtMs - begunMs));
    }
  }
}
