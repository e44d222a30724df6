import type { JobHandler } from "../jobs/job-handler.ts";
import type { NamespaceRecord } from "../state/namespaces.ts";
import type { NamespaceRef } from "../wire/list.ts";
import { countNamespaces, type Counted } from "./count-namespaces.ts";
import { DueReviews } from "./due-reviews.ts";
import type { NamespaceJobParts } from "./namespace-job-parts.ts";
import { countPastDays } from "./past-days.ts";
import { reviewKind } from "./review-job.ts";
import { widestExposure } from "./widest-exposure.ts";

export const recountKind = "recount-namespaces";

const dayMs = 86_400_000;
/** Namespaces of one transaction: others wait for it. */
const atOnce = 100;
const leastPauseMs = 15_000;
/** Days before today hardly change: late traffic, and days on which nobody counted. */
const pastEveryMs = 3_600_000;
/** So many times as long as it took it rests: counting takes at most a twentieth of the time. */
const restFactor = 20;

type Key = string;

/** Finds namespaces, counts what they do, writes the day's figures, and asks for the reviews that are due. */
export function recountJob(parts: NamespaceJobParts): JobHandler {
  const due = new DueReviews(parts.clusters);
  /** Figures of days as they were written last. */
  const days = new Map<Key, string>();
  let pastAtMs = -Infinity;
  return async (_, signal) => {
    const begunMs = parts.nowMs();
    const { decisions, nowMs } = parts;
    const [counted, known, { defaultPhase }] = await Promise.all([
      countNamespaces(parts, begunMs),
      decisions.namespaces.all(),
      parts.automation(),
    ]);
    const records = new Map(known.map((record) => [keyOf(record), record]));
    const all = [...new Map([...known, ...counted.values()].map((own) => [keyOf(own), own])).values()];
    const reviews = await due.among(all, { records, counted, nowMs: begunMs });
    const changed: NamespaceRef[] = [];
    for (let from = 0; from < all.length && !signal.aborted; from += atOnce) {
      const some = all.slice(from, from + atOnce);
      const work = some.flatMap(({ cluster, namespace }) => {
        const where = { cluster, namespace };
        const [record, own] = [records.get(keyOf(where)), counted.get(keyOf(where)) ?? { ...where, ...nothing }];
        const isNew = record === undefined;
        const isChanged = isNew || !isSame(record, own);
        const day = dayOf(record, own, begunMs);
        const isDue = reviews.has(keyOf(where));
        const isDayNew = days.get(keyOf(where)) !== JSON.stringify(day);
        return isChanged || isDue || isDayNew ? [{ where, own, isNew, isChanged, day, isDue }] : [];
      });
      if (work.length === 0) continue;
      await decisions.change(async (books) => {
        for (const { where, own, isNew, isChanged, day, isDue } of work) {
          const { cluster: _cluster, namespace: _namespace, deniedToday: _denied, ...counts } = own;
          if (isChanged) {
            const phase = isNew ? { phase: defaultPhase } : {};
            await books.namespaces.set(where, { ...counts, ...phase, countedAtMs: begunMs });
          }
          await books.namespaces.setDay(where, day);
          if (isDue) {
            const key = keyOf(where).slice(0, 200);
            await books.jobs.put({ kind: reviewKind, key, payload: where, runAtMs: begunMs });
          }
        }
      });
      for (const { where, day, isChanged } of work) {
        days.set(keyOf(where), JSON.stringify(day));
        if (isChanged) changed.push(where);
      }
    }
    for (const where of changed) parts.events.tell({ type: "namespace", ...where }, where);
    const pauseMs = Math.max(leastPauseMs, restFactor * (nowMs() - begunMs));
    if (nowMs() - pastAtMs >= pastEveryMs || dayStart(pastAtMs) !== dayStart(begunMs)) {
      await countPastDays(parts, [...counted.values()], begunMs, signal);
      pastAtMs = begunMs;
    }
    await decisions.jobs.put({ kind: recountKind, key: "all", payload: {}, runAtMs: nowMs() + pauseMs });
    return { end: "done" };
  };
}

const nothing: Omit<Counted, keyof NamespaceRef> = {
  flows: 0,
  destinations: 0,
  workloads: 0,
  firstSeenMs: undefined,
  lastSeenMs: undefined,
  deniedToday: 0,
};

function keyOf({ cluster, namespace }: NamespaceRef): Key {
  return `${cluster}/${namespace}`;
}

function isSame(record: NamespaceRecord, own: Counted): boolean {
  return (
    record.flows === own.flows &&
    record.destinations === own.destinations &&
    record.workloads === own.workloads &&
    record.firstSeenMs === own.firstSeenMs &&
    record.lastSeenMs === own.lastSeenMs
  );
}

function dayOf(
  record: NamespaceRecord | undefined,
  { deniedToday }: Counted,
  nowMs: number,
): { dayMs: number; exposure: number | undefined; readiness: number | undefined; denied: number } {
  const exposure = record?.exposure ?? undefined;
  return {
    dayMs: dayStart(nowMs),
    exposure: exposure === undefined ? undefined : widestExposure(exposure),
    readiness: record?.readinessDay,
    denied: deniedToday,
  };
}

/** Midnight before, UTC. */
function dayStart(ms: number): number {
  return Math.floor(ms / dayMs) * dayMs;
}
