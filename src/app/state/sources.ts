import type { LeftOutReason } from "../../pipeline/flows/harvest.ts";
import type { SourceDelta, SourceState } from "../../pipeline/flows/sealed-batch.ts";

/** Names a source of an observer. */
export interface SourceKey {
  readonly cluster: string;
  readonly observer: string;
  readonly source: string;
}

/** What a source brought and lost; sums. */
export interface SourceSums extends Pick<
  SourceDelta,
  "records" | "malformed" | "lost" | "outages" | "dropped" | "receivedBytes"
> {
  readonly leftOut: Readonly<Partial<Record<LeftOutReason, number>>>;
}

/** How a source stood when it was last heard of. */
export interface SourceStanding {
  readonly kind: string;
  readonly state: SourceState;
  readonly message: string;
  readonly samplingMax: number;
  readonly lastArrivalMs: number | undefined;
  readonly reportedAtMs: number;
}

/** Late records: the sum over those with a time of their own, so that parts can be added. */
export interface LagSums {
  /** Sum of each batch's mean, weighted by its records. */
  readonly weightedMs: number;
  /** Sum of the weights. */
  readonly weight: number;
  readonly maxMs: number;
}

/** What is added to a source's minute. */
export interface SourceMinute extends SourceKey {
  /** Minutes since the epoch; by the collector's clock, when the batch was stored. */
  readonly minute: number;
  readonly standing: SourceStanding;
  readonly sums: SourceSums;
  readonly lag: LagSums;
}

export interface LedgerRow extends SourceKey {
  readonly standing: SourceStanding;
  /** Over the window that was asked for. */
  readonly sums: SourceSums;
  readonly lag: LagSums;
  readonly firstReportedMs: number;
}

/** One minute of a source in which its observer reported. */
export interface ReportedMinute extends SourceKey {
  readonly minute: number;
  readonly records: number;
  /** Lost on the way to the observer, or dropped by it. */
  readonly missing: number;
  /** Mean; undefined where no record had a time of its own. */
  readonly lagMs: number | undefined;
}

/** The last days of every source, minute by minute: what people look at to see whether all is well. */
export interface SourceLedger {
  /** Adds to the minutes, and keeps the newest standing of each source. */
  add(minutes: readonly SourceMinute[]): Promise<void>;
  /** Every known source with the sums of its minutes since `minute`, sorted by cluster, observer and source. */
  since(minute: number): Promise<readonly LedgerRow[]>;
  /** Minutes of some sources, from `minute` on; those without a report are left out. */
  minutesOf(sources: readonly SourceKey[], minute: number): Promise<readonly ReportedMinute[]>;
  /** Forgets minutes before `minute`, and sources that reported nothing since `reportedBeforeMs`. */
  forget(minute: number, reportedBeforeMs: number): Promise<void>;
}
