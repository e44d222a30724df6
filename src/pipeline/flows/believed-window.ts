import type { Edge } from "./edge.ts";
import type { FlowWindow, HarvestWarning } from "./harvest.ts";
import { HourSet } from "./hour-set.ts";

const hourMs = 3_600_000;
/** Nobody hands in recordings with a longer silence; nodes without a clock are further off. */
const longestSilenceHours = 366 * 24;

/**
 * The window without times that are more than a year from all others: one record of 1970 or 2099 would make any recording
 * look as long as a life. Of several stretches the one with the most hours counts, of equal ones the latest. The warning
 * is there where something was cut off.
 */
export function believedWindow(
  edges: readonly Edge[],
  window: FlowWindow | undefined,
): { readonly window: FlowWindow | undefined; readonly warnings: readonly HarvestWarning[] } {
  if (window === undefined || window.lastMs - window.firstMs <= longestSilenceHours * hourMs) {
    return { window, warnings: [] };
  }
  const seen = new HourSet();
  for (const { activity } of edges) seen.addAll(activity);
  let best: { first: number; last: number; hours: number } | undefined;
  let current: { first: number; last: number; hours: number } | undefined;
  for (const hour of seen.sorted()) {
    if (current === undefined || hour - current.last > longestSilenceHours) {
      current = { first: hour, last: hour, hours: 0 };
    }
    current.last = hour;
    current.hours += 1;
    if (best === undefined || current.hours >= best.hours) best = current;
  }
  if (best === undefined) return { window, warnings: [] };
  const [bestFirstMs, bestLastMs] = [best.first * hourMs, (best.last + 1) * hourMs - 1];
  const isEarly = bestFirstMs - window.firstMs > longestSilenceHours * hourMs;
  const isLate = window.lastMs - bestLastMs > longestSilenceHours * hourMs;
  if (!isEarly && !isLate) return { window, warnings: [] };
  const believed = {
    firstMs: isEarly ? bestFirstMs : window.firstMs,
    lastMs: isLate ? bestLastMs : window.lastMs,
  };
  const wrong = [...(isEarly ? [dayOf(window.firstMs)] : []), ...(isLate ? [dayOf(window.lastMs)] : [])];
  const message =
    `records of ${wrong.join(" and ")} are more than a year from all others, so their clocks are not believed: the recording ` +
    `is taken as ${dayOf(believed.firstMs)} to ${dayOf(believed.lastMs)}`;
  return { window: believed, warnings: [{ code: "flows_clock_wrong", message }] };
}

function dayOf(ms: number): string {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? "no day at all" : date.toISOString().slice(0, 10);
}
