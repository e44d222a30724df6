/**
 * Chance that something happens at a trial, as a Beta distribution: `events` and `quiet` are its two parameters, that is
 * what was counted plus what the prior adds. Both above 0.
 */
export interface Hazard {
  readonly events: number;
  readonly quiet: number;
}

/**
 * Chance that nothing happens in the next `trials`, averaged over all that the hazard may be: the Beta-binomial's
 * predictive, `B(events, quiet + trials) / B(events, quiet)`. Putting the mean into `(1 - p)^trials` instead would claim
 * to know the hazard and be too gloomy about long stretches.
 */
export function quietChance({ events, quiet }: Hazard, trials: number): number {
  if (trials <= 0) return 1;
  return Math.exp(
    logGamma(quiet + trials) - logGamma(quiet) - logGamma(events + quiet + trials) + logGamma(events + quiet),
  );
}

const lanczos = [
  676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059, 12.507343278686905,
  -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
];

/** ln Γ(x) for x > 0 (Lanczos, g = 7), good to about 13 digits. */
export function logGamma(x: number): number {
  if (x < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * x)) - logGamma(1 - x);
  let sum = 0.99999999999980993;
  for (const [i, coefficient] of lanczos.entries()) sum += coefficient / (x + i);
  const t = x + 6.5;
  return 0.5 * Math.log(2 * Math.PI) + (x - 0.5) * Math.log(t) - t + Math.log(sum);
}
