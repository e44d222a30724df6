import { type Observation, verdict } from "../observation.ts";
import { isLoneAttempt } from "./flags.ts";
import { takeDrop } from "./network-events.ts";

const tcp = 6;

/** What a record says of packets that were dropped; -1 for numbers that it does not have. */
export interface Drops {
  /** Open vSwitch had nothing to do with the packet, or was told to drop it: what a policy's denial looks like. */
  readonly isByPolicy: boolean;
  readonly packets: number;
  /** TCP flags of the last packet that was dropped. */
  readonly flags: number;
}

/**
 * Takes in packet drops. Without network events, which most clusters do not have, they are all that tells of a denial. A
 * packet may have been counted before it was dropped, and a connection may lose one and go on: denied is what was dropped
 * by Open vSwitch and never got beyond its first packets. Of a first packet that the kernel dropped for another reason
 * nobody can have answered.
 * @param flags of the packets that were counted, 0 when there are none
 * @param packets that were counted, perhaps dropped later; -1 when none were
 * @see openshift-docs, Network Observability: `OVS_DROP_LAST_ACTION` and `OVS_DROP_EXPLICIT` for network policies
 */
export function takeDrops(o: Observation, flags: number, packets: number, sampling: number, drops: Drops): void {
  if (drops.packets <= 0 || o.verdict !== verdict.seen) return;
  const isUncounted = packets <= 0 && o.byteCount <= 0;
  const isAllDropped = isUncounted || (sampling === 1 && packets > 0 && drops.packets >= packets);
  const all = flags | Math.max(0, drops.flags);
  const isAttempt = o.protocol === tcp && isLoneAttempt(all);
  if (drops.isByPolicy) {
    if (o.protocol === tcp ? isAttempt || (all === 0 && isAllDropped) : isAllDropped) takeDrop(o);
  } else if (isAttempt && isUncounted && sampling === 1) o.verdict = verdict.unanswered;
}
