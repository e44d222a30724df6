import { Worker } from "node:worker_threads";
import type { Failure } from "../app/failure.ts";
import { answerHistory } from "../app/history/history-calls.ts";
import type { HistoryReader } from "../app/history/history-reader.ts";
import type { ClusterReader } from "../app/judge/cluster-reader.ts";
import { interrupted } from "../app/judge/recorded-judge.ts";
import { fail, type Result } from "../core/result.ts";
import type { ClusterFacts } from "../pipeline/flows/cluster-facts.ts";
import type { FromJudge, JudgeAnswer, JudgeMethod, JudgeQuestion, JudgeSettings, ToJudge } from "./judge-messages.ts";

export interface JudgeThreadOptions {
  readonly settings: JudgeSettings;
  readonly history: HistoryReader;
  readonly clusters: ClusterReader;
  /** Of the thread's heap; work that needs more fails, and the thread starts anew. */
  readonly memoryMib: number;
  /** After which work is given up, and the thread with it. */
  readonly longestMs: number;
  /** Told of what should not have happened. */
  readonly onTrouble: (message: string) => void;
  /** Another thread than the one that judges; for tests. */
  readonly entry?: URL;
}

interface Task {
  readonly id: number;
  readonly method: JudgeMethod;
  readonly argument: unknown;
  readonly settle: (result: Result<unknown, Failure>) => void;
  timer: NodeJS.Timeout | undefined;
}

/** Who waits behind so many others is told to come back. */
const mostWaiting = 256;
/** Each waits for the history or for clusters some of the time. */
const atOnce = 2;
/** A thread that falls at once is not started all the time. */
const pauseMs = 1_000;

/** First those that somebody waits for with a hand on the keyboard. */
const order: readonly JudgeMethod[] = ["judge", "flowMap", "suggest", "review"];

