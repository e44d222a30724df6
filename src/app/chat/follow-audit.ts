import { quoted } from "../../core/quoted.ts";
import type { Result } from "../../core/result.ts";
import { matches } from "../access/grants.ts";
import type { AuditRecord } from "../audit/audit-log.ts";
import type { Failure } from "../failure.ts";
import type { JobHandler } from "../jobs/job-handler.ts";
import type { Decisions } from "../state/books.ts";
import type { TellFailure } from "./slack-api.ts";

/** Somebody who is told what the audit log records. */
export interface Destination {
  /** Stable: the log's place is kept under it. `slack`, `webhook/siem`. */
  readonly name: string;
  /** Whether this record is for them. */
  wants(record: AuditRecord): boolean;
  tell(record: AuditRecord, signal: AbortSignal): Promise<Result<void, TellFailure>>;
}

export interface FollowParts {
  readonly decisions: Decisions;
  readonly destinations: readonly Destination[];
  readonly nowMs: () => number;
  readonly onTrouble: (failure: Failure) => void;
}

export const tellKind = "tell";
/** Records that are read at a time. */
const atATime = 100;
const everyMs = 5_000;
const firstPauseMs = 5_000;
const longestPauseMs = 3_600_000;
/** Over more than two hours; then the record is left out, and the log says so. */
const mostTries = 12;

interface Place {
  /** Next record to look at. */
  readonly from: number;
  /** Failed tries of that one. */
  readonly failures: number;
}

/** Each destination begins with what is recorded from now on; one that was there before goes on where it was. */
export async function beginToTell({ decisions, destinations, nowMs }: FollowParts): Promise<void> {
  const known = new Set((await decisions.jobs.waiting(tellKind)).map(({ key }) => key));
  const from = await decisions.audit.size();
  for (const { name } of destinations) {
    if (known.has(name)) continue;
    const payload: Place = { from, failures: 0 };
    await decisions.jobs.put({ kind: tellKind, key: name, payload, runAtMs: nowMs() });
  }
}

/**
 * Tells what was recorded since the last time, in order, and keeps the place as the next job: a crash between telling and keeping tells one
 * record twice and loses none. What cannot be told for hours is left out, so that the rest is not held up for ever.
 */
export function tellJob({ decisions, destinations, nowMs, onTrouble }: FollowParts): JobHandler {
  const byName = new Map(destinations.map((destination) => [destination.name, destination]));
  return async (job, signal) => {
    const destination = byName.get(job.key);
    // It is no longer configured: its place is forgotten.
    if (destination === undefined) return { end: "done" };
    const { place, pauseMs } = await tellFrom(destination, placeOf(job.payload), signal);
    await decisions.jobs.put({ kind: tellKind, key: job.key, payload: place, runAtMs: nowMs() + pauseMs });
    return { end: "done" };
  };

  async function tellFrom(
    destination: Destination,
    { from, failures }: Place,
    signal: AbortSignal,
  ): Promise<{ readonly place: Place; readonly pauseMs: number }> {
    const records = await decisions.audit.read(from, atATime);
    let failed = failures;
    for (const record of records) {
      if (signal.aborted) return { place: { from: record.sequence, failures: failed }, pauseMs: 0 };
      const failure = destination.wants(record) ? await failureOf(destination, record, signal) : undefined;
      if (failure !== undefined) {
        const tries = failed + 1;
        if (!failure.isFinal && tries < mostTries) {
          const pauseMs = Math.max(failure.afterMs ?? 0, Math.min(longestPauseMs, firstPauseMs * 2 ** failed));
          onTrouble(failure);
          return { place: { from: record.sequence, failures: tries }, pauseMs };
        }
        await leaveOut(destination, record, failure);
      }
      failed = 0;
    }
    const next = records.at(-1);
    const place: Place = { from: next === undefined ? from : next.sequence + 1, failures: failed };
    return { place, pauseMs: records.length === atATime ? 0 : everyMs };
  }

  async function failureOf(
    destination: Destination,
    record: AuditRecord,
    signal: AbortSignal,
  ): Promise<TellFailure | undefined> {
    try {
      const told = await destination.tell(record, signal);
      return told.ok ? undefined : told.error;
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      return { code: "chat_failed", message: `${quoted(destination.name)} failed: ${why}`, isFinal: false };
    }
  }

  async function leaveOut({ name }: Destination, record: AuditRecord, failure: TellFailure): Promise<void> {
    onTrouble({
      code: "chat_left_out",
      message: `record ${record.sequence} was not told to ${quoted(name)}: ${failure.message}`,
    });
    await decisions.audit.append([
      {
        atMs: nowMs(),
        kind: "chat.undelivered",
        subject: `destination/${name}`,
        actor: { subject: "postern", name: "Postern" },
        payload: { sequence: record.sequence, kind: record.kind, why: failure.message },
      },
    ]);
  }
}

function placeOf(payload: unknown): Place {
  const { from = 0, failures = 0 } = payload as Partial<Place>;
  return { from, failures };
}

/** Whether a record is of a kind and place that somebody asked for; patterns with `*`, none: any. */
export function isAbout(record: AuditRecord, kinds: readonly string[], namespaces: readonly string[]): boolean {
  if (!kinds.some((kind) => matches(kind, record.kind))) return false;
  if (namespaces.length === 0) return true;
  const { cluster, namespace } = record.payload;
  if (typeof cluster !== "string" || typeof namespace !== "string") return false;
  return namespaces.some((pattern) => matches(pattern, `${cluster}/${namespace}`));
}
