import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import type { JobBook, NewJob, TakenJob } from "../state/jobs.ts";
import type { JobHandler, JobReport } from "./job-handler.ts";
import { pauseAfter } from "./job-pause.ts";
import { JobRunner, type JobRunnerParts } from "./job-runner.ts";

/** Enough of a book to watch a runner. */
class BookForTest implements JobBook {
  readonly rows: (NewJob & { id: number; attempts: number; lease: string | undefined; untilMs: number })[] = [];
  readonly told: string[] = [];
  failures = 0;
  #leases = 0;

  put(job: NewJob): Promise<void> {
    this.rows.push({ ...job, id: this.rows.length, attempts: 0, lease: undefined, untilMs: 0 });
    return Promise.resolve();
  }

  take(_: string, kinds: readonly string[], nowMs: number, leaseMs: number, limit: number): Promise<TakenJob[]> {
    const isFree = (row: (typeof this.rows)[number]): boolean => row.lease === undefined || row.untilMs <= nowMs;
    const due = this.rows.filter((row) => kinds.includes(row.kind) && row.runAtMs <= nowMs && isFree(row));
    return Promise.resolve(
      due.slice(0, limit).map((row) => {
        this.#leases += 1;
        Object.assign(row, { lease: `${this.#leases}`, untilMs: nowMs + leaseMs, attempts: row.attempts + 1 });
        return { ...row, lease: row.lease!, attempt: row.attempts };
      }),
    );
  }

  extend(job: TakenJob, untilMs: number): Promise<boolean> {
    return this.#with(job, "extend", (row) => void Object.assign(row, { untilMs }));
  }

  finish(job: TakenJob): Promise<boolean> {
    return this.#with(job, "finish", (row) => void this.rows.splice(this.rows.indexOf(row), 1));
  }

  again(job: TakenJob, runAtMs: number, failure: string): Promise<boolean> {
    return this.#with(job, `again: ${failure}`, (row) => void Object.assign(row, { lease: undefined, runAtMs }));
  }

  waiting(): Promise<never[]> {
    return Promise.resolve([]);
  }

  #with(job: TakenJob, what: string, work: (row: (typeof this.rows)[number]) => void): Promise<boolean> {
    if (this.failures > 0) {
      this.failures -= 1;
      return Promise.reject(new Error("the database is away"));
    }
    const row = this.rows.find(({ id, lease }) => id === job.id && lease === job.lease);
    this.told.push(row === undefined ? `too late to ${what}` : what);
    if (row !== undefined) work(row);
    return Promise.resolve(row !== undefined);
  }
}

interface Running {
  readonly book: BookForTest;
  readonly runner: JobRunner;
  readonly reports: JobReport[];
}

function run(handler: JobHandler, more: Partial<JobRunnerParts> = {}): Running {
  const book = new BookForTest();
  const reports: JobReport[] = [];
  const runner = new JobRunner({
    jobs: book,
    handlers: { deliver: handler },
    owner: "test",
    nowMs: () => Date.now(),
    everyMs: 5,
    onEnd: (report) => reports.push(report),
    ...more,
  });
  runner.start();
  return { book, runner, reports };
}

async function until(isSo: () => boolean): Promise<void> {
  for (let tries = 0; tries < 5_000 && !isSo(); tries += 1) await sleep(2);
  expect(isSo()).toBe(true);
}

const job = (key: string): NewJob => ({ kind: "deliver", key, payload: {}, runAtMs: 0 });
async function untilAborted(signal: AbortSignal): Promise<void> {
  await once(signal, "abort");
}

