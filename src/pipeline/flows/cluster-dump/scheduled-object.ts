import type { ScheduledFacts } from "../cluster-facts.ts";
import { at, textAt, timeAt } from "./fields.ts";

/** Older objects name their zone in the schedule, and the controller still heeds it: `CRON_TZ=Europe/Berlin 0 3 * * *`. */
const zoned = /^\s*(?:CRON_)?TZ=(\S+)\s+(.*)$/s;

/** What a CronJob says about when it runs. */
export function readScheduled(cronJob: unknown): ScheduledFacts {
  const written = textAt(cronJob, "spec", "schedule");
  const [, zone = textAt(cronJob, "spec", "timeZone"), schedule = written] = zoned.exec(written) ?? [];
  return {
    namespace: textAt(cronJob, "metadata", "namespace"),
    name: textAt(cronJob, "metadata", "name"),
    schedule,
    timeZone: zone === "" ? undefined : zone,
    isSuspended: at(cronJob, "spec", "suspend") === true,
    createdMs: timeAt(cronJob, "metadata", "creationTimestamp"),
    lastScheduledMs: timeAt(cronJob, "status", "lastScheduleTime"),
    lastSuccessMs: timeAt(cronJob, "status", "lastSuccessfulTime"),
  };
}
