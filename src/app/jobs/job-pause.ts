const firstMs = 5_000;
const longestMs = 3_600_000;

/**
 * How long to wait after the attempt-th failure: twice as long each time up to an hour, half of it by chance so that jobs that failed
 * together do not come back together.
 */
export function pauseAfter(attempt: number, random: () => number): number {
  const whole = Math.min(longestMs, firstMs * 2 ** Math.min(attempt - 1, 30));
  return Math.round(whole / 2 + (random() * whole) / 2);
}
