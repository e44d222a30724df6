import { hourMs } from "./edge-sums.ts";
import type { Edge } from "./edge.ts";

/** What of an edge falls into one hour. */
export interface EdgeHour {
  readonly hour: number;
  readonly flows: number;
  readonly bytes: number | undefined;
  readonly firstSeenMs: number;
  readonly lastSeenMs: number;
}

/**
 * Splits an edge by hours, ascending. Flows are where its activity says; flows that have no hour of their own (records
 * without a time, or more hours than there was room for) go to the hour of the last known time, or of `arrivedAtMs`. Bytes are shared
 * out by flows, and the shares of whole byte counts are whole and add up exactly. Times are clipped to the hour, in whole
 * milliseconds.
 */
export function splitByHour(edge: Edge, arrivedAtMs: number): readonly EdgeHour[] {
  const first = edge.firstSeenMs ?? arrivedAtMs;
  const last = edge.lastSeenMs ?? arrivedAtMs;
  const hours = edge.activity.map(({ hour, flows }) => ({ hour, flows }));
  const placed = hours.reduce((sum, { flows }) => sum + flows, 0);
  if (hours.length === 0 || placed < edge.flows) {
    const hour = Math.floor(last / hourMs);
    const known = hours.find((own) => own.hour === hour);
    if (known === undefined) hours.push({ hour, flows: edge.flows - placed });
    else known.flows += edge.flows - placed;
    hours.sort((a, b) => a.hour - b.hour);
  }
  const total = hours.reduce((sum, { flows }) => sum + flows, 0);
  let before = 0;
  let shared = 0;
  return hours.map(({ hour, flows }, i): EdgeHour => {
    before += flows;
    // By the running total: what is rounded away in one hour comes in a later one.
    const isRest = before === total && (total > 0 || i === hours.length - 1);
    const upTo = edge.bytes === undefined || isRest ? edge.bytes : shareOf(edge.bytes, before, total);
    const bytes = upTo === undefined ? undefined : upTo - shared;
    shared = upTo ?? 0;
    const from = hour * hourMs;
    return {
      hour,
      flows,
      bytes,
      firstSeenMs: clip(Math.floor(first), from),
      lastSeenMs: clip(Math.floor(last), from),
    };
  });
}

function shareOf(bytes: number, part: number, whole: number): number {
  return whole === 0 ? 0 : Math.min(bytes, Math.floor(bytes * (part / whole)));
}

function clip(timeMs: number, hourStartMs: number): number {
  return Math.min(Math.max(timeMs, hourStartMs), hourStartMs + hourMs - 1);
}
