import { compareText } from "../../pipeline/flows/edge-builder.ts";
import type { StoredHealth, Window } from "./edge-store.ts";
import { type HourSpan, spansOfHours } from "./hour-span.ts";

const hourMs = 3_600_000;

/** Whole hours in which no observer of a cluster reported, between its first report and now. */
export interface ObservationGap extends HourSpan {
  readonly cluster: string;
}

/**
 * Where nobody watched. A running observer reports every half minute, also when its sources bring nothing, so an hour without
 * a report is one in which none ran. Recordings that were brought in report nothing of the kind: a history that has only
 * these has no gaps. The hour that is not over yet is none, and reports from a clock that is ahead are not believed.
 */
export function observationGaps(
  health: readonly Pick<StoredHealth, "cluster" | "kind" | "reportedHours">[],
  { window, nowMs }: { readonly window: Window; readonly nowMs: number },
): readonly ObservationGap[] {
  const end = Math.floor(Math.min(nowMs, window.toMs) / hourMs);
  const live = Map.groupBy(
    health.filter(({ kind }) => !/^import( |$)/.test(kind)),
    ({ cluster }) => cluster,
  );
  return [...live]
    .toSorted(([a], [b]) => compareText(a, b))
    .flatMap(([cluster, sources]) => {
      const spans = sources.flatMap(({ reportedHours }) => reportedHours).toSorted((a, b) => a.firstHour - b.firstHour);
      const gaps: ObservationGap[] = [];
      let next: number | undefined;
      for (const { firstHour, lastHour } of [...spans, { firstHour: end, lastHour: end }]) {
        const first = Math.min(firstHour, end);
        if (next !== undefined && first > next) gaps.push({ cluster, firstHour: next, lastHour: first - 1 });
        // Before the first report nothing is known to be missing.
        if (next !== undefined || firstHour < end) next = Math.max(next ?? 0, lastHour + 1);
      }
      return gaps;
    });
}

/** The same without the hours that flows are known of all the same: a source caught up, or a recording was brought in. */
export function withoutHours(gaps: readonly ObservationGap[], known: ReadonlySet<number>): readonly ObservationGap[] {
  return gaps.flatMap(({ cluster, firstHour, lastHour }) => {
    const missing: number[] = [];
    for (let hour = firstHour; hour <= lastHour; hour += 1) if (!known.has(hour)) missing.push(hour);
    return spansOfHours(missing).map((span) => ({ cluster, ...span }));
  });
}
