import { z } from "zod";
import { leftOutReasons } from "../pipeline/flows/harvest.ts";
import { sourceTroubles, troublesOf } from "./source-troubles.ts";
import type { KnownObserver } from "./state/observers.ts";
import type { LedgerRow } from "./state/sources.ts";
import type { State } from "./state/state.ts";

const count = z.int().min(0);
const time = z.iso.datetime();

const source = z
  .strictObject({
    cluster: z.string().describe("the observer's home cluster"),
    observer: z.string(),
    source: z.string().describe("its name in the observer's configuration"),
    kind: z.string(),
    state: z.enum(["starting", "running", "retrying", "ended", "failed"]),
    message: z.string().describe("why it is not running, and what to do; empty when there is nothing to say"),
    troubles: z
      .array(z.enum(sourceTroubles))
      .describe(
        "why it deserves a look, the worst first: its state, an observer that says nothing (silent), two observers with one name, records that are missing or late, or nothing but reports (idle)",
      ),
    recordsPerSecond: z.number().min(0).describe("mean over the window"),
    records: count.describe("understood in the window"),
    receivedBytes: count,
    malformed: count.describe("records that were not understood"),
    lost: count.describe("records that never arrived, as the source tells"),
    outages: count.describe("times a node, an exporter or a connection was gone"),
    dropped: count.describe("records or edges that found no room at the observer"),
    leftOut: z
      .array(z.strictObject({ reason: z.enum(leftOutReasons), flows: count }))
      .describe("understood and no egress, by reason"),
    samplingMax: z.number().min(1).describe("the largest N of 1-in-N packet sampling"),
    lagMs: z
      .strictObject({ mean: z.number(), max: z.number() })
      .nullable()
      .describe("arrival at the observer minus the record's own time; null where records have none"),
    lastArrival: time.nullable().describe("of a record, at the observer"),
    lastReport: time.describe("of the observer, at the collector"),
    firstReport: time.describe("of the observer, at the collector"),
  })
  .meta({ id: "Source" });

export const sourcesReport = z.strictObject({
  schema: z.literal("postern/sources/v1"),
  at: time,
  windowMinutes: count.describe("what sums and means are over"),
  sources: z.array(source).describe("sorted by cluster, observer and name"),
  observers: z
    .array(
      z
        .strictObject({
          cluster: z.string(),
          observer: z.string(),
          version: z.string(),
          address: z.string().describe("where its last batch came from; empty inside the collector's process"),
          firstSeen: time,
          lastSeen: time,
          lastSequence: count,
          lastShared: time.nullable().describe("when batches last showed that two observers ship under this name"),
        })
        .meta({ id: "Observer" }),
    )
    .describe("sorted by cluster and name"),
});

export type SourcesReport = z.output<typeof sourcesReport>;
export type SourceReport = z.output<typeof source>;

export const defaultWindowMinutes = 15;
/** Minutes are kept for seven days. */
export const longestWindowMinutes = 7 * 24 * 60;

/** What arrives, how fast, how late, and what was lost; of the clusters that `isReadable` allows. */
export async function reportSources(
  state: Pick<State, "sources" | "observers">,
  nowMs: number,
  windowMinutes: number,
  isReadable: (cluster: string) => boolean = () => true,
): Promise<SourcesReport> {
  const sinceMinute = Math.floor(nowMs / 60_000) - windowMinutes;
  const rows = await state.sources.since(sinceMinute);
  const observers = await state.observers.observers();
  const shared = new Set(
    observers
      .filter(({ sharedAtMs }) => sharedAtMs !== undefined && sharedAtMs >= sinceMinute * 60_000)
      .map(({ cluster, observer }) => JSON.stringify([cluster, observer])),
  );
  return {
    schema: "postern/sources/v1",
    at: iso(nowMs),
    windowMinutes,
    sources: rows
      .filter(({ cluster }) => isReadable(cluster))
      .map((row) => {
        const isShared = shared.has(JSON.stringify([row.cluster, row.observer]));
        return sourceOf(row, { nowMs, fromMs: sinceMinute * 60_000, isShared });
      }),
    observers: observers.filter(({ cluster }) => isReadable(cluster)).map(observerOf),
  };
}

interface Asked {
  readonly nowMs: number;
  /** Since when sums are. */
  readonly fromMs: number;
  /** Two observers ship under its observer's name. */
  readonly isShared: boolean;
}

function sourceOf(row: LedgerRow, asked: Asked): SourceReport {
  const { cluster, observer, source: name, standing, sums, lag, firstReportedMs } = row;
  const spanMs = asked.nowMs - Math.max(asked.fromMs, firstReportedMs);
  const { leftOut, ...counts } = sums;
  return {
    cluster,
    observer,
    source: name,
    kind: standing.kind,
    state: standing.state,
    message: standing.message,
    troubles: troublesOf(row, asked),
    recordsPerSecond: rounded(sums.records / Math.max(1, spanMs / 1000)),
    ...counts,
    leftOut: leftOutReasons.flatMap((reason) => {
      const flows = leftOut[reason] ?? 0;
      return flows === 0 ? [] : [{ reason, flows }];
    }),
    samplingMax: standing.samplingMax,
    lagMs: lag.weight === 0 ? null : { mean: rounded(lag.weightedMs / lag.weight), max: rounded(lag.maxMs) },
    lastArrival: standing.lastArrivalMs === undefined ? null : iso(standing.lastArrivalMs),
    lastReport: iso(standing.reportedAtMs),
    firstReport: iso(firstReportedMs),
  };
}

function observerOf(known: KnownObserver): SourcesReport["observers"][number] {
  const { cluster, observer, version, address, firstSeenMs, lastSeenMs, lastSequence, sharedAtMs } = known;
  return {
    cluster,
    observer,
    version,
    address,
    firstSeen: iso(firstSeenMs),
    lastSeen: iso(lastSeenMs),
    lastSequence,
    lastShared: sharedAtMs === undefined ? null : iso(sharedAtMs),
  };
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}

function rounded(value: number): number {
  return Math.round(value * 10) / 10;
}
