import type { IpAddress } from "../../core/net/ip.ts";
import type { Protocol } from "../../core/net/l4.ts";
import type { Workload } from "../../core/workload/workload.ts";

/**
 * What the source itself said about the fate of the traffic; most sources only see it. `unanswered`: attempts to connect
 * that got no answer while every packet was recorded.
 */
export type ObservedVerdict = (typeof observedVerdicts)[number];
/** Records are packed with the place in this list, and stores keep it: it only grows. */
export const observedVerdicts = ["seen", "allowed", "denied", "unanswered"] as const;

/** Of one edge; of more, those are left out that come last as texts. */
export const maxDecidersPerEdge = 8;

/**
 * Aggregated flows of one workload to one destination. The key is everything up to and including `verdict`; the rest
 * are sums over the flows that share it. Counts a source cannot give are undefined, never zero.
 */
export interface Edge {
  readonly cluster: string;
  readonly namespace: string;
  readonly workload: Workload;
  readonly address: IpAddress;
  /** Block the record named instead of one address (plain form only); undefined for a single address. */
  readonly prefixLength: number | undefined;
  readonly protocol: Protocol;
  /** Destination port of the real endpoint, after service translation; 0 where the protocol has none. */
  readonly port: number;
  readonly verdict: ObservedVerdict;
  /** Names with evidence that this address was meant, canonical form, sorted. */
  readonly names: readonly string[];
  /**
   * Policies that the source says gave the verdict, as `formatDecider` writes them, sorted; empty where it does not tell.
   * At most {@link maxDecidersPerEdge}.
   */
  readonly decidedBy: readonly string[];
  /** Flow records, one per source record that was counted. */
  readonly flows: number;
  /** Scaled by the sampling rate where the source samples. */
  readonly bytes: number | undefined;
  /** Milliseconds since the epoch, UTC; undefined where the source has no time. */
  readonly firstSeenMs: number | undefined;
  readonly lastSeenMs: number | undefined;
  /** Hours since the epoch in which the edge was seen, ascending, with the number of flows in each. */
  readonly activity: readonly { readonly hour: number; readonly flows: number }[];
}
