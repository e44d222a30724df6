import type { Random } from "../../corpus/random.ts";
import type { WorkloadPlan } from "./application.ts";

/** When a CronJob runs, UTC; undefined means every. */
export interface Schedule {
  readonly minute: number;
  readonly hour: number | undefined;
  readonly dayOfMonth: number | undefined;
  readonly months: readonly number[] | undefined;
  /** 0 is Sunday. */
  readonly dayOfWeek: number | undefined;
}

const daysOfMonth = [1, 1, 2, 5, 15, 25, 28];

export function scheduleOf(every: NonNullable<WorkloadPlan["every"]>, random: Random): Schedule {
  const usual = { minute: random.below(60), hour: random.below(24) };
  const any = { dayOfMonth: undefined, months: undefined, dayOfWeek: undefined };
  switch (every) {
    case "hour":
      return { ...usual, ...any, hour: undefined };
    case "day":
      return { ...usual, ...any };
    case "week":
      return { ...usual, ...any, dayOfWeek: random.below(7) };
    case "month":
      return { ...usual, ...any, dayOfMonth: daysOfMonth[random.below(daysOfMonth.length)]! };
    default:
      return { ...usual, ...any, dayOfMonth: 1 + random.below(5), months: [1, 4, 7, 10] };
  }
}

/** As a CronJob has it: `30 3 1 1,4,7,10 *`. */
export function formatSchedule({ minute, hour, dayOfMonth, months, dayOfWeek }: Schedule): string {
  return [minute, hour ?? "*", dayOfMonth ?? "*", months?.join(",") ?? "*", dayOfWeek ?? "*"].join(" ");
}

const dayMs = 86_400_000;

/** Starts of runs in [from, to), ascending; milliseconds since the epoch. */
export function runsBetween(schedule: Schedule, fromMs: number, toMs: number): readonly number[] {
  const runs: number[] = [];
  for (let day = Math.floor(fromMs / dayMs) * dayMs; day < toMs; day += dayMs) {
    const date = new Date(day);
    const { dayOfMonth, months, dayOfWeek, hour, minute } = schedule;
    if (dayOfMonth !== undefined && date.getUTCDate() !== dayOfMonth) continue;
    if (months !== undefined && !months.includes(date.getUTCMonth() + 1)) continue;
    if (dayOfWeek !== undefined && date.getUTCDay() !== dayOfWeek) continue;
    const hours = hour === undefined ? Array.from({ length: 24 }, (_, h) => h) : [hour];
    for (const h of hours) {
      const at = day + h * 3_600_000 + minute * 60_000;
      if (at >= fromMs && at < toMs) runs.push(at);
    }
  }
  return runs;
}

/** The last run before a time; undefined when there was none for more than a year. */
export function lastRunBefore(schedule: Schedule, beforeMs: number): number | undefined {
  return runsBetween(schedule, beforeMs - 400 * dayMs, beforeMs).at(-1);
}
