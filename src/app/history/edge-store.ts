import type { IpAddress } from "../../core/net/ip.ts";
import type { Protocol } from "../../core/net/l4.ts";
import type { Workload } from "../../core/workload/workload.ts";
import type { Edge, ObservedVerdict } from "../../pipeline/flows/edge.ts";
import type { CoarseDelta, NameOrigin, SealedBatch, SourceDelta } from "../../pipeline/flows/sealed-batch.ts";
import type { HourSpan } from "./hour-span.ts";

/**
 * The history of edges. Rows are kept by hour, rolled up to days after a while, and dropped at the end of their
 * retention. A source is its name: rows of the same name add up, as of one agent on each node. Two sources that watch
 * the same traffic are never added: for each edge and hour (and for each day, once it is rolled up) the largest count of any
 * source holds, so that a second source adds what the first did not see and nothing else. Times of a row that lie outside
 * its hour are taken as the hour's edge. Trouble that a person can mend rejects with `HistoryUnavailable`, and so does a question
 * whose signal says that nobody waits any more, which is stopped.
 */
export interface EdgeStore {
  /**
   * Stores batches, each whole or not at all; when the promise resolves they survive a crash. A batch that is known
   * (same observer, incarnation and sequence, or a sequence below the highest one stored) changes nothing.
   * @returns for each batch whether it was new
   */
  append(batches: readonly SealedBatch[]): Promise<readonly ("stored" | "known")[]>;
  /** Whether batches of these names would change nothing. */
  known(names: readonly BatchName[]): Promise<readonly boolean[]>;
  /**
   * Edges in a window, sorted as in a harvest, with hourly or daily activity; a day's is at its first hour. Their names are what the
   * workload heard for the address, from any source, at most a day before the flow. At most `limit`; `isCut` says if more.
   */
  edges(query: EdgeQuery, signal?: AbortSignal): Promise<{ readonly edges: readonly Edge[]; readonly isCut: boolean }>;
  /** As `edges`, a part at a time for who passes them on, so that nobody holds them all. Absent where only whole answers are made. */
  edgesInParts?(
    query: EdgeQuery,
    signal?: AbortSignal,
  ): AsyncGenerator<readonly Edge[], { readonly isCut: boolean }, undefined>;
  names(query: NameQuery, signal?: AbortSignal): Promise<readonly StoredName[]>;
  /**
   * Edges to destinations (address, protocol and port) that nothing in their namespace had before `sinceMs`, the latest to
   * appear first. Traffic that was denied or unanswered is kept apart from traffic that went through.
   */
  newDestinations(
    query: {
      readonly cluster: string | undefined;
      readonly namespace: string | undefined;
      readonly sinceMs: number;
      readonly limit: number;
    },
    signal?: AbortSignal,
  ): Promise<readonly Edge[]>;
  topTalkers(
    query: {
      readonly cluster: string | undefined;
      readonly window: Window;
      readonly of: "workload" | "namespace" | "destination";
      readonly by: "flows" | "bytes";
      readonly limit: number;
    },
    signal?: AbortSignal,
  ): Promise<readonly Talker[]>;
  /** What sources told without addresses, each source by itself: what they count cannot be compared. */
  coarse(query: CoarseQuery, signal?: AbortSignal): Promise<readonly StoredCoarse[]>;
  /** Sums of what sources brought and lost in a window, with their latest state. By the hour of sealing. */
  sourceHealth(
    query: {
      readonly cluster: string | undefined;
      readonly window: Window;
    },
    signal?: AbortSignal,
  ): Promise<readonly StoredHealth[]>;
  /** Clusters and namespaces with data, with the first and last hour of each. */
  coverage(signal?: AbortSignal): Promise<readonly Coverage[]>;
  /** Rolls hours up to days and drops what is past its retention. Safe to interrupt and to run again. */
  maintain(plan: RetentionPlan): Promise<MaintenanceReport>;
  /** Writes the rows of a window as Parquet files into a new or empty folder; `onRows` tells the progress. */
  exportParquet(
    folder: string,
    window: Window,
    options: { readonly onRows?: (rows: number) => void; readonly signal?: AbortSignal },
  ): Promise<{ readonly files: readonly string[]; readonly rows: number }>;
  close(): Promise<void>;
}

/** What names a batch. */
export type BatchName = Pick<SealedBatch, "cluster" | "observer" | "incarnation" | "sequence">;

/** Half-open: from `fromMs` to before `toMs`; milliseconds since the epoch. Hours and rolled-up days count when they overlap. */
export interface Window {
  readonly fromMs: number;
  readonly toMs: number;
}

export interface EdgeQuery {
  readonly cluster: string | undefined;
  readonly namespace: string | undefined;
  readonly workload?: Workload;
  readonly window: Window;
  readonly limit: number;
}

export interface CoarseQuery extends EdgeQuery {
  /** A row for each hour (or rolled-up day), or one for the whole window; by hour where it is absent. */
  readonly per?: "hour" | "window";
}

export interface NameQuery {
  readonly cluster: string | undefined;
  readonly namespace: string | undefined;
  readonly window: Window;
  readonly name?: string;
  readonly address?: IpAddress;
  readonly limit: number;
}

export interface StoredName {
  readonly cluster: string;
  readonly namespace: string;
  readonly workload: Workload;
  readonly name: string;
  readonly address: IpAddress;
  readonly from: NameOrigin;
  readonly chain: readonly string[];
  readonly ttlSeconds: number | undefined;
  readonly count: number;
  readonly firstSeenMs: number;
  readonly lastSeenMs: number;
}

export interface Talker {
  readonly cluster: string;
  readonly namespace: string | undefined;
  readonly workload: Workload | undefined;
  readonly address: IpAddress | undefined;
  readonly flows: number;
  readonly bytes: number | undefined;
  /** Distinct (address, protocol, port). */
  readonly destinations: number;
}

export interface StoredCoarse extends Omit<CoarseDelta, "source" | "owner"> {
  readonly cluster: string;
  readonly namespace: string;
  readonly workload: Workload;
  readonly source: string;
  readonly protocol: Protocol | undefined;
  readonly verdict: ObservedVerdict;
  /** The last hour that the row adds up; `hour` is the first. Rolled-up days stand at their first hour. */
  readonly lastHour: number;
}

export interface StoredHealth extends Omit<SourceDelta, "source"> {
  readonly cluster: string;
  readonly observer: string;
  readonly source: string;
  /** When the state was last reported. */
  readonly reportedAtMs: number;
  /** The hours in which anything was reported, be it that nothing came; ascending, neither overlapping nor touching. */
  readonly reportedHours: readonly HourSpan[];
}

export interface Coverage {
  readonly cluster: string;
  readonly namespace: string;
  readonly firstHour: number;
  readonly lastHour: number;
  readonly edges: number;
}

export interface RetentionPlan {
  readonly nowMs: number;
  /** Hours older than this become days. */
  readonly hourlyDays: number;
  /** Days older than this are dropped. */
  readonly dailyDays: number;
}

export interface MaintenanceReport {
  readonly rolledUp: number;
  readonly dropped: number;
}
