import { pause } from "../live/back-off.ts";
import type { JobBook, TakenJob } from "../state/jobs.ts";
import type { JobEnd, JobHandlers, JobReport } from "./job-handler.ts";
import { pauseAfter } from "./job-pause.ts";

export interface JobRunnerParts {
  readonly jobs: JobBook;
  readonly handlers: JobHandlers;
  /** Of this process, for people who look who holds a job. */
  readonly owner: string;
  readonly nowMs: () => number;
  /** Most jobs at a time. */
  readonly atOnce?: number;
  /** How long a job stays with a process that died. */
  readonly leaseMs?: number;
  /** How often to look for jobs that became due; those of this process come with {@link JobRunner.wake}. */
  readonly everyMs?: number;
  readonly random?: () => number;
  readonly onEnd?: (report: JobReport) => void;
  /** The book could not be asked. */
  readonly onTrouble?: (error: unknown) => void;
}

interface Held {
  readonly job: TakenJob;
  readonly stop: AbortController;
  untilMs: number;
  isLost: boolean;
  readonly ended: Promise<void>;
}

/** Takes jobs that are due, holds them while they are worked on, and writes down how they ended. */
export class JobRunner {
  readonly #parts: Required<JobRunnerParts>;
  readonly #kinds: readonly string[];
  readonly #held = new Set<Held>();
  readonly #stopping = new AbortController();
  #woken = new AbortController();
  #running: Promise<unknown> | undefined;

  constructor(parts: JobRunnerParts) {
    this.#parts = {
      atOnce: 4,
      leaseMs: 60_000,
      everyMs: 1_000,
      random: Math.random,
      onEnd: () => {},
      onTrouble: () => {},
      ...parts,
    };
    this.#kinds = Object.keys(parts.handlers);
  }

  start(): void {
    this.#running ??= Promise.all([this.#takeUntilStopped(), this.#extendUntilStopped()]);
  }

  /** Looks at once: something was put just now. */
  wake(): void {
    this.#woken.abort();
  }

  /** Takes no more, waits for what is under way, and after `graceMs` gives the rest back to be taken by others at once. */
  async stop(graceMs = 5_000): Promise<void> {
    this.#stopping.abort();
    this.wake();
    const ended = Promise.all([...this.#held].map((held) => held.ended));
    const patience = new AbortController();
    await Promise.race([ended, pause(graceMs, patience.signal)]);
    patience.abort();
    for (const held of this.#held) held.stop.abort();
    await ended;
    await this.#running;
  }

  async #takeUntilStopped(): Promise<void> {
    const { jobs, owner, nowMs, leaseMs, atOnce, everyMs, onTrouble } = this.#parts;
    while (!this.#stopping.signal.aborted) {
      this.#woken = new AbortController();
      const free = atOnce - this.#held.size;
      let taken: readonly TakenJob[] = [];
      try {
        if (free > 0) taken = await jobs.take(owner, this.#kinds, nowMs(), leaseMs, free);
      } catch (error) {
        onTrouble(error);
      }
      if (this.#stopping.signal.aborted) return this.#giveBack(taken);
      for (const job of taken) this.#begin(job);
      // With every hand full the end of a job wakes this up.
      if (free === 0 || taken.length < free) await pause(everyMs, this.#woken.signal);
    }
  }

  /** Taken while the process began to stop, and not begun. */
  async #giveBack(taken: readonly TakenJob[]): Promise<void> {
    const { jobs, nowMs, onTrouble } = this.#parts;
    for (const job of taken) await jobs.again(job, nowMs(), "the server stopped").catch(onTrouble);
  }

  #begin(job: TakenJob): void {
    const stop = new AbortController();
    const untilMs = this.#parts.nowMs() + this.#parts.leaseMs;
    const held: Held = { job, stop, untilMs, isLost: false, ended: Promise.resolve() };
    this.#held.add(held);
    const ended = this.#work(held).finally(() => {
      this.#held.delete(held);
      this.wake();
    });
    Object.assign(held, { ended });
  }

  async #work(held: Held): Promise<void> {
    const { handlers, nowMs, random, onEnd } = this.#parts;
    const { job, stop } = held;
    const { kind, key, attempt } = job;
    const begunMs = nowMs();
    let end: JobEnd;
    let isFailure = false;
    try {
      end = await handlers[kind]!(job, stop.signal);
    } catch (error) {
      isFailure = true;
      end = { end: "again", because: error instanceof Error ? error.message : String(error) };
    }
    const told = { kind, key, attempt, tookMs: nowMs() - begunMs };
    const because = end.end === "again" ? end.because : "";
    const isReturned = stop.signal.aborted && !held.isLost && end.end === "again";
    const isKept = await this.#tellBook(held, async (jobs) => {
      if (end.end === "done") return jobs.finish(job);
      const inMs = isReturned ? 0 : (end.inMs ?? pauseAfter(attempt, random));
      return jobs.again(job, nowMs() + inMs, because.slice(0, 1_000));
    });
    if (!isKept) onEnd({ ...told, end: "lost", because });
    else onEnd({ ...told, end: isReturned ? "returned" : isFailure ? "failed" : end.end, because });
  }

  /** Tries as long as the job is held. @returns false when it no longer is */
  async #tellBook(held: Held, tell: (jobs: JobBook) => Promise<boolean>): Promise<boolean> {
    const { jobs, nowMs, random, onTrouble } = this.#parts;
    for (let tries = 1; ; tries += 1) {
      try {
        return await tell(jobs);
      } catch (error) {
        onTrouble(error);
        if (held.isLost || nowMs() >= held.untilMs) return false;
      }
      await pause(Math.min(5_000, 100 * 2 ** tries) * (0.5 + random() / 2), this.#stopping.signal);
      if (this.#stopping.signal.aborted && tries > 3) return false;
    }
  }

  async #extendUntilStopped(): Promise<void> {
    const { leaseMs, nowMs } = this.#parts;
    const isOver = (): boolean => this.#stopping.signal.aborted && this.#held.size === 0;
    while (!isOver()) {
      // Jobs that end while the process stops still want their lease, in short steps.
      const stepMs = this.#stopping.signal.aborted ? Math.min(100, leaseMs / 3) : leaseMs / 3;
      await pause(stepMs, this.#stopping.signal.aborted ? new AbortController().signal : this.#stopping.signal);
      for (const held of this.#held) {
        if (held.untilMs - nowMs() < (leaseMs * 2) / 3) await this.#extend(held);
      }
    }
  }

  async #extend(held: Held): Promise<void> {
    const { jobs, nowMs, leaseMs, onTrouble } = this.#parts;
    const untilMs = nowMs() + leaseMs;
    try {
      if (await jobs.extend(held.job, untilMs)) held.untilMs = untilMs;
      else if (this.#held.has(held)) held.isLost = true;
    } catch (error) {
      onTrouble(error);
      // Nobody could say so, but by now another process may have it.
      held.isLost = nowMs() >= held.untilMs;
    }
    if (held.isLost) held.stop.abort();
  }
}
