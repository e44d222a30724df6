import type { ScheduledFacts } from "../../flows/cluster-facts.ts";
import type { FlowWindow } from "../../flows/harvest.ts";
import { parseCron } from "./cron-expression.ts";
import { nextRun, previousRun } from "./cron-runs.ts";
import { type OffsetAt, offsetOfZone, utc } from "./time-zone.ts";

/** A CronJob of which no traffic was recorded. */
export interface UnseenWork {
  readonly job: ScheduledFacts;
  /**
   * Why there is none. `before`: it last ran before observation began. `never`: it has not run yet. `silent`: it ran while
   * observed. `suspended`: it runs when somebody says so. `unreadable`: nobody knows when it runs.
   */
  readonly why: "before" | "never" | "silent" | "suspended" | "unreadable";
  /** As the cluster says, else as the schedule says; undefined where neither does. */
  readonly lastMs: number | undefined;
  /** After the end of the window. */
  readonly nextMs: number | undefined;
}

/** The scheduled work that a window has not seen; `isSeen` tells of which some traffic was recorded. In the order given. */
export function unseenWork(
  scheduled: readonly ScheduledFacts[],
  isSeen: (job: ScheduledFacts) => boolean,
  window: FlowWindow,
): readonly UnseenWork[] {
  return scheduled.filter((job) => !isSeen(job)).map((job) => judge(job, window));
}

function judge(job: ScheduledFacts, { firstMs, lastMs: nowMs }: FlowWindow): UnseenWork {
  const cron = parseCron(job.schedule);
  const lastMs = lastRunUntil(job, nowMs);
  if (!cron.ok) return { job, why: "unreadable", lastMs, nextMs: undefined };
  if (job.isSuspended) return { job, why: "suspended", lastMs, nextMs: undefined };
  const nextMs = nextRun(cron.value, nowMs, clockOf(job), sinceOf(job, nowMs));
  if (lastMs === undefined) return { job, why: "never", lastMs, nextMs };
  return { job, why: lastMs < firstMs ? "before" : "silent", lastMs, nextMs };
}

/**
 * The last run up to an instant, mostly the end of a recording: as the cluster says, unless it was asked later and tells of
 * a later run; then, or where it says nothing, as planned. Undefined where there was none, or nobody knows.
 */
export function lastRunUntil(job: ScheduledFacts, nowMs: number): number | undefined {
  const { lastScheduledMs, createdMs, isSuspended } = job;
  if (lastScheduledMs !== undefined && lastScheduledMs <= nowMs) return lastScheduledMs;
  const cron = parseCron(job.schedule);
  if (!cron.ok || isSuspended) return undefined;
  const plannedMs = previousRun(cron.value, nowMs, clockOf(job), sinceOf(job, nowMs));
  // A plan counts only from when the job was there.
  return plannedMs !== undefined && createdMs !== undefined && plannedMs >= createdMs ? plannedMs : undefined;
}

/** Where `@every` counts from. */
function sinceOf({ lastScheduledMs, createdMs }: ScheduledFacts, nowMs: number): number {
  return [lastScheduledMs, createdMs].find((ms) => ms !== undefined && ms <= nowMs) ?? 0;
}

/** The clock of its zone; UTC where it names none, or none that is known. */
export function clockOf({ timeZone }: ScheduledFacts): OffsetAt {
  return timeZone === undefined ? utc : (offsetOfZone(timeZone) ?? utc);
}
