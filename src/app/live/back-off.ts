/** Pauses between attempts: growing, bounded, and never the same for two observers that lost the same server. */
export class BackOff {
  private readonly firstMs: number;
  private readonly longestMs: number;
  private readonly random: () => number;
  private attempts = 0;

  constructor({ firstMs = 500, longestMs = 60_000, random = Math.random } = {}) {
    this.firstMs = firstMs;
    this.longestMs = longestMs;
    this.random = random;
  }

  /** Half of each pause is certain, half is chance. `atLeastMs`: what the server asked for. */
  nextMs(atLeastMs = 0): number {
    const whole = Math.min(this.longestMs, this.firstMs * 2 ** Math.min(this.attempts, 30));
    this.attempts += 1;
    return Math.max(atLeastMs, Math.round(whole / 2 + (this.random() * whole) / 2));
  }

  /** It worked: the next trouble starts small again. */
  reset(): void {
    this.attempts = 0;
  }
}

/** Resolves after `ms`, or at once when `signal` aborts; never rejects. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve();
      return;
    }
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener("abort", done, { once: true });
  });
}
