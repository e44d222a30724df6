export interface RenewalTimes {
  /** It is not renewed again for so long after it took `tookMs`. */
  readonly restMs: (tookMs: number) => number;
  /** What was not renewed for so long after its rest, because nobody asked or because it could not be, is not given any more. */
  readonly staleMs: number;
}

/**
 * Keeps something at hand and renews it in the background: whoever asks waits only the first time and after a long while. While it
 * cannot be renewed, what is known stays for a while; then everybody is told why.
 */
export class Renewal {
  readonly #renew: () => Promise<void>;
  readonly #times: RenewalTimes;
  readonly #nowMs: () => number;
  #renewing: Promise<void> | undefined;
  #endedAtMs = -Infinity;
  #restsUntilMs = -Infinity;
  /** When what is at hand was to be renewed. */
  #dueAtMs = -Infinity;
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
    const isSetBack = nowMs < this.#endedAtMs;
    const sinceRestMs = isSetBack ? 0 : nowMs - this.#restsUntilMs;
    const isStale = !isSetBack && nowMs - this.#dueAtMs >= this.#times.staleMs;
    const isAwaited = !this.#isFilled || isStale;
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
      this.#rest(begunMs);
      this.#dueAtMs = this.#restsUntilMs;
    } catch (error) {
      this.#rest(begunMs);
      throw error;
    }
  }

  #rest(begunMs: number): void {
    this.#endedAtMs = this.#nowMs();
    this.#restsUntilMs = this.#endedAtMs + this.#times.restMs(Math.max(0, this.#endedAtMs - begunMs));
  }
}
