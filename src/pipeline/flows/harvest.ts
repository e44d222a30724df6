import type { Cidr } from "../../core/net/ip-set.ts";
import type { IpAddress } from "../../core/net/ip.ts";
import type { Workload } from "../../core/workload/workload.ts";
import type { FlowFormat } from "../sources/flow-format.ts";
import type { Edge } from "./edge.ts";
import type { NameOrigin } from "./sealed-batch.ts";

/** Everything that one reading of recorded flows brought in: the edges, and what a person must know to trust them. */
export interface Harvest {
  /** Sorted by cluster, namespace, workload, address, protocol, port, verdict: the same flows give the same list. */
  readonly edges: readonly Edge[];
  /** Which names stood for which addresses, sorted by name, address, namespace and workload. */
  readonly nameEvidence: readonly NameEvidence[];
  /** Flows that were understood and are not edges, one entry per reason that occurred, in the order of the union. */
  readonly leftOut: readonly LeftOut[];
  readonly malformed: Malformed;
  readonly inputs: readonly FlowInput[];
  /**
   * From the first to the last record with a time, of any kind, less times more than a year from all others; undefined when
   * no record has one.
   */
  readonly window: FlowWindow | undefined;
  /** The largest N of 1-in-N packet sampling that any record stated; 1 means nothing was sampled away. */
  readonly samplingMax: number;
  readonly gaps: Gaps;
  /** Hours since the epoch in which observers say that none of them ran, ascending; absent where nobody tells. */
  readonly unwatchedHours?: readonly number[] | undefined;
  /** Requests to proxies for hosts behind them, which no flow leads to; absent when none was seen. */
  readonly proxied?: Proxied | undefined;
  readonly clusterNetworks: ClusterNetworks;
  /** What did not fit into the limits; all zero when everything did. */
  readonly overflow: Overflow;
  /** False when sampling, gaps or overflow mean that traffic may have been missed: the warnings say which. */
  readonly isComplete: boolean;
  readonly warnings: readonly HarvestWarning[];
}

/** A name, an address it stood for, and for whom. One entry for each name, address, workload and origin. */
export interface NameEvidence {
  /** Canonical form: lower case, no trailing dot. */
  readonly name: string;
  readonly address: IpAddress;
  /** Who asked or connected; the cluster is empty where the record does not tell. */
  readonly cluster: string;
  readonly namespace: string;
  readonly workload: Workload;
  readonly from: NameOrigin;
  /** Aliases between the name and the address, in order, as the last answer gave them; empty where there were none. */
  readonly chain: readonly string[];
  /** The smallest TTL that any answer gave; undefined where none tells. */
  readonly ttlSeconds: number | undefined;
  readonly count: number;
  readonly firstSeenMs: number | undefined;
  readonly lastSeenMs: number | undefined;
}

/** Why a flow is not an edge; the order is the order of reports. */
export const leftOutReasons = [
  /** The other direction of a connection that is counted, or answers of a pod that was called. */
  "reply",
  /** The source is not a pod: traffic from outside, from a service address. */
  "not-from-pod",
  /** The source is a node or a host-network pod; egress firewalls do not select these. */
  "host-network",
  /** Judged on its way into a pod: ingress rules, ingress side of a flow. */
  "ingress",
  /** Another copy of a flow that is counted: second interface, second node, egress node, later packet, summary. */
  "duplicate",
  /** Nothing tells which side opened the connection. */
  "initiator-unknown",
  /** The source address belongs to no known pod and the record names none. */
  "source-unknown",
  /** To pods, or to services whose backends are pods. */
  "internal",
  /** To a service address whose backends are not known. */
  "service-unresolved",
  /** To addresses OVN uses for itself. */
  "ovn-internal",
  "multicast",
  /** Not about one connection: DNS answers, agent events, metrics, records without an address. */
  "not-a-flow",
] as const;

export type LeftOutReason = (typeof leftOutReasons)[number];

export interface LeftOut {
  readonly reason: LeftOutReason;
  readonly flows: number;
  /** One of them in words, `shop/cart-5d4f 10.128.2.7 → 10.129.0.4 tcp/8080`. */
  readonly example: string;
}

export interface Malformed {
  readonly count: number;
  /** At most five, the first ones by input and place. */
  readonly samples: readonly MalformedSample[];
}

export interface MalformedSample {
  readonly file: string;
  /** From 1; undefined where records are not lines. */
  readonly line: number | undefined;
  /** Of the record's first byte, after decompression. */
  readonly byteOffset: number;
  /** The start of the record: printable characters only, shortened, values of strings kept. */
  readonly text: string;
  readonly reason: string;
}

export interface FlowInput {
  readonly path: string;
  /** Undefined for an empty file. */
  readonly format: FlowFormat | undefined;
  readonly compression: "none" | "gzip" | "zstd";
  /** Read from disk or stream, before decompression. */
  readonly bytes: number;
  /** Records understood, edges or not. */
  readonly flows: number;
  readonly malformed: number;
  /** The last record was cut off, as happens with a file that is being written. */
  readonly isTruncated: boolean;
}

export interface FlowWindow {
  readonly firstMs: number;
  readonly lastMs: number;
}

/** What the source itself says it lost. */
export interface Gaps {
  readonly lostEvents: number;
  /** Times a node was reported gone or unavailable. */
  readonly nodeOutages: number;
}

export interface Proxied {
  readonly requests: number;
  /** The first of them, `10.128.2.7 → 192.0.2.9 tcp/3128 for api.example.com`. */
  readonly example: string;
}

export interface ClusterNetworks {
  readonly pods: readonly Cidr[];
  readonly services: readonly Cidr[];
  /** `given` by the caller, read from a cluster `dump`, `inferred` from the flows, or `unknown`. */
  readonly origin: "given" | "dump" | "inferred" | "unknown";
}

/** Flows that were counted but could not be kept apart, because a limit was reached. */
export interface Overflow {
  readonly edges: number;
  readonly activity: number;
  readonly names: number;
}

export interface HarvestWarning {
  readonly code: HarvestWarningCode;
  /** One sentence, lower case, no full stop, with what to do. */
  readonly message: string;
}

export type HarvestWarningCode =
  | "flows_sampled"
  | "flows_lost"
  | "flows_not_observed"
  | "flows_metrics_only"
  | "flows_malformed"
  | "flows_none"
  | "flows_empty_input"
  | "flows_overflow"
  | "flows_truncated"
  | "flows_clock_wrong"
  | "flows_audit_log_partial"
  | "flows_proxied"
  | "flows_dns_hidden"
  | "flows_names_disputed"
  | "flows_source_unknown"
  | "flows_initiator_unknown"
  | "flows_service_unresolved"
  | "flows_networks_inferred"
  | "flows_networks_unknown";
