/**
 * What judgement guessed and measurement corrected. `changes` is fitted with `bench/learning-readiness.ts` on the tuning
 * settings of `bench/learning` (balanced posture, several seeds; `beyond` on strict), the rest by counting what happened there: of 480 namespaces 11
 * met a new service in a fortnight, and every run that was never seen needed something. Judged on the held-out settings.
 * Chances are of a week where nothing else is said.
 */
export const calibration = {
  /**
   * The hazards of the chosen forms sum up to `h`, and count as `factor * h ** power + beyond * h ** 2`: services change
   * together, and of small hazards the sum says less than of those that nobody would miss.
   */
  changes: {
    day: { factor: 0.25, power: 1, beyond: 0.2 },
    week: { factor: 0.18, power: 0.4, beyond: 0.3 },
  },
  /** New services of a namespace before anything was seen, and the days they were counted in: a Gamma prior. */
  newServices: { events: 0.5, days: 300 },
  /** That a run which was never seen needs something that is not allowed. */
  unseenRun: 0.97,
  /** The same of a job that ran while every packet was recorded, and showed no traffic. */
  silentRun: 0.03,
  /** The same where sampling or gaps may have swallowed its traffic. */
  swallowedRun: 0.7,
  /** The same of a job that was seen on one day only. */
  secondRun: 0.03,
  /** The same of a job of which sampling showed some records: at most, and where there are many, over their number. */
  sampledRun: 0.5,
  sampledRecords: 2,
  /** That a workload which was never seen sending begins to. */
  silentWorkload: 0.005,
  /** Hazard of what the hours of a week would have shown, were none of them observed. */
  unobservedWeek: 1.5,
  /** Hazard of a turn of the month, and of a quarter on top, where none was observed. */
  monthTurn: 0.01,
  quarterTurn: 0.01,
  /** Services too small to have been sampled, per service that was and factor of ten of sampling. */
  belowSampling: 0.01,
  /** Hazard of a service that sampling hid. */
  hiddenService: 0.02,
  /** That a needed connection which the policy cannot allow is tried again on a day like those on which it was seen. */
  stopped: 0.97,
  /** So many unexplained destinations of one workload and port are meant as likely as not. A guess: no bench has resolvers. */
  strangersMeant: 100,
} as const;