/** One thread, what waits for it, and what it needs to know. When it falls, what it had is answered with a failure. */
export class JudgeThread {
  readonly #options: JudgeThreadOptions;
  readonly #waiting: Task[] = [];
  readonly #running = new Map<number, Task>();
  /** Facts that the thread has been given, by their object. */
  readonly #factsRevision = new WeakMap<ClusterFacts, number>();
  #lastFacts = 0;
  #lastTask = 0;
  #worker: Worker | undefined;
  #startedAtMs = -Infinity;
  #pause: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(options: JudgeThreadOptions) {
    this.#options = options;
  }

  async run(method: JudgeMethod, argument: unknown, signal: AbortSignal): Promise<Result<unknown, Failure>> {
    if (this.#isClosed) return fail({ code: "judge_closed", message: "the server is stopping" });
    if (signal.aborted) return fail(interrupted);
    if (this.#waiting.length >= mostWaiting) return fail(busy);
    this.#lastTask += 1;
    const { promise, resolve } = Promise.withResolvers<Result<unknown, Failure>>();
    const task: Task = { id: this.#lastTask, method, argument, settle: resolve, timer: undefined };
    this.#waiting.push(task);
    const abort = (): void => this.#abort(task);
    signal.addEventListener("abort", abort, { once: true });
    this.#next();
    try {
      return await promise;
    } finally {
      signal.removeEventListener("abort", abort);
    }
  }

  /** Work under way is given up. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#pause);
    const worker = this.#worker;
    this.#worker = undefined;
    for (const task of [...this.#waiting.splice(0), ...this.#running.values()]) this.#settle(task, fail(interrupted));
    await worker?.terminate();
  }

  #abort(task: Task): void {
    const place = this.#waiting.indexOf(task);
    if (place >= 0) this.#waiting.splice(place, 1);
    else if (this.#running.has(task.id)) this.#send({ kind: "abort", id: task.id });
    // The thread's place is taken until it notices; whoever waited need not.
    task.settle(fail(interrupted));
  }

  #next(): void {
    if (this.#isClosed) return;
    while (this.#running.size < atOnce && this.#waiting.length > 0) {
      const worker = this.#started();
      if (worker === undefined) return;
      const ranks = this.#waiting.map(({ method }) => order.indexOf(method));
      const [task] = this.#waiting.splice(ranks.indexOf(Math.min(...ranks)), 1) as [Task];
      task.timer = setTimeout(() => this.#fell(worker, tooLong), this.#options.longestMs);
      this.#running.set(task.id, task);
      this.#send({ kind: "ask", id: task.id, method: task.method, argument: task.argument });
    }
  }

  #started(): Worker | undefined {
    if (this.#worker !== undefined) return this.#worker;
    const restMs = this.#startedAtMs + pauseMs - performance.now();
    if (restMs > 0) {
      this.#pause ??= setTimeout(() => {
        this.#pause = undefined;
        this.#next();
      }, restMs);
      return undefined;
    }
    this.#startedAtMs = performance.now();
    const { settings, memoryMib, entry = new URL("./judge-worker.ts", import.meta.url) } = this.#options;
    const worker = new Worker(entry, {
      workerData: settings,
      resourceLimits: { maxOldGenerationSizeMb: memoryMib },
      name: "judge",
    });
    worker.on("message", (message: FromJudge) => this.#take(worker, message));
    worker.on("error", (error: NodeJS.ErrnoException) => {
      const isMemory = error.code === "ERR_WORKER_OUT_OF_MEMORY";
      this.#options.onTrouble(
        isMemory ? "the judge ran out of memory" : `the judge fell: ${error.stack ?? error.message}`,
      );
      this.#fell(worker, isMemory ? tooLarge : fallen);
    });
    worker.on("exit", () => this.#fell(worker, fallen));
    worker.unref();
    this.#worker = worker;
    return worker;
  }

  /** What it had is answered; the next that asks finds a new thread. */
  #fell(worker: Worker, failure: Failure): void {
    if (this.#worker !== worker) return;
    this.#worker = undefined;
    void worker.terminate();
    for (const task of this.#running.values()) this.#settle(task, fail(failure));
    this.#next();
  }

  #settle(task: Task, result: Result<unknown, Failure>): void {
    clearTimeout(task.timer);
    this.#running.delete(task.id);
    task.settle(result);
  }

  #take(worker: Worker, message: FromJudge): void {
    if (message.kind === "question") {
      void this.#answer(message.question).then(
        (answer) => this.#reply(worker, message.id, answer),
        (error: unknown) => {
          const because = error instanceof Error ? error.message : String(error);
          this.#reply(worker, message.id, { about: "nothing", because });
        },
      );
      return;
    }
    const task = this.#running.get(message.id);
    if (task === undefined) return;
    if (message.kind === "broken") this.#options.onTrouble(`the judge broke: ${message.because}`);
    this.#settle(task, message.kind === "result" ? message.result : fail(broken));
    this.#next();
  }

  #reply(worker: Worker, id: number, answer: JudgeAnswer): void {
    // Of a thread that fell meanwhile nobody asks any more.
    if (this.#worker === worker) this.#send({ kind: "answer", id, answer });
  }

  #send(message: ToJudge): void {
    this.#worker?.postMessage(message);
  }

  async #answer(question: JudgeQuestion): Promise<JudgeAnswer> {
    const { history, clusters } = this.#options;
    switch (question.about) {
      case "history":
        return { about: "history", told: await answerHistory(history, question.question, question.text) };
      case "policies":
        return { about: "policies", policies: await clusters.policies(question.where) };
      case "facts": {
        const facts = await clusters.facts(question.cluster);
        if (facts === undefined) return { about: "facts", revision: 0 };
        let revision = this.#factsRevision.get(facts);
        if (revision === undefined) {
          this.#lastFacts += 1;
          revision = this.#lastFacts;
          this.#factsRevision.set(facts, revision);
        }
        return { about: "facts", revision, ...(revision === question.known ? {} : { facts }) };
      }
      default:
        return question satisfies never;
    }
  }
}

const busy: Failure = { code: "judge_busy", message: "too much is being judged at once, try again in a moment" };
const fallen: Failure = {
  code: "judge_failed",
  message: "the work could not be finished, try again; the log says why",
};
const broken: Failure = { code: "judge_failed", message: "the work could not be done; the log says why" };
const tooLarge: Failure = {
  code: "judge_too_large",
  message:
    "there is more traffic in the namespace than the judge's memory holds; give it more, or look back fewer days",
};
const tooLong: Failure = {
  code: "judge_too_long",
  message: "the work took longer than it may; look back fewer days, or try again when less is going on",
};
