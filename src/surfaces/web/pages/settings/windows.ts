import type { AutomationSettings } from "../../../../app/wire/settings.ts";

export const dayNames = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"] as const;

/** What keeps the settings from being saved, one sentence each; empty when nothing does. */
export function automationTroubles({
  windows,
  timeZone,
  threshold,
  changesPerDay,
  reviewEveryDays,
}: AutomationSettings): readonly string[] {
  const time = /^(?:[01]\d|2[0-3]):[0-5]\d$/;
  return [
    ...windows.flatMap(({ days, from, to }, at) => [
      ...(days.length === 0 ? [`Window ${at + 1} has no day`] : []),
      ...(time.test(from) && time.test(to) ? [] : [`Window ${at + 1} needs two times, such as 09:00 and 17:00`]),
      ...(from === to && from !== "" ? [`Window ${at + 1} begins when it ends`] : []),
    ]),
    ...(isTimeZone(timeZone) ? [] : [`\`${timeZone}\` is no time zone; write one as Europe/Zurich`]),
    ...(threshold >= 0.5 && threshold <= 1 ? [] : ["The threshold is from 50 to 100 %"]),
    ...(Number.isInteger(changesPerDay) && changesPerDay >= 0 && changesPerDay <= 10_000
      ? []
      : ["The changes in a day are a whole number up to 10,000"]),
    ...(Number.isInteger(reviewEveryDays) && reviewEveryDays >= 1 && reviewEveryDays <= 366
      ? []
      : ["People look again after 1 to 366 days"]),
  ];
}

function isTimeZone(name: string): boolean {
  try {
    return name !== "" && new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions().timeZone !== "";
  } catch {
    return false;
  }
}

/** One pattern a line; white space and empty lines do not count. */
export function patternsOf(text: string): readonly string[] {
  return text
    .split(/[\n,]/)
    .map((pattern) => pattern.trim())
    .filter((pattern) => pattern !== "");
}
