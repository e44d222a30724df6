/** Hours since the epoch, from `firstHour` to `lastHour`, both included. */
export interface HourSpan {
  readonly firstHour: number;
  readonly lastHour: number;
}

/** The fewest spans that hold the given hours and no others, ascending. */
export function spansOfHours(hours: Iterable<number>): readonly HourSpan[] {
  const spans: { firstHour: number; lastHour: number }[] = [];
  for (const hour of [...new Set(hours)].toSorted((a, b) => a - b)) {
    const last = spans.at(-1);
    if (last !== undefined && last.lastHour + 1 === hour) last.lastHour = hour;
    else spans.push({ firstHour: hour, lastHour: hour });
  }
  return spans;
}
