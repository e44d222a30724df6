import type { Edge } from "../../flows/edge.ts";
import type { FlowWindow } from "../../flows/harvest.ts";
import { HourSet } from "../../flows/hour-set.ts";

const hourMs = 3_600_000;
const hoursPerWeek = 168;

/** A recording with traffic in fewer of its hours is of something small, and its silent hours say nothing. */
const busyShare = 0.8;
/** A silence as long as this is an outage, where recordings around it are busy and longer than a day on average. */
const outageHours = 24;

/**
 * Hours of the window in which nobody in the whole recording sent anything: nobody watched. Needs all edges. Short silences
 * say so only in a busy recording; an outage is told from the stretches around it, however long it was. Observers that
 * tell themselves when none of them ran are believed (`unwatched`).
 */
export function unobservedHoursOf(
  edges: readonly Edge[],
  window: FlowWindow | undefined,
  unwatched?: readonly number[],
): readonly number[] {
  if (window === undefined) return [];
  const [first, last] = [Math.floor(window.firstMs / hourMs), Math.floor(window.lastMs / hourMs)];
  if (unwatched !== undefined && unwatched.length > 0) return unwatched.filter((hour) => hour >= first && hour <= last);
  const all = last - first + 1;
  const silent = silentHours(edges, first, last);
  if (silent.length <= all * (1 - busyShare)) return silent;
  const outages = silencesOf(silent).filter((silence) => silence.length >= outageHours && !isWeekend(silence));
  const watched = all - outages.reduce((sum, { length }) => sum + length, 0);
  const busy = all - silent.length;
  return busy >= watched * busyShare && watched >= (outages.length + 1) * outageHours ? silent : [];
}

/** Hours in which no edge was active; of a busy cluster, a few edges tell that there are none. */
function silentHours(edges: readonly Edge[], first: number, last: number): readonly number[] {
  const seen = new HourSet();
  const silent = (): readonly number[] => {
    const hours: number[] = [];
    for (let hour = first; hour <= last; hour += 1) if (!seen.has(hour)) hours.push(hour);
    return hours;
  };
  let enough = last - first + 1;
  for (const { activity } of edges) {
    seen.addAll(activity);
    if (seen.size < enough) continue;
    const left = silent();
    if (left.length === 0) return left;
    // Hours outside of the window were seen too.
    enough = seen.size + left.length;
  }
  return silent();
}

/** From some time of Friday or Saturday to some time of Sunday or Monday, wherever on earth: work rests. */
function isWeekend(silence: readonly number[]): boolean {
  // 1970-01-01 was a Thursday.
  const weekdayOf = (hour: number): number => (Math.floor(hour / 24) + 4) % 7;
  const [from, to] = [weekdayOf(silence[0]!), weekdayOf(silence.at(-1)!)];
  return silence.length <= 72 && (from === 5 || from === 6) && (to === 0 || to === 1);
}

/** Stretches of hours in a row. */
function silencesOf(hours: readonly number[]): readonly (readonly number[])[] {
  const silences: number[][] = [];
  for (const hour of hours) {
    const current = silences.at(-1);
    if (current?.at(-1) === hour - 1) current.push(hour);
    else silences.push([hour]);
  }
  return silences;
}

/** What of the coming time has no counterpart in the window: 0 to 1 of a week each. */
export interface UnseenTime {
  readonly day: number;
  readonly week: number;
  /** Hours of the week that were observed, 0–168. */
  readonly hoursOfWeek: number;
  /** Whether the coming week has a turn of the month (quarter) and the window has none. */
  readonly monthTurn: boolean;
  readonly quarterTurn: boolean;
}

export function unseenTimeOf(window: FlowWindow | undefined, unobserved: readonly number[]): UnseenTime {
  if (window === undefined) return { day: 1 / 7, week: 1, hoursOfWeek: 0, monthTurn: true, quarterTurn: false };
  const [first, last] = [Math.floor(window.firstMs / hourMs), Math.floor(window.lastMs / hourMs)];
  const missing = new Set(unobserved);
  const slots = new Set<number>();
  // More than a few weeks back say no more about which hours of the week there are.
  for (let hour = Math.max(first, last - 8 * hoursPerWeek); hour <= last; hour += 1)
    if (!missing.has(hour)) slots.add(hour % hoursPerWeek);
  let dayMissing = 0;
  for (let hour = last + 1; hour <= last + 24; hour += 1) if (!slots.has(hour % hoursPerWeek)) dayMissing += 1;
  const turns = turnsIn(first, last);
  const coming = turnsIn(last + 1, last + hoursPerWeek);
  return {
    day: dayMissing / hoursPerWeek,
    week: 1 - slots.size / hoursPerWeek,
    hoursOfWeek: slots.size,
    monthTurn: coming.month && !turns.month,
    quarterTurn: coming.quarter && !turns.quarter,
  };
}

/** Whether a first day of a month, or of a quarter, begins in these hours. */
function turnsIn(firstHour: number, lastHour: number): { readonly month: boolean; readonly quarter: boolean } {
  let month = false;
  let quarter = false;
  for (let day = Math.ceil(firstHour / 24); day * 24 <= lastHour; day += 1) {
    const date = new Date(day * 24 * hourMs);
    if (date.getUTCDate() !== 1) continue;
    month = true;
    quarter ||= date.getUTCMonth() % 3 === 0;
  }
  return { month, quarter };
}
