import { printable } from "../../../core/quoted.ts";
import { workloadFormatter } from "../../../core/workload/workload.ts";
import { parseCron } from "../../baseline/schedules/cron-expression.ts";
import { nextRun } from "../../baseline/schedules/cron-runs.ts";
import { clockOf, lastRunUntil, type UnseenWork, unseenWork } from "../../baseline/schedules/unseen-work.ts";
import type { ScheduledFacts } from "../../flows/cluster-facts.ts";
import type { Edge } from "../../flows/edge.ts";
import type { FlowWindow } from "../../flows/harvest.ts";
import { calibration } from "./calibration.ts";
import { type Hazard, hazardOf } from "./hazard.ts";
import type { ReadinessInput } from "./readiness-of.ts";
import type { MissingEvidence } from "./readiness.ts";

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/** What runs by a plan and was not seen, or only once. */
export function scheduleHazards(
  input: Pick<
    ReadinessInput,
    "namespace" | "facts" | "seen" | "window" | "unobservedHours" | "samplingMax" | "isComplete"
  >,
): { readonly hazards: readonly Hazard[]; readonly missing: readonly MissingEvidence[] } {
  const { namespace, facts, seen, window, samplingMax } = input;
  const own = facts.scheduled.filter((job) => job.namespace === namespace);
  if (own.length === 0) return { hazards: [], missing: [] };
  const traffic = trafficOfJobs(seen);
  if (window === undefined) return withoutTimes(own.filter((job) => !traffic.has(`CronJob/${job.name}`)));
  const unwatched = new Set(input.unobservedHours);
  const isSeen = (job: ScheduledFacts): boolean => {
    const flows = traffic.get(`CronJob/${job.name}`)?.flows ?? 0;
    // Where the cluster says that no run was due, a few flows are somebody's look around, and many are a run by hand.
    return flows >= (ranWhile(job, window) ? 1 : leastOfRun);
  };
  const hazards: Hazard[] = [];
  const missing: MissingEvidence[] = [];
  for (const work of unseenWork(own, isSeen, window)) {
    const isMissed = work.lastMs !== undefined && unwatched.has(Math.floor(work.lastMs / hourMs));
    const told = describe(work, isMissed);
    missing.push({ text: told.missing, workload: `CronJob/${work.job.name}` });
    const chance = work.why === "silent" && isMissed ? calibration.unseenRun : chanceOfUnseen(work, input);
    if (chance > 0) hazards.push(atNextRun(chance, work.nextMs, window.lastMs, told.risk));
  }
  for (const job of own) {
    const known = traffic.get(`CronJob/${job.name}`);
    if (known === undefined || !isSeen(job) || job.isSuspended) continue;
    const again = runAgain(job, known, samplingMax);
    if (again === undefined) continue;
    // What its runs needed is known; asking `unseenWork` tells when the next one comes.
    const [{ nextMs }] = unseenWork([job], () => false, window) as [UnseenWork];
    hazards.push(atNextRun(again.chance, nextMs, window.lastMs, again.text));
  }
  return { hazards: hazards.filter(({ week }) => week > 0), missing };
}

/** Where nobody knows when anything happened, a job that was not seen may run next at any time of its period. */
function withoutTimes(unseen: readonly ScheduledFacts[]): {
  readonly hazards: readonly Hazard[];
  readonly missing: readonly MissingEvidence[];
} {
  const told = unseen.map((job) => {
    const what = `no traffic of CronJob ${printable(job.name)} was recorded, and the records have no times`;
    const week = job.isSuspended ? 0 : hazardOf(calibration.swallowedRun);
    const often = periodOf(job);
    return {
      hazard: {
        kind: "schedule-not-seen",
        text: what,
        day: week * Math.min(1, dayMs / often),
        week: week * Math.min(1, (7 * dayMs) / often),
      } as const,
      missing: { text: `${what}: start it once while flows are recorded`, workload: `CronJob/${job.name}` },
    };
  });
  return {
    hazards: told.map(({ hazard }) => hazard).filter(({ week }) => week > 0),
    missing: told.map(({ missing }) => missing),
  };
}

/** Between two of its runs; a day where nobody can tell. */
function periodOf(job: ScheduledFacts): number {
  const cron = parseCron(job.schedule);
  if (!cron.ok) return dayMs;
  const first = nextRun(cron.value, job.lastScheduledMs ?? job.createdMs ?? 0, clockOf(job));
  const second = first === undefined ? undefined : nextRun(cron.value, first, clockOf(job));
  return second === undefined || first === undefined ? Infinity : second - first;
}

