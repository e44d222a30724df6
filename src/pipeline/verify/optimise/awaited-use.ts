import { printable } from "../../../core/quoted.ts";
import { formatWorkload } from "../../../core/workload/workload.ts";
import { plannedRuns } from "../../baseline/schedules/planned-runs.ts";
import { type UnseenWork, unseenWork } from "../../baseline/schedules/unseen-work.ts";
import type { ClusterFacts, ScheduledFacts } from "../../flows/cluster-facts.ts";
import type { Edge } from "../../flows/edge.ts";
import type { FlowWindow } from "../../flows/harvest.ts";
import { daysText, seenShare } from "./observation.ts";

const dayMs = 86_400_000;
/** A silence must be longer than the longest earlier one by this factor before it says something new. */
const longerSilence = 1.5;
/** Runs that leave no record with more than this chance have not shown what they need. */
const doubt = 0.05;

/**
 * Work that may need a rule although nothing did during `quiet`: a CronJob of the namespace that did not run in it, or ran
 * too seldom to be seen by sampling; a job that runs when somebody starts it; a use that came back after such a pause
 * before, or came at the end of a quarter when none ended since. The rest of a sentence; undefined where there is none.
 * @param past traffic that used the rule before
 */
export function awaitedUse(
  namespace: string,
  past: readonly Edge[],
  quiet: FlowWindow,
  { facts, sampling }: { readonly facts: ClusterFacts; readonly sampling: number },
): string | undefined {
  return (
    awaitedJob(facts.scheduled, namespace, quiet, sampling) ??
    unplannedJob(past, facts.scheduled) ??
    awaitedReturn(past, quiet)
  );
}

/** A CronJob of the namespace that had no chance to show what it needs. */
export function awaitedJob(
  scheduled: readonly ScheduledFacts[],
  namespace: string,
  quiet: FlowWindow,
  sampling: number,
): string | undefined {
  const own = scheduled.filter((job) => job.namespace === namespace);
  for (const work of unseenWork(own, () => false, quiet)) {
    const because = whyAwaited(work, quiet, sampling);
    if (because !== undefined) return because;
  }
  return undefined;
}

function whyAwaited({ job, why, lastMs, nextMs }: UnseenWork, quiet: FlowWindow, sampling: number): string | undefined {
  const name = `CronJob ${printable(job.name)}`;
  const next = nextMs === undefined ? "" : `, and runs next on ${dateOf(nextMs)}`;
  const runs = plannedRuns(job, quiet);
  switch (why) {
    case "suspended":
      return `${name} is suspended, and needs what it needs when somebody resumes it`;
    case "unreadable":
      return `the schedule of ${name} cannot be read, so nobody knows whether it ran in this time`;
    case "never":
      return `${name} ${job.lastScheduledMs === undefined ? "has not run yet" : "had no run in this time"}${next}`;
    case "before":
    case "silent": {
      // The dump may be younger than the recording: what it calls the last run need not lie in this time.
      if (runs === 0) {
        const last = lastMs !== undefined && lastMs < quiet.firstMs ? `: it last ran on ${dateOf(lastMs)}` : "";
        return `${name} had no run in this time${last}${next}`;
      }
      if (why === "before") return `${name} last ran on ${dateOf(lastMs!)}, before this time${next}`;
      if ((1 - seenShare({ sampling })) ** runs <= doubt) return undefined;
      return `${name} ran ${runs === 1 ? "once" : `${runs} times`} in this time, which 1 packet in ${sampling} does not show`;
    }
    default:
      return why satisfies never;
  }
}

/** Who used the rule and runs by no plan that is known. A CronJob that the cluster does not have any more needs nothing. */
function unplannedJob(past: readonly Edge[], scheduled: readonly ScheduledFacts[]): string | undefined {
  for (const { workload } of past) {
    const name = printable(formatWorkload(workload));
    if (workload.kind === "Job") return `${name} used it, which runs when somebody starts it`;
    if (workload.kind === "CronJob" && scheduled.length === 0) {
      return `${name} used it, and when that runs is not known: give a cluster dump with its CronJobs with \`--cluster\``;
    }
  }
  return undefined;
}

/** What came back after a pause like this one may do so again; what came at a quarter's end comes at the next. */
function awaitedReturn(past: readonly Edge[], quiet: FlowWindow): string | undefined {
  const hours = past.flatMap(({ activity }) => activity.map(({ hour }) => hour));
  const days = [...new Set(hours.map((hour) => Math.floor(hour / 24)))].toSorted((a, b) => a - b);
  if (days.length === 0) return undefined;
  const pause = days.slice(1).reduce((most, day, i) => Math.max(most, day - days[i]!), 0);
  const silence = (quiet.lastMs - quiet.firstMs) / dayMs;
  // Pauses of a few days are how things are used; only one that is like this silence says that it may end.
  if (silence < pause * longerSilence) return `it came back after a pause of ${daysText(pause)} before`;
  const isOfQuarters = days.every((day) => isNearBorder(day, quarterMonths));
  if (!isOfQuarters || borders(quiet, quarterMonths) > 0) return undefined;
  return `it was used ${days.length === 1 ? `on ${dateOf(days[0]! * dayMs)}` : "only"} around the end of a quarter, and none ended since`;
}

/** `a use once a week would have gone unseen with a chance of 1.4 %`, and what the calendar did not show. */
export function silenceText(quiet: FlowWindow, chance: string): string {
  const missing =
    borders(quiet, everyMonth) === 0 ? "month" : borders(quiet, quarterMonths) === 0 ? "quarter" : undefined;
  const calendar =
    missing === undefined ? "" : `, and so would one at the end of a ${missing}: none ended in this time`;
  return `a use once a week would have gone unseen with a chance of ${chance}${calendar}`;
}

/** Months, from 0, of which the first day is a border. */
const everyMonth: ReadonlySet<number> = new Set([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
const quarterMonths: ReadonlySet<number> = new Set([0, 3, 6, 9]);
/** Days before and after a border in which its work is done: a weekend may lie between. */
const borderDays = 3;

function isNearBorder(day: number, months: ReadonlySet<number>): boolean {
  for (let near = day - borderDays + 1; near <= day + borderDays; near += 1) {
    if (isBorder(near, months)) return true;
  }
  return false;
}

/** How many borders lie in a stretch of time together with the days around them. */
function borders({ firstMs, lastMs }: FlowWindow, months: ReadonlySet<number>): number {
  let count = 0;
  const last = Math.floor(lastMs / dayMs) - borderDays + 1;
  for (let day = Math.ceil(firstMs / dayMs) + borderDays; day <= last; day += 1) if (isBorder(day, months)) count += 1;
  return count;
}

function isBorder(day: number, months: ReadonlySet<number>): boolean {
  const date = new Date(day * dayMs);
  return date.getUTCDate() === 1 && months.has(date.getUTCMonth());
}

function dateOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}
