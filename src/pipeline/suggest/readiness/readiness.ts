/** How safe it is to enforce a policy now, with the reasons. */
export interface Readiness {
  /** Chance that nothing legitimate is blocked in the next 24 hours, 0 to 1. */
  readonly day: number;
  /** The same for the next seven days. */
  readonly week: number;
  /** What the risk is made of, largest first. */
  readonly risks: readonly ReadinessRisk[];
  /** Evidence that is not there and would change the number: `CronJob monthly-report last ran before observation began`. */
  readonly missing: readonly MissingEvidence[];
}

export interface ReadinessRisk {
  readonly kind:
    | "service-changes"
    | "new-service"
    | "schedule-not-seen"
    | "left-out"
    | "sampling"
    | "not-observed"
    | "short-window";
  /** One sentence, lower case, no full stop. */
  readonly text: string;
  /** Chance that this alone blocks something within a week, 0 to 1. */
  readonly week: number;
}

export interface MissingEvidence {
  /** One sentence, lower case, no full stop, with what to do. */
  readonly text: string;
  /** `CronJob/monthly-report`; undefined where it is not about one workload. */
  readonly workload: string | undefined;
}
