import type { Harvest } from "../../pipeline/flows/harvest.ts";
import { sealHarvest } from "../../pipeline/flows/seal.ts";
import type { EdgeDelta, NameDelta, SealedBatch } from "../../pipeline/flows/sealed-batch.ts";
import { hourMs } from "../history/rows/codes.ts";

export const weekMs = 7 * 24 * hourMs;
/** The first Monday, 00:00 UTC, since the epoch. */
const firstMondayMs = 4 * 24 * hourMs;

/** A week of edges by hour, from Monday 00:00 UTC. */
export interface RecordedWeek {
  readonly startMs: number;
  readonly batch: SealedBatch;
}

export const sampleObserver = "sample";
export const sampleSource = "netobserv";

/** Takes the week in which the recording begins. Undefined where nothing has a time. */
export function recordedWeek(harvest: Harvest, cluster: string): RecordedWeek | undefined {
  const { window } = harvest;
  if (window === undefined) return undefined;
  const startMs = weekOf(window.firstMs);
  const batch = sealHarvest(harvest, {
    observer: sampleObserver,
    incarnation: "0".repeat(32),
    sequence: 1,
    cluster,
    sealedAtMs: window.lastMs,
    source: sampleSource,
    kind: "sample",
    arrivedAtMs: window.lastMs,
  });
  return { startMs, batch };
}

/** Monday 00:00 UTC of the week that a moment lies in. */
export function weekOf(ms: number): number {
  return Math.floor((ms - firstMondayMs) / weekMs) * weekMs + firstMondayMs;
}

/** The recording as if it had been made `weeks` weeks before the week of `nowMs`, without what would lie in the future. */
export function movedWeek({ startMs, batch }: RecordedWeek, weeks: number, nowMs: number): SealedBatch {
  const byMs = weekOf(nowMs) - weeks * weekMs - startMs;
  const isPast = (ms: number): boolean => ms + byMs < nowMs;
  return {
    ...batch,
    edges: batch.edges.filter(({ lastSeenMs }) => isPast(lastSeenMs)).map((edge) => movedEdge(edge, byMs)),
    names: batch.names.filter(({ lastSeenMs }) => isPast(lastSeenMs)).map((name) => movedName(name, byMs)),
    health: [],
  };
}

function movedEdge(edge: EdgeDelta, byMs: number): EdgeDelta {
  const { hour, firstSeenMs, lastSeenMs } = edge;
  // Whole weeks are whole hours.
  return { ...edge, hour: hour + byMs / hourMs, firstSeenMs: firstSeenMs + byMs, lastSeenMs: lastSeenMs + byMs };
}

function movedName(name: NameDelta, byMs: number): NameDelta {
  return { ...name, firstSeenMs: name.firstSeenMs + byMs, lastSeenMs: name.lastSeenMs + byMs };
}
