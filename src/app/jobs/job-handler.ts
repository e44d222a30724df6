import type { TakenJob } from "../state/jobs.ts";

/** How a job ended: done for good, or to be tried again, in `inMs` or after a pause that grows with the attempts. */
export type JobEnd =
  | { readonly end: "done" }
  | { readonly end: "again"; readonly inMs?: number | undefined; readonly because: string };

/**
 * Does one job. May be called again for a job that was done already, when its process died before saying so. One that rejects is tried
 * again later. `signal` aborts when the job was lost to another process, or this one stops: end soon, what comes of it no longer counts.
 */
export type JobHandler = (job: TakenJob, signal: AbortSignal) => Promise<JobEnd>;

/** By kind of job. */
export type JobHandlers = Readonly<Record<string, JobHandler>>;

/** How one run of a job went, for metrics and the log. */
export interface JobReport {
  readonly kind: string;
  readonly key: string;
  readonly attempt: number;
  readonly tookMs: number;
  /** `lost`: another process has it now. `returned`: this process stopped in the middle. */
  readonly end: "done" | "again" | "failed" | "lost" | "returned";
  /** Of one that did not end as done; empty otherwise. */
  readonly because: string;
}
