import { type ChildProcess, fork } from "node:child_process";
import { setPriority } from "node:os";
import { fileURLToPath } from "node:url";
import type { Failure } from "../app/failure.ts";
import { answerHistory } from "../app/history/history-calls.ts";
import type { HistoryReader } from "../app/history/history-reader.ts";
import type { ClusterReader } from "../app/judge/cluster-reader.ts";
import { interrupted } from "../app/judge/recorded-judge.ts";
import { fail, type Result } from "../core/result.ts";
import type { ClusterFacts } from "../pipeline/flows/cluster-facts.ts";
import type { FromJudge, JudgeAnswer, JudgeMethod, JudgeQuestion, JudgeSettings, ToJudge } from "./judge-messages.ts";

export interface JudgeProcessOptions {
  readonly settings: JudgeSettings;
  readonly history: HistoryReader;
  readonly clusters: ClusterReader;
  /** Of the process's heap; work that needs more fails, and the process starts anew. */
  readonly memoryMib: number;
  /** After which work is given up, and the process with it. */
  readonly longestMs: number;
  /** Told of what should not have happened. */
  readonly onTrouble: (message: string) => void;
  /** Whether others go first where the processor is short. */
  readonly isPatient?: boolean;
  /** Another program than the one that judges; for tests. */
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
/** What falls at once is not started all the time. */
const pauseMs = 1_000;
/** Of what it writes before it falls, the last: Node.js tells there why. */
const mostLastWords = 8_192;
/** As `nice` counts, from -20 to 19. */
const patience = 10;

/** First those that somebody waits for with a hand on the keyboard. */
const order: readonly JudgeMethod[] = ["judge", "flowMap", "suggest", "review"];

/**
 * One process, what waits for it, and what it needs to know. When it falls, what it had is answered with a failure. A process and no thread: the
 * engine ends the whole process when one large piece of memory is not to be had.
 */
export class JudgeProcess {
  readonly #options: JudgeProcessOptions;
  readonly #waiting: Task[] = [];
  readonly #running = new Map<number, Task>();
  /** Facts that the process has been given, by their object. */
  readonly #factsRevision = new WeakMap<ClusterFacts, number>();
  #lastFacts = 0;
  #lastTask = 0;
  #child: ChildProcess | undefined;
  #startedAtMs = -Infinity;
  #pause: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(options: JudgeProcessOptions) {
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
    const child = this.#child;
    this.#child = undefined;
    for (const task of [...this.#waiting.splice(0), ...this.#running.values()]) this.#settle(task, fail(interrupted));
    if (child !== undefined) await ended(child);
  }

  #abort(task: Task): void {
    const place = this.#waiting.indexOf(task);
    if (place >= 0) this.#waiting.splice(place, 1);
    else if (this.#running.has(task.id)) this.#send({ kind: "abort", id: task.id });
    // Its place is taken until the judge notices; whoever waited need not.
    task.settle(fail(interrupted));
  }

  #next(): void {
    if (this.#isClosed) return;
    while (this.#running.size < atOnce && this.#waiting.length > 0) {
      const child = this.#started();
      if (child === undefined) return;
      const ranks = this.#waiting.map(({ method }) => order.indexOf(method));
      const [task] = this.#waiting.splice(ranks.indexOf(Math.min(...ranks)), 1) as [Task];
      task.timer = setTimeout(() => this.#fell(child, tooLong), this.#options.longestMs);
      this.#running.set(task.id, task);
      this.#send({ kind: "ask", id: task.id, method: task.method, argument: task.argument });
    }
  }

  #started(): ChildProcess | undefined {
    if (this.#child !== undefined) return this.#child;
    const restMs = this.#startedAtMs + pauseMs - performance.now();
    if (restMs > 0) {
      this.#pause ??= setTimeout(() => {
        this.#pause = undefined;
        this.#next();
      }, restMs);
      return undefined;
    }
    this.#startedAtMs = performance.now();
    const {
      settings,
      memoryMib,
      isPatient = false,
      entry = new URL("./judge-child.ts", import.meta.url),
    } = this.#options;
    const child = fork(fileURLToPath(entry), [], {
      execArgv: [`--max-old-space-size=${memoryMib}`],
      // It opens nothing and calls nobody, so it gets none of the server's settings; schedules have the server's time zone.
      env: process.env.TZ === undefined ? {} : { TZ: process.env.TZ },
      serialization: "advanced",
      stdio: ["ignore", "ignore", "pipe", "ipc"],
    });
    let lastWords = "";
    child.stderr!.setEncoding("utf8").on("data", (text: string) => {
      lastWords = (lastWords + text).slice(-mostLastWords);
    });
    child.on("message", (message: FromJudge) => this.#take(child, message));
    child.on("error", (error) => this.#trouble(child, `the judge could not be started: ${error.message}`, fallen));
    child.on("close", (code, signal) => {
      const isMemory = /out of memory/i.test(lastWords);
      const how = signal === null ? `with exit code ${code}` : `by ${signal}`;
      const why = isMemory ? "the judge ran out of memory" : `the judge fell ${how}: ${lastWords.trim()}`;
      this.#trouble(child, why, isMemory ? tooLarge : fallen);
    });
    if (isPatient) letOthersGoFirst(child);
    child.unref();
    child.channel?.unref();
    this.#child = child;
    this.#send({ kind: "start", settings });
    return child;
  }

  #trouble(child: ChildProcess, why: string, failure: Failure): void {
    if (this.#child !== child) return;
    this.#options.onTrouble(why);
    this.#fell(child, failure);
  }

  /** What it had is answered; the next that asks finds a new process. */
  #fell(child: ChildProcess, failure: Failure): void {
    if (this.#child !== child) return;
    this.#child = undefined;
    child.kill("SIGKILL");
    for (const task of this.#running.values()) this.#settle(task, fail(failure));
    this.#next();
  }

  #settle(task: Task, result: Result<unknown, Failure>): void {
    clearTimeout(task.timer);
    this.#running.delete(task.id);
    task.settle(result);
  }

  #take(child: ChildProcess, message: FromJudge): void {
    if (message.kind === "question") {
      void this.#answer(message.question).then(
        (answer) => this.#reply(child, message.id, answer),
        (error: unknown) => {
          const because = error instanceof Error ? error.message : String(error);
          this.#reply(child, message.id, { about: "nothing", because });
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

  #reply(child: ChildProcess, id: number, answer: JudgeAnswer): void {
    // Of one that fell meanwhile nobody asks any more.
    if (this.#child === child) this.#send({ kind: "answer", id, answer });
  }

  #send(message: ToJudge): void {
    // What cannot be sent was for one that is falling: its end is heard of.
    this.#child?.send(message, () => {});
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

/** Ends a child, and waits until it is gone. */
async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  child.once("exit", () => resolve());
  child.ref();
  child.kill("SIGKILL");
  await promise;
}

function letOthersGoFirst({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) setPriority(pid, patience);
  } catch {
    // Some systems do not let it; then it goes on like everybody.
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
