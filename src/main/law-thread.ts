import { Worker } from "node:worker_threads";
import { type LawBench, unasked } from "../app/law/law-bench.ts";
import type { LawAnswer, LawInput } from "../app/law/law-judge.ts";
import type { StoredLaw } from "../app/state/law-book.ts";
import type { FromLawThread, LawThreadSettings, ToLawThread } from "./law-messages.ts";

export interface LawThreadOptions extends LawThreadSettings {
  /** Of the thread's heap; a question that needs more is answered with a refusal, and the thread starts anew. */
  readonly memoryMib: number;
  /** After which a question is given up, and the thread with it. */
  readonly longestMs: number;
  /** Told of what should not have happened. */
  readonly onTrouble: (message: string) => void;
  /** Another thread than the one that asks the law; for tests. */
  readonly entry?: URL;
}

interface Question extends ToLawThread {
  readonly settle: (answer: LawAnswer) => void;
  timer: NodeJS.Timeout | undefined;
}

/** Who waits behind so many others is told to come back. */
const mostWaiting = 1_000;
/** Each may wait for an OPA. */
const atOnce = 4;

/** The law asked in a thread of its own. Whatever befalls it, the answer is a verdict that forbids, never an approval. */
export class LawThread implements LawBench {
  readonly #options: LawThreadOptions;
  readonly #waiting: Question[] = [];
  readonly #running = new Map<number, Question>();
  #last = 0;
  #worker: Worker | undefined;
  #isClosed = false;

  constructor(options: LawThreadOptions) {
    this.#options = options;
  }

  judge(laws: readonly StoredLaw[], input: LawInput): Promise<LawAnswer> {
    if (this.#isClosed) return Promise.resolve(away("the server is stopping"));
    if (this.#waiting.length >= mostWaiting) return Promise.resolve(away("too much is being asked at once"));
    this.#last += 1;
    const { promise, resolve } = Promise.withResolvers<LawAnswer>();
    this.#waiting.push({ id: this.#last, laws, input, settle: resolve, timer: undefined });
    this.#next();
    return promise;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const worker = this.#worker;
    this.#worker = undefined;
    this.#refuse([...this.#waiting.splice(0), ...this.#running.values()], "the server is stopping");
    await worker?.terminate();
  }

  #next(): void {
    while (!this.#isClosed && this.#running.size < atOnce && this.#waiting.length > 0) {
      const question = this.#waiting.shift()!;
      const worker = (this.#worker ??= this.#started());
      const { id, laws, input } = question;
      question.timer = setTimeout(() => this.#fell(worker, "it took too long"), this.#options.longestMs);
      this.#running.set(id, question);
      worker.postMessage({ id, laws, input } satisfies ToLawThread);
    }
  }

  #started(): Worker {
    const { opa, memoryMib, entry = new URL("./law-worker.ts", import.meta.url) } = this.#options;
    const worker = new Worker(entry, {
      workerData: { opa } satisfies LawThreadSettings,
      resourceLimits: { maxOldGenerationSizeMb: memoryMib },
      name: "law",
    });
    worker.on("message", (message: FromLawThread) => this.#take(message));
    worker.on("error", (error: NodeJS.ErrnoException) => {
      const isMemory = error.code === "ERR_WORKER_OUT_OF_MEMORY";
      this.#options.onTrouble(
        isMemory ? "the law's judge ran out of memory" : `the law's judge fell: ${error.stack ?? error.message}`,
      );
      this.#fell(
        worker,
        isMemory ? "the policy needs more memory than there is" : "its judge fell, and the log says why",
      );
    });
    worker.on("exit", () => this.#fell(worker, "its judge fell, and the log says why"));
    worker.unref();
    return worker;
  }

  #take(message: FromLawThread): void {
    const question = this.#running.get(message.id);
    if (question === undefined) return;
    if ("answer" in message) this.#settle(question, message.answer);
    else {
      this.#options.onTrouble(`the law's judge broke: ${message.because}`);
      this.#refuse([question], "its judge broke, and the log says why");
    }
    this.#next();
  }

  /** What it had is refused; the next that asks finds a new thread. */
  #fell(worker: Worker, why: string): void {
    if (this.#worker !== worker) return;
    this.#worker = undefined;
    void worker.terminate();
    this.#refuse([...this.#running.values()], why);
    this.#next();
  }

  #refuse(questions: readonly Question[], why: string): void {
    for (const question of questions) this.#settle(question, away(why));
  }

  #settle(question: Question, answer: LawAnswer): void {
    clearTimeout(question.timer);
    this.#running.delete(question.id);
    question.settle(answer);
  }
}

function away(why: string): LawAnswer {
  return unasked("law-away", `the law cannot be asked, because ${why}: try again later`);
}
