import type { Cidr } from "../../core/net/ip-set.ts";
import type { IpAddress } from "../../core/net/ip.ts";
import type { Protocol } from "../../core/net/l4.ts";
import type { Workload } from "../../core/workload/workload.ts";
import type { ObservedVerdict } from "../../pipeline/flows/edge.ts";
import type { Window } from "./edge-store.ts";

/** What traffic can be grouped by. A workload is told with its namespace, a namespace with its cluster, a port with its protocol. */
export const trafficGroups = [
  "cluster",
  "namespace",
  "workload",
  "address",
  "name",
  "protocol",
  "port",
  "verdict",
] as const;
export type TrafficGroup = (typeof trafficGroups)[number];

export interface TrafficFilter {
  readonly window: Window;
  /** Nothing outside of these is looked at; undefined: everything. */
  readonly within: readonly { readonly cluster: string; readonly namespace: string }[] | undefined;
  /** Each of the following: one of them holds; left out or empty: all. */
  readonly clusters?: readonly string[];
  readonly namespaces?: readonly string[];
  readonly workloads?: readonly Workload[];
  readonly blocks?: readonly Cidr[];
  /** Names in canonical form; `*.example.com` is every name below it. */
  readonly names?: readonly string[];
  readonly protocols?: readonly Protocol[];
  readonly ports?: readonly number[];
  readonly verdicts?: readonly ObservedVerdict[];
  /** Found without case in the namespace, the workload's name, or a name of the destination; or the address itself. */
  readonly text?: string;
}

export type TrafficSort = TrafficGroup | "flows" | "bytes" | "destinations" | "firstSeenMs" | "lastSeenMs";

export interface TrafficGroupQuery extends TrafficFilter {
  /** At least one; equal rows of these are one. */
  readonly by: readonly TrafficGroup[];
  readonly sort: TrafficSort;
  readonly isDescending: boolean;
  /** Rows to leave out at the beginning. */
  readonly offset: number;
  readonly limit: number;
}

/** Sums over the edges of a group, counted as in a harvest; what it is not grouped by is undefined. */
export interface TrafficSum {
  readonly cluster: string | undefined;
  readonly namespace: string | undefined;
  readonly workload: Workload | undefined;
  readonly address: IpAddress | undefined;
  /** Of a block that a source told instead of an address. */
  readonly prefixLength: number | undefined;
  /** Of the address; or the one name it is grouped by, and none where no name is known. At most eight, sorted. */
  readonly names: readonly string[] | undefined;
  readonly protocol: Protocol | undefined;
  readonly port: number | undefined;
  readonly verdict: ObservedVerdict | undefined;
  readonly flows: number;
  readonly bytes: number | undefined;
  /** Distinct (address, protocol, port). */
  readonly destinations: number;
  readonly firstSeenMs: number;
  readonly lastSeenMs: number;
}

export interface TrafficTimeQuery extends TrafficFilter {
  readonly by: TrafficGroup | undefined;
  /** Whole hours. */
  readonly bucketHours: number;
  /** Largest groups that are told apart; the rest is one. */
  readonly most: number;
}

/**
 * Questions about traffic that pages ask: any grouping, in any order, a page at a time. What nobody waits for any more, by the
 * signal, is not begun, or stopped; it rejects with `HistoryUnavailable`.
 */
export interface TrafficReader {
  sums(
    query: TrafficGroupQuery,
    signal?: AbortSignal,
  ): Promise<{ readonly rows: readonly TrafficSum[]; readonly total: number }>;
  /** Flows by bucket, from the one that holds the window's begin; `key` is the group as people call it, undefined for what is left together. */
  overTime(
    query: TrafficTimeQuery,
    signal?: AbortSignal,
  ): Promise<{
    readonly firstHour: number;
    readonly series: readonly { readonly key: string | undefined; readonly flows: readonly number[] }[];
  }>;
}