function chanceOfUnseen(
  { why, nextMs }: UnseenWork,
  { samplingMax, isComplete }: Pick<ReadinessInput, "samplingMax" | "isComplete">,
): number {
  switch (why) {
    case "before":
    case "never":
      return nextMs === undefined ? 0 : calibration.unseenRun;
    case "silent":
      return samplingMax > 1 || !isComplete ? calibration.swallowedRun : calibration.silentRun;
    case "unreadable":
      return calibration.silentRun;
    case "suspended":
      return 0;
    default:
      return why satisfies never;
  }
}

/** That a job which was seen needs more in its next run than it showed. */
function runAgain(
  { name }: ScheduledFacts,
  { days, flows }: JobTraffic,
  samplingMax: number,
): { readonly chance: number; readonly text: string } | undefined {
  const { secondRun, sampledRun, sampledRecords } = calibration;
  const job = `CronJob ${printable(name)}`;
  if (samplingMax > 1) {
    const records = flows === 1 ? "1 record" : `${flows} records`;
    const text = `${job} showed in ${records} at a sampling of 1 in ${samplingMax}, and may need more than it showed`;
    return { chance: Math.min(sampledRun, sampledRecords / (flows + 1)), text };
  }
  if (days.size !== 1) return undefined;
  return { chance: secondRun, text: `${job} was seen to run on one day only, and its next run may need more` };
}

/** Nothing before the next run; a run that nobody can date may come at any time. */
function atNextRun(chance: number, nextMs: number | undefined, nowMs: number, text: string): Hazard {
  const hazard = hazardOf(chance);
  const wait = nextMs === undefined ? 0 : nextMs - nowMs;
  return {
    kind: "schedule-not-seen",
    text,
    day: wait <= dayMs ? hazard : 0,
    week: wait <= 7 * dayMs ? hazard : 0,
  };
}

function describe(
  { job, why, lastMs, nextMs }: UnseenWork,
  isMissed: boolean,
): { readonly risk: string; readonly missing: string } {
  const name = `CronJob ${printable(job.name)}`;
  const last = lastMs === undefined ? "" : ` (${minuteOf(lastMs)})`;
  const next = nextMs === undefined ? "" : `, and runs next on ${minuteOf(nextMs)}`;
  const remedy = "record that run, or start one now while flows are recorded";
  switch (why) {
    case "before": {
      const what = `${name} last ran before observation began${last}${next}`;
      return { risk: what, missing: `${what}: ${remedy}` };
    }
    case "never": {
      const what = `${name} ${job.lastScheduledMs === undefined ? "has not run yet" : "first ran after the recording"}${next}`;
      return { risk: what, missing: `${what}: ${remedy}` };
    }
    case "silent": {
      if (isMissed) {
        const missed = `${name} ran while nobody watched${last}${next}`;
        return { risk: missed, missing: `${missed}: ${remedy}` };
      }
      const what = `${name} ran while observed${last}, and no traffic of it was recorded`;
      return { risk: what, missing: `${what}: check whether it needs anything outside` };
    }
    case "suspended": {
      const what = `${name} is suspended and was not seen`;
      return { risk: what, missing: `${what}: start it once while flows are recorded before it is resumed` };
    }
    case "unreadable": {
      const what = `the schedule of ${name} cannot be read, and no traffic of it was recorded`;
      return { risk: what, missing: `${what}: start it once while flows are recorded` };
    }
    default:
      return why satisfies never;
  }
}

const leastOfRun = 4;

/** Whether the cluster says that a run was due while observed, or says nothing. */
function ranWhile(job: ScheduledFacts, { firstMs, lastMs }: FlowWindow): boolean {
  if (job.lastScheduledMs === undefined) return job.createdMs === undefined;
  return (lastRunUntil(job, lastMs) ?? -Infinity) >= firstMs;
}

interface JobTraffic {
  readonly days: Set<number>;
  flows: number;
}

/** Of each job what was answered, and on which days; without times there are none. */
function trafficOfJobs(seen: readonly Edge[]): ReadonlyMap<string, JobTraffic> {
  const traffic = new Map<string, JobTraffic>();
  const format = workloadFormatter();
  for (const { workload, activity, verdict, flows } of seen) {
    if (workload.kind !== "CronJob" || verdict === "unanswered" || verdict === "denied") continue;
    const key = format(workload);
    const own = traffic.get(key) ?? { days: new Set<number>(), flows: 0 };
    own.flows += flows;
    for (const { hour } of activity) own.days.add(Math.floor(hour / 24));
    traffic.set(key, own);
  }
  return traffic;
}

/** `2026-10-01 03:00 UTC`. */
function minuteOf(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 16).replace("T", " ")} UTC`;
}
