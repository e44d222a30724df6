/**
 * Work that must happen once although processes die: written with the decision that asks for it, in its transaction. Whoever takes a
 * job holds it for a while; when it does not finish in time another takes it, so what a job does must be safe to do again.
 */
export interface JobBook {
  /** A job that waits under the same kind and key is that job: its payload and time are replaced. */
  put(job: NewJob): Promise<void>;
  /** Takes at most `limit` jobs that are due, of these kinds, for `leaseMs`. Two processes never hold one at a time. */
  take(
    owner: string,
    kinds: readonly string[],
    nowMs: number,
    leaseMs: number,
    limit: number,
  ): Promise<readonly TakenJob[]>;
  /** @returns false when the lease was lost meanwhile */
  extend(job: TakenJob, untilMs: number): Promise<boolean>;
  /** @returns false when the lease was lost meanwhile: somebody else has the job now */
  finish(job: TakenJob): Promise<boolean>;
  /** Later again, with why it failed. */
  again(job: TakenJob, atMs: number, failure: string): Promise<boolean>;
  waiting(kind: string | undefined): Promise<readonly WaitingJob[]>;
}

export interface NewJob {
  /** `deliver-proposal`, `watch-pull-request`, `learn-namespace`, … */
  readonly kind: string;
  /** What it is about, at most 200 characters; one job a kind and key waits. */
  readonly key: string;
  /** JSON. */
  readonly payload: unknown;
  readonly runAtMs: number;
}

export interface TakenJob extends NewJob {
  readonly id: number;
  /** Changes with each taking. */
  readonly lease: string;
  /** From 1. */
  readonly attempt: number;
}

export interface WaitingJob extends NewJob {
  readonly id: number;
  readonly attempts: number;
  readonly failure: string | undefined;
  readonly leasedUntilMs: number | undefined;
}