describe("a job runner", () => {
  test("does what is due and no more at a time than it may", async () => {
    let now = 0;
    let most = 0;
    const { book, runner, reports } = run(
      async () => {
        now += 1;
        most = Math.max(most, now);
        await sleep(3);
        now -= 1;
        return { end: "done" };
      },
      { atOnce: 3 },
    );
    for (let n = 0; n < 10; n += 1) await book.put(job(`${n}`));
    await book.put({ ...job("unknown"), kind: "other" });
    await book.put({ ...job("later"), runAtMs: Number.MAX_SAFE_INTEGER });
    runner.wake();
    await until(() => reports.length === 10);
    expect(most).toBe(3);
    expect(reports.map(({ end }) => end)).toEqual(Array.from({ length: 10 }, () => "done"));
    await runner.stop();
    expect(book.rows.map(({ key }) => key)).toEqual(["unknown", "later"]);
  });

  test("tries again what fails, when it says or after a pause", async () => {
    const { book, runner, reports } = run(
      ({ key, attempt }) => {
        if (key === "throws") throw new Error("no answer");
        return Promise.resolve(attempt === 1 ? { end: "again", inMs: 0, because: "not yet" } : { end: "done" });
      },
      { random: () => 0 },
    );
    await book.put(job("throws"));
    await book.put(job("waits"));
    await until(() => reports.length === 3);
    await runner.stop();
    expect(reports.map(({ key, attempt, end, because }) => [key, attempt, end, because])).toEqual([
      ["throws", 1, "failed", "no answer"],
      ["waits", 1, "again", "not yet"],
      ["waits", 2, "done", ""],
    ]);
    expect(book.rows[0]!.runAtMs - Date.now()).toBeGreaterThan(1_000);
  });

  test("holds what takes long, and lets go of what another has taken", async () => {
    const { book, runner, reports } = run(
      async (_, signal) => {
        await untilAborted(signal);
        return { end: "done" };
      },
      // Long enough for a busy machine: whoever is late loses it.
      { leaseMs: 2_000 },
    );
    await book.put(job("long"));
    await until(() => book.told.length > 1);
    expect(new Set(book.told)).toEqual(new Set(["extend"]));
    book.rows[0]!.lease = "of another";
    await until(() => reports.length === 1);
    expect(reports[0]).toMatchObject({ end: "lost" });
    book.rows.length = 0;
    await runner.stop();
  });

  test("tells again how a job ended when the book was away", async () => {
    const { book, runner, reports } = run(() => Promise.resolve({ end: "done" }));
    book.failures = 2;
    await book.put(job("a"));
    await until(() => reports.length === 1);
    expect(reports[0]).toMatchObject({ end: "done" });
    await runner.stop();
  });

  test("stops after what is under way", async () => {
    const { book, runner, reports } = run(async () => {
      await sleep(30);
      return { end: "done" };
    });
    await book.put(job("a"));
    await until(() => book.rows[0]!.lease !== undefined);
    await book.put(job("b"));
    await runner.stop();
    expect(reports).toMatchObject([{ key: "a", end: "done" }]);
    expect(book.rows).toMatchObject([{ key: "b", attempts: 0 }]);
  });

  test("gives back what it took while it began to stop", async () => {
    const { book, runner, reports } = run(() => Promise.resolve({ end: "done" }));
    const taking = Promise.withResolvers<undefined>();
    const take = book.take.bind(book);
    let isAsked = false;
    book.take = async (...asked) => {
      isAsked = true;
      await taking.promise;
      return take(...asked);
    };
    await until(() => isAsked);
    await book.put(job("a"));
    const stopped = runner.stop();
    taking.resolve(undefined);
    await stopped;
    expect(reports).toEqual([]);
    expect(book.told).toEqual(["again: the server stopped"]);
  });

  test("gives back what takes too long to stop", async () => {
    const { book, runner, reports } = run(async (_, signal) => {
      await untilAborted(signal);
      return { end: "again", because: "stopped" };
    });
    await book.put(job("a"));
    await until(() => book.rows[0]!.lease !== undefined);
    await runner.stop(10);
    expect(reports).toMatchObject([{ end: "returned" }]);
    expect(book.rows[0]!.runAtMs).toBeLessThanOrEqual(Date.now());
  });
});

test.each([
  [1, 2_500, 5_000],
  [2, 5_000, 10_000],
  [5, 40_000, 80_000],
  [1_000, 1_800_000, 3_600_000],
])("after failure %i a job waits between %i and %i milliseconds", (attempt, least, most) => {
  expect(pauseAfter(attempt, () => 0)).toBe(least);
  expect(pauseAfter(attempt, () => 1)).toBe(most);
});
