import type { ScheduledFacts } from "../cluster-facts.ts";
import { at, textAt, timeAt } from "./fields.ts";

/** What a CronJob says about when it runs. */
export function readScheduled(cronJob: unknown): ScheduledFacts {
  const timeZone = textAt(cronJob, "spec", "timeZone");
  return {
    namespace: textAt(cronJob, "metadata", "namespace"),
    name: textAt(cronJob, "metadata", "name"),
    schedule: textAt(cronJob, "spec", "schedule"),
    timeZone: timeZone === "" ? undefined : timeZone,
    isSuspended: at(cronJob, "spec", "suspend") === true,
    createdMs: timeAt(cronJob, "metadata", "creationTimestamp"),
    lastScheduledMs: timeAt(cronJob, "status", "lastScheduleTime"),
    lastSuccessMs: timeAt(cronJob, "status", "lastSuccessfulTime"),
  };
}
