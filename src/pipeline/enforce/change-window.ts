import type { OffsetAt } from "../baseline/schedules/time-zone.ts";

/** A time of the week at which changes may happen. `to` at or before `from` reaches into the next day. */
export interface ChangeWindow {
  /** On which it begins: 1 (Monday) to 7. */
  readonly days: readonly number[];
  /** `HH:MM`, in the zone that the caller knows. */
  readonly from: string;
  /** `24:00` is the end of the day. */
  readonly to: string;
}

const minuteMs = 60_000;
const dayMinutes = 1_440;
/** Clocks jump at whole or half hours of UTC. */
const jumpMs = 30 * minuteMs;
/** Further than this nobody looks: a week has every window once, and summer time moves it by an hour. */
const daysAhead = 8;

/** Minutes from midnight; undefined for what is no time of day. */
export function parseTimeOfDay(text: string): number | undefined {
  const [, hours, minutes] = /^(\d\d):(\d\d)$/.exec(text) ?? [];
  if (hours === undefined || minutes === undefined) return undefined;
  const total = Number(hours) * 60 + Number(minutes);
  return Number(minutes) < 60 && total <= dayMinutes ? total : undefined;
}

/**
 * Whether changes may happen at an instant, by the clock on the wall there: an hour that summer time skips is never open, one that it repeats is open
 * twice. No windows: always. A window that cannot be read is never open.
 */
export function isWithinWindows(windows: readonly ChangeWindow[], offsetAt: OffsetAt, nowMs: number): boolean {
  if (windows.length === 0) return true;
  const { day, minute } = wallClock(offsetAt, nowMs);
  const yesterday = day === 1 ? 7 : day - 1;
  return windows.some(({ days, from, to }) => {
    const start = parseTimeOfDay(from);
    const end = parseTimeOfDay(to);
    if (start === undefined || end === undefined) return false;
    if (start < end) return days.includes(day) && minute >= start && minute < end;
    return (days.includes(day) && minute >= start) || (days.includes(yesterday) && minute < end);
  });
}

/** When changes may happen next, to the minute; now if they may now; undefined: not within a week. */
export function nextOpening(windows: readonly ChangeWindow[], offsetAt: OffsetAt, nowMs: number): number | undefined {
  if (isWithinWindows(windows, offsetAt, nowMs)) return nowMs;
  const today = Math.floor((nowMs + offsetAt(nowMs) * minuteMs) / (dayMinutes * minuteMs));
  const openings: number[] = [];
  for (let day = today; day <= today + daysAhead; day++) {
    for (const { from } of windows) {
      const start = parseTimeOfDay(from);
      if (start === undefined) continue;
      const local = (day * dayMinutes + start) * minuteMs;
      // Before and after a jump of the clock: the later offset first, since the earlier one may name an hour that is skipped.
      for (const offset of new Set([offsetAt(local - 14 * 60 * minuteMs), offsetAt(local + 14 * 60 * minuteMs)])) {
        const at = local - offset * minuteMs;
        if (at > nowMs && isWithinWindows(windows, offsetAt, at)) openings.push(at);
      }
    }
  }
  // Where the clock jumps, it may jump into a window: over its beginning in spring, back before its end in autumn.
  const first = Math.ceil(nowMs / jumpMs) * jumpMs;
  for (let at = first; at <= first + daysAhead * dayMinutes * minuteMs; at += jumpMs) {
    if (offsetAt(at) !== offsetAt(at - jumpMs) && isWithinWindows(windows, offsetAt, at)) openings.push(at);
  }
  return openings.length === 0 ? undefined : Math.min(...openings);
}

/** @returns the day of the week, 1 (Monday) to 7, and minutes since midnight */
function wallClock(offsetAt: OffsetAt, nowMs: number): { readonly day: number; readonly minute: number } {
  const minutes = Math.floor(nowMs / minuteMs) + offsetAt(nowMs);
  const days = Math.floor(minutes / dayMinutes);
  // 1970 began on a Thursday.
  return { day: ((((days + 3) % 7) + 7) % 7) + 1, minute: minutes - days * dayMinutes };
}
