import { quoted } from "../../../core/quoted.ts";
import { fail, ok, type Result } from "../../../core/result.ts";

/** When a CronJob runs: at wall-clock minutes that fit all fields, or every so often since it was made. */
export type CronSchedule = CronFields | { readonly kind: "every"; readonly everyMs: number };

/** Each list ascending and without repetition. */
export interface CronFields {
  readonly kind: "fields";
  readonly minutes: readonly number[];
  readonly hours: readonly number[];
  readonly daysOfMonth: readonly number[];
  /** 1–12. */
  readonly months: readonly number[];
  /** 0 is Sunday. */
  readonly daysOfWeek: readonly number[];
  /** Whether a day must fit both fields of days; where both were restricted, one is enough. */
  readonly needsBothDays: boolean;
}

export interface CronError {
  readonly code: "cron_syntax";
  readonly message: string;
}

const monthNames = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const dayNames = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

interface Field {
  readonly title: string;
  readonly first: number;
  readonly last: number;
  readonly names: readonly string[];
}

const fields = [
  { title: "minute", first: 0, last: 59, names: [] },
  { title: "hour", first: 0, last: 23, names: [] },
  { title: "day of the month", first: 1, last: 31, names: [] },
  { title: "month", first: 1, last: 12, names: monthNames },
  { title: "day of the week", first: 0, last: 6, names: dayNames },
] as const satisfies readonly Field[];

const macros = new Map([
  ["@yearly", "0 0 1 1 *"],
  ["@annually", "0 0 1 1 *"],
  ["@monthly", "0 0 1 * *"],
  ["@weekly", "0 0 * * 0"],
  ["@daily", "0 0 * * *"],
  ["@midnight", "0 0 * * *"],
  ["@hourly", "0 * * * *"],
]);

const longestText = 1000;

/**
 * Reads a schedule as the CronJob controller does: five fields of `*`, `?`, numbers, names, ranges, steps and lists, a
 * macro, or `@every` with a duration. `5/15` runs to the end of the field; Sunday is 0 and never 7. A star with a step
 * restricts the days, a bare star does not.
 * @see github.com/robfig/cron v3, `ParseStandard`, which the API server validates with
 */
export function parseCron(text: string): Result<CronSchedule, CronError> {
  const wrong = (why: string): Result<never, CronError> =>
    fail({ code: "cron_syntax", message: `the schedule ${quoted(text)} cannot be read: ${why}` });
  if (text.length > longestText) return wrong("it is too long");
  const trimmed = text.trim();
  if (trimmed.startsWith("@every ")) {
    const everyMs = durationMs(trimmed.slice("@every ".length));
    return everyMs === undefined ? wrong("`@every` takes a duration like `1h30m`") : ok({ kind: "every", everyMs });
  }
  const spelled = trimmed.startsWith("@") ? macros.get(trimmed) : trimmed;
  if (spelled === undefined) return wrong("no such macro");
  const parts = spelled.split(/\s+/);
  if (parts.length !== fields.length) return wrong(`five fields were expected and there are ${parts.length}`);
  const parsed: FieldValues[] = [];
  for (const [i, field] of fields.entries()) {
    const values = parseField(parts[i]!, field);
    if (values === undefined) return wrong(`${quoted(parts[i])} is no ${field.title}`);
    parsed.push(values);
  }
  const [minutes, hours, daysOfMonth, months, daysOfWeek] = parsed as [
    FieldValues,
    FieldValues,
    FieldValues,
    FieldValues,
    FieldValues,
  ];
  return ok({
    kind: "fields",
    minutes: minutes.values,
    hours: hours.values,
    daysOfMonth: daysOfMonth.values,
    months: months.values,
    daysOfWeek: daysOfWeek.values,
    needsBothDays: daysOfMonth.isAny || daysOfWeek.isAny,
  });
}

interface FieldValues {
  readonly values: readonly number[];
  readonly isAny: boolean;
}

function parseField(text: string, field: Field): FieldValues | undefined {
  const values = new Set<number>();
  let isAny = false;
  for (const part of text.split(",")) {
    const item = parseItem(part, field);
    if (item === undefined) return undefined;
    isAny ||= item.isAny;
    for (let value = item.from; value <= item.to; value += item.step) values.add(value);
  }
  return { values: [...values].toSorted((a, b) => a - b), isAny };
}

interface Item {
  readonly from: number;
  readonly to: number;
  readonly step: number;
  readonly isAny: boolean;
}

function parseItem(text: string, field: Field): Item | undefined {
  const [range = "", stepText, ...tooMuch] = text.split("/");
  const step = stepText === undefined ? 1 : numberOf(stepText);
  if (tooMuch.length > 0 || step === undefined || step === 0) return undefined;
  if (range === "*" || range === "?") return { from: field.first, to: field.last, step, isAny: step === 1 };
  const [fromText = "", toText, ...more] = range.split("-");
  const from = valueOf(fromText, field);
  const to = toText === undefined ? (stepText === undefined ? from : field.last) : valueOf(toText, field);
  if (more.length > 0 || from === undefined || to === undefined || from > to) return undefined;
  return { from, to, step, isAny: false };
}

function valueOf(text: string, { first, last, names }: Field): number | undefined {
  const named = names.indexOf(text.toLowerCase());
  const value = named >= 0 ? named + first : numberOf(text);
  return value !== undefined && value >= first && value <= last ? value : undefined;
}

function numberOf(text: string): number | undefined {
  return /^[0-9]{1,4}$/.test(text) ? Number(text) : undefined;
}

const unitMs: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1000, ms: 1 };

/** Go counts nanoseconds in 64 bits. */
const longestMs = 9_223_372_036_854;

/** Go's way to write durations, as far as a schedule can use it; the controller counts whole seconds, at least one. */
function durationMs(text: string): number | undefined {
  if (!/^(?:[0-9]{1,9}(?:\.[0-9]{1,9})?(?:h|ms|m|s))+$/.test(text)) return undefined;
  let total = 0;
  for (const [, amount, unit] of text.matchAll(/([0-9.]+)(h|ms|m|s)/g)) total += Number(amount) * unitMs[unit!]!;
  return total > longestMs ? undefined : Math.max(1000, Math.floor(total / 1000) * 1000);
}
