import type { IpAddress } from "../../core/net/ip.ts";
import type { Protocol } from "../../core/net/l4.ts";
import type { Workload } from "../../core/workload/workload.ts";
import type { ObservedVerdict } from "./edge.ts";
import type { LeftOutReason } from "./harvest.ts";

/**
 * What an observer has counted between two sealings: the unit that is buffered, shipped, acknowledged and stored. A
 * batch is stored whole or not at all, and once, however often it is sent: (observer, incarnation, sequence) names it.
 */
export interface SealedBatch {
  /** The observer's name, unique within its cluster; RFC 1123 label. */
  readonly observer: string;
  /** One run of the observer: 32 hexadecimal digits, made new at each start, so that a copied buffer repeats no name. */
  readonly incarnation: string;
  /** 1, 2, 3, … in the order of sealing. Numbers that were dropped from a full buffer never come. */
  readonly sequence: number;
  /** The observer's home cluster. Owners may be in others: one feed can carry flows of many clusters. */
  readonly cluster: string;
  readonly sealedAtMs: number;
  /** Whom deltas are about, by index. */
  readonly owners: readonly BatchOwner[];
  /** Names of sources, by index. */
  readonly sources: readonly string[];
  readonly edges: readonly EdgeDelta[];
  readonly names: readonly NameDelta[];
  readonly coarse: readonly CoarseDelta[];
  readonly health: readonly SourceDelta[];
}

export interface BatchOwner {
  readonly cluster: string;
  readonly namespace: string;
  readonly workload: Workload;
}

/**
 * Flows of one edge in one hour, as one source saw them. Two sources that watch the same traffic both report it: their
 * counts are never added (see `EdgeStore`).
 */
export interface EdgeDelta {
  /** Index into `sources`. */
  readonly source: number;
  /** Index into `owners`. */
  readonly owner: number;
  readonly address: IpAddress;
  /** Of a block that a record named instead of one address. */
  readonly prefixLength: number | undefined;
  readonly protocol: Protocol;
  /** 0 where the protocol has none. */
  readonly port: number;
  readonly verdict: ObservedVerdict;
  /** As of the whole edge: which hour a policy decided in is not kept apart. */
  readonly decidedBy: readonly string[];
  /** Hours since the epoch, UTC; of the time of arrival where the records have no time. */
  readonly hour: number;
  /** 0 when the hour only saw an earlier flow go on. */
  readonly flows: number;
  /** Scaled by sampling; undefined where the source has no byte counts. */
  readonly bytes: number | undefined;
  readonly firstSeenMs: number;
  readonly lastSeenMs: number;
}

/** How a name came to stand for an address. A client's SNI is its claim; an answer is what a server told a pod. */
export type NameOrigin = (typeof nameOrigins)[number];
/** In the order of `toldBy`. Stores keep the place in this list: it only grows. */
export const nameOrigins = ["flow", "dns-answer", "tls-sni"] as const;

/** A name, an address it stood for, and who asked or connected. */
export interface NameDelta {
  readonly source: number;
  readonly owner: number;
  /** The name that was asked for or claimed; canonical form. */
  readonly name: string;
  readonly address: IpAddress;
  readonly from: NameOrigin;
  /** Aliases between the name and the address, in order: the CNAME chain of an answer. Empty where there was none. */
  readonly chain: readonly string[];
  /** The smallest TTL along the chain, in seconds; undefined where the source does not tell. */
  readonly ttlSeconds: number | undefined;
  readonly count: number;
  readonly firstSeenMs: number;
  readonly lastSeenMs: number;
}

/** Egress that a source tells of without addresses: metrics, Goldmane. A baseline of who talks at all, never of to whom. */
export interface CoarseDelta {
  readonly source: number;
  readonly owner: number;
  /** What the source calls the far end: `pub`, a network set, a subnet label; empty when it does not say. */
  readonly destination: string;
  readonly protocol: Protocol | undefined;
  readonly port: number | undefined;
  readonly verdict: ObservedVerdict;
  readonly hour: number;
  readonly flows: number | undefined;
  readonly bytes: number | undefined;
}

export const sourceStates = ["starting", "running", "retrying", "ended", "failed"] as const;
export type SourceState = (typeof sourceStates)[number];

/** What one source brought and lost since the last sealing, as counts; and how it stands. */
export interface SourceDelta {
  /** Index into `sources`. */
  readonly source: number;
  /** `netobserv-kafka`, `hubble`, …: the word of the configuration. */
  readonly kind: string;
  readonly state: SourceState;
  /** Why it is not running; for people, without secrets. */
  readonly message: string;
  /** Records understood, edges or not. */
  readonly records: number;
  readonly malformed: number;
  /** Records that the source says, or its sequence numbers prove, never arrived. */
  readonly lost: number;
  /** Times a node, an exporter or a connection was gone. */
  readonly outages: number;
  /** Records that found no room in the observer's tables, or edges dropped with a full buffer. */
  readonly dropped: number;
  readonly receivedBytes: number;
  readonly leftOut: readonly { readonly reason: LeftOutReason; readonly flows: number }[];
  /** The largest N of 1-in-N packet sampling that any record stated. */
  readonly samplingMax: number;
  /** When the last record arrived; undefined when none did. */
  readonly lastArrivalMs: number | undefined;
  /** Arrival minus the record's own time, over the records with a time; undefined when none had one. */
  readonly lagMs: { readonly mean: number; readonly max: number } | undefined;
}
