import type { CollectorSnapshot } from "../../pipeline/flows/collector.ts";
import type { Harvest } from "../../pipeline/flows/harvest.ts";
import type { SourceReport } from "../../pipeline/flows/seal.ts";
import { longestMessage, type SourceCut } from "./observer-source.ts";

/** What a source tells with a batch: what it brought and lost since the last one, and how it stands. */
export function reportOf(
  kind: string,
  state: SourceReport["state"],
  message: string,
  cut: SourceCut | undefined,
  harvest: Pick<Harvest, "leftOut" | "gaps" | "overflow" | "samplingMax"> | undefined,
  droppedBefore: number,
): SourceReport {
  const counts = cut?.counts;
  const overflow = harvest === undefined ? 0 : harvest.overflow.edges + harvest.overflow.names;
  return {
    kind,
    state,
    message: withClock(message, counts?.ahead ?? 0),
    records: counts?.records ?? 0,
    malformed: counts?.malformed ?? 0,
    lost: capped((counts?.lost ?? 0) + (harvest?.gaps.lostEvents ?? 0)),
    outages: (counts?.outages ?? 0) + (harvest?.gaps.nodeOutages ?? 0),
    dropped: capped((counts?.dropped ?? 0) + overflow + droppedBefore),
    receivedBytes: capped(counts?.receivedBytes ?? 0),
    leftOut: harvest?.leftOut.map(({ reason, flows }) => ({ reason, flows: capped(flows) })) ?? [],
    samplingMax: capped(harvest?.samplingMax ?? 1),
    lastArrivalMs: counts?.lastArrivalMs,
    lagMs:
      counts === undefined || counts.lagCount === 0
        ? undefined
        : { mean: Math.round(counts.lagSum / counts.lagCount), max: counts.lagMax },
  };
}

/** Streams claim what they like, as numbers of 64 bits; a batch holds no such number. */
function capped(claimed: number): number {
  return Math.min(claimed, Number.MAX_SAFE_INTEGER);
}

/** What a source says of itself, and that its clock or this machine's is wrong. */
function withClock(message: string, ahead: number): string {
  if (ahead === 0) return message;
  const records = ahead === 1 ? "1 record was" : `${ahead} records were`;
  const clock = `${records} more than 5 minutes ahead of this machine's clock and count as of their arrival`;
  return message === "" ? clock : `${message.slice(0, longestMessage - clock.length - 2)}; ${clock}`;
}

/** Whether the report, or what came with it, is worth a batch of its own. */
export function saysSomething(report: SourceReport): boolean {
  const { records, malformed, lost, outages, dropped, receivedBytes } = report;
  return records + malformed + lost + outages + dropped + receivedBytes > 0;
}

/** Whether any record stands for a flow of its own, and not only for one that goes on. */
export function countsFlows({ table }: CollectorSnapshot): boolean {
  // Flows with a time have their hours in `activity`, those that only go on have theirs in `continued`.
  return table.activity.count > 0 || (table.edges.count > 0 && table.continued.count === 0);
}
