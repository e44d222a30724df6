import { quoted } from "../../core/quoted.ts";
import { formatWorkload } from "../../core/workload/workload.ts";
import type { HarvestWarning } from "../../pipeline/flows/harvest.ts";
import type { HourSpan } from "./hour-span.ts";
import type { UnrecordedWorkload } from "./unrecorded-workloads.ts";

const hourMs = 3_600_000;
/** Of the workloads that a warning names. */
const named = 5;

/** What only a history can tell of what is missing: hours without an observer, and workloads without a flow. */
export function warningsOfHistory(
  gaps: readonly HourSpan[],
  unrecorded: readonly UnrecordedWorkload[],
): readonly HarvestWarning[] {
  const warnings: HarvestWarning[] = [];
  const lengthOf = ({ firstHour, lastHour }: HourSpan): number => lastHour - firstHour + 1;
  const [longest] = gaps.toSorted((a, b) => lengthOf(b) - lengthOf(a) || a.firstHour - b.firstHour);
  if (longest !== undefined) {
    const from = minute(longest.firstHour);
    const to = minute(longest.lastHour + 1);
    const hours = gaps.reduce((sum, gap) => sum + lengthOf(gap), 0);
    const when = gaps.length === 1 ? `from ${from} to ${to} UTC` : `the longest time from ${from} to ${to} UTC`;
    warnings.push({
      code: "flows_not_observed",
      message:
        `no observer reported for ${count(hours, "hour")}, ${when}: what was sent then is missing, ` +
        "see `postern history coverage`",
    });
  }
  if (unrecorded.length > 0) {
    const names = unrecorded.slice(0, named).map((own) => quoted(`${own.namespace}/${formatWorkload(own.workload)}`));
    const more = unrecorded.length > named ? ` and ${unrecorded.length - named} more` : "";
    warnings.push({
      code: "flows_metrics_only",
      message:
        `metrics say that ${count(unrecorded.length, "workload")} without any recorded flow ` +
        `${unrecorded.length === 1 ? "sends" : "send"} egress: ${names.join(", ")}${more}; ` +
        "what is learned would cut them off, see `postern history coarse`",
    });
  }
  return warnings;
}

/** `2026-03-02 06:00`. */
function minute(hour: number): string {
  return new Date(hour * hourMs).toISOString().slice(0, 16).replace("T", " ");
}

function count(number: number, noun: string): string {
  return `${number.toLocaleString("en-US")} ${noun}${number === 1 ? "" : "s"}`;
}
