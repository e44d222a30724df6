import type { JobHandlers } from "../jobs/job-handler.ts";
import type { Decisions } from "../state/books.ts";
import type { NamespaceJobParts } from "./namespace-job-parts.ts";
import { recountJob, recountKind } from "./recount-job.ts";
import { reviewJob, reviewKind } from "./review-job.ts";

/** The jobs that keep the book of namespaces. */
export function namespaceJobs(parts: NamespaceJobParts): JobHandlers {
  return { [recountKind]: recountJob(parts), [reviewKind]: reviewJob(parts) };
}

/** Counting follows counting for ever; what is needed is that there is a first one, and that it is soon. */
export async function beginNamespaceJobs({ jobs }: Pick<Decisions, "jobs">, nowMs: number): Promise<void> {
  await jobs.put({ kind: recountKind, key: "all", payload: {}, runAtMs: nowMs });
}
