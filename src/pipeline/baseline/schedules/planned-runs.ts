import type { ScheduledFacts } from "../../flows/cluster-facts.ts";
import type { FlowWindow } from "../../flows/harvest.ts";
import { parseCron } from "./cron-expression.ts";
import { nextRun } from "./cron-runs.ts";
import { clockOf } from "./unseen-work.ts";

/** More are not counted. */
const mostRuns = 1_000;

/** How many runs a CronJob had planned in a window since it was made, up to 1,000; 0 where its schedule cannot be read. */
export function plannedRuns(job: ScheduledFacts, { firstMs, lastMs }: FlowWindow): number {
  const cron = parseCron(job.schedule);
  if (!cron.ok) return 0;
  const offsetAt = clockOf(job);
  const { createdMs = 0 } = job;
  let atMs = Math.max(firstMs, createdMs) - 1;
  let runs = 0;
  for (; runs < mostRuns; runs += 1) {
    const next = nextRun(cron.value, atMs, offsetAt, job.lastScheduledMs ?? createdMs);
    if (next === undefined || next > lastMs) break;
    atMs = next;
  }
  return runs;
}
