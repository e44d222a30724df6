/**
 * What judgement guessed and measurement corrected. Fitted with `bench/learning` on its tuning settings (usual, sampled,
 * blind, restless, short; balanced posture) and judged on its held-out ones; that folder's README has the figures. Chances
 * are of a week where nothing else is said.
 */
export const calibration = {
  /** Factors on the hazard that the chosen forms sum up to. */
  changes: { day: 1, week: 1 },
  /** New services of a namespace before anything was seen, and the days they were counted in: a Gamma prior. */
  newServices: { events: 0.2, days: 20 },
  /** That a run which was never seen needs something that is not allowed. */
  unseenRun: 0.85,
  /** The same of a job that ran while every packet was recorded, and showed no traffic. */
  silentRun: 0.03,
  /** The same where sampling or gaps may have swallowed its traffic. */
  swallowedRun: 0.4,
  /** The same of a job that was seen on one day only. */
  secondRun: 0.03,
  /** That a workload which was never seen sending begins to. */
  silentWorkload: 0.005,
  /** Hazard of what the hours of a week would have shown, were none of them observed. */
  unobservedWeek: 1.5,
  /** Hazard of a turn of the month, and of a quarter on top, where none was observed. */
  monthTurn: 0.01,
  quarterTurn: 0.01,
  /** Services too small to have been sampled, per service that was and factor of ten of sampling. */
  belowSampling: 0.02,
  /** Hazard of a service that sampling hid. */
  hiddenService: 0.5,
} as const;
