import type { Edge } from "../../flows/edge.ts";

export const hourMs = 3_600_000;

/** Hour since the epoch in which the edge was first seen; undefined where the source has no times. */
export function firstHourOf({ activity, firstSeenMs }: Edge): number | undefined {
  return firstSeenMs === undefined ? activity[0]?.hour : Math.floor(firstSeenMs / hourMs);
}

/** Bytes of a TCP connection that is opened, refused or closed at once: no request fits. */
const emptyConnection = 260;
/** Mean packet of such connections, where packets are sampled and a whole connection is never seen. */
const emptyPacket = 80;

/**
 * Whether nothing but the attempt itself went over the wire: nobody answered, the cluster denied it, or the bytes hold no
 * request. False where bytes are not known. `sampling` is N of 1-in-N; bytes are scaled by it.
 */
export function isEmpty({ verdict, protocol, bytes, flows }: Edge, sampling: number): boolean {
  if (verdict === "unanswered" || verdict === "denied") return true;
  if (bytes === undefined || protocol !== "tcp") return false;
  return sampling > 1 ? bytes <= flows * sampling * emptyPacket : bytes <= flows * emptyConnection;
}

/** A few flows in at most two hours. */
export function isBrief({ flows, activity }: Edge): boolean {
  return flows <= 4 && activity.length <= 2;
}

/** At most a few flows on each day, in at most two of its hours: one visit, or the same visit every day. */
export function isVisit({ flows, activity }: Edge): boolean {
  if (activity.length <= 2 && flows <= 4) return true;
  let days = 0;
  let last: number | undefined;
  for (const { hour } of activity) {
    const day = Math.floor(hour / 24);
    if (day !== last) days += 1;
    last = day;
  }
  return flows <= 4 * days && activity.length <= 2 * days;
}
