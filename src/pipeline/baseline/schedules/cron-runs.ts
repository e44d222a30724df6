import type { CronFields, CronSchedule } from "./cron-expression.ts";
import type { OffsetAt } from "./time-zone.ts";

const minuteMs = 60_000;
const minutesPerDay = 1440;
const dayMs = minutesPerDay * minuteMs;
/** The rarest day there is, a 29 February on a given weekday, comes within this time, also over the year 2100. */
const longestSearchDays = 41 * 366;

/**
 * The first run after an instant, in milliseconds since the epoch; undefined where there is none (31 February). A run is a
 * minute whose wall clock fits: what a clock skips in spring does not run, what it shows twice in autumn runs twice.
 * `since` is where `@every` counts from: the last run or when the object was made.
 */
export function nextRun(schedule: CronSchedule, afterMs: number, offsetAt: OffsetAt, sinceMs = 0): number | undefined {
  if (schedule.kind === "every") {
    const runs = Math.max(1, Math.floor((afterMs - sinceMs) / schedule.everyMs) + 1);
    return sinceMs + runs * schedule.everyMs;
  }
  return search(schedule, afterMs, offsetAt, 1);
}

/** The last run before an instant; undefined where there is none, for `@every` also before its first. */
export function previousRun(
  schedule: CronSchedule,
  beforeMs: number,
  offsetAt: OffsetAt,
  sinceMs = 0,
): number | undefined {
  if (schedule.kind === "every") {
    const runs = Math.ceil((beforeMs - sinceMs) / schedule.everyMs) - 1;
    return runs < 1 ? undefined : sinceMs + runs * schedule.everyMs;
  }
  return search(schedule, beforeMs, offsetAt, -1);
}

function search(fields: CronFields, fromMs: number, offsetAt: OffsetAt, way: 1 | -1): number | undefined {
  // Clocks are at most 14 hours off, so the local day of an instant is its day in UTC or one beside it.
  const firstDay = Math.floor(fromMs / dayMs) - way;
  for (let i = 0; i < longestSearchDays; i += 1) {
    const day = firstDay + way * i;
    if (!runsOnDay(fields, day)) continue;
    const runs = runsOfDay(fields, day, offsetAt);
    const found = way === 1 ? runs.find((run) => run > fromMs) : runs.findLast((run) => run < fromMs);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** `day`: days since the epoch on the local calendar. */
function runsOnDay(fields: CronFields, day: number): boolean {
  const date = new Date(day * dayMs);
  if (!fields.months.includes(date.getUTCMonth() + 1)) return false;
  const fitsMonth = fields.daysOfMonth.includes(date.getUTCDate());
  const fitsWeek = fields.daysOfWeek.includes(date.getUTCDay());
  return fields.needsBothDays ? fitsMonth && fitsWeek : fitsMonth || fitsWeek;
}

/** Every instant of a local day that fits, ascending. */
function runsOfDay({ hours, minutes }: CronFields, day: number, offsetAt: OffsetAt): readonly number[] {
  const fromMs = day * dayMs - 24 * 60 * minuteMs;
  const toMs = fromMs + 3 * dayMs;
  const [before, after] = [offsetAt(fromMs), offsetAt(toMs)];
  const jumpMs = before === after ? toMs : jumpBetween(fromMs, toMs, offsetAt);
  const runs: number[] = [];
  for (const offset of new Set([before, after])) {
    for (const hour of hours) {
      for (const minute of minutes) {
        const run = day * dayMs + (hour * 60 + minute - offset) * minuteMs;
        const isBefore = run < jumpMs;
        if (offset === (isBefore ? before : after)) runs.push(run);
      }
    }
  }
  return before === after ? runs : runs.toSorted((a, b) => a - b);
}

/** The first minute with the later offset, where the clock jumps once between two instants. */
function jumpBetween(fromMs: number, toMs: number, offsetAt: OffsetAt): number {
  const before = offsetAt(fromMs);
  let low = fromMs / minuteMs;
  let high = toMs / minuteMs;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (offsetAt(middle * minuteMs) === before) low = middle;
    else high = middle;
  }
  return high * minuteMs;
}
