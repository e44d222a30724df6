import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import type { Failure } from "../../app/failure.ts";
import type { PieceReaderSnapshot, ReadingPlan } from "../../pipeline/flows/piece-reader.ts";
import type { FromWorker, ToWorker, WorkerTask } from "./flow.worker.ts";
import type { LineChunk, LongLine } from "./line-chunks.ts";
import { segmentCount, type SegmentedFile } from "./segments.ts";

/** One per core, and no more than share one disk well. */
export function defaultWorkers(): number {
  return Math.min(8, Math.max(2, availableParallelism()));
}

interface Member {
  readonly worker: Worker;
  readonly progress: Float64Array<SharedArrayBuffer>;
}

/** Worker threads that read segments on their own, and chunks as they are handed over. */
export class WorkerCrew {
  readonly failures: Failure[] = [];
  private readonly control = new Int32Array(new SharedArrayBuffer(8));
  private readonly members: readonly Member[];
  private readonly free: Member[] = [];
  /** `undefined` wakes those who wait for a worker when one has broken. */
  private readonly waiting: ((member: Member | undefined) => void)[] = [];
  private readonly snapshots: Promise<PieceReaderSnapshot>[];
  /** What broke a worker, while chunks are handed over. */
  private breakage: { readonly error: unknown } | undefined;

  constructor(plan: ReadingPlan, files: readonly SegmentedFile[], workers: number) {
    const segments = segmentCount(files);
    this.members = Array.from({ length: workers }, () => {
      const progress = new Float64Array(new SharedArrayBuffer(24));
      const task: WorkerTask = { plan, files, segments, control: this.control, progress };
      return { worker: new Worker(workerUrl(), { workerData: task }), progress };
    });
    this.snapshots = this.members.map(async (member) => this.listen(member));
    // A worker that breaks is noticed where its result is awaited, or the next chunk is handed over.
    for (const snapshot of this.snapshots) {
      snapshot.catch((error: unknown) => {
        this.breakage ??= { error };
        for (const wake of this.waiting.splice(0)) wake(undefined);
      });
    }
  }

  private async listen(member: Member): Promise<PieceReaderSnapshot> {
    return new Promise((resolve, reject) => {
      member.worker.on("error", reject);
      member.worker.on("exit", () => reject(new Error("a worker ended without a result")));
      member.worker.on("message", (message: FromWorker) => {
        if (message.kind === "finished") resolve(message.snapshot);
        else if (message.kind === "failed") this.stopFor(message.failure);
        else this.release(member);
      });
    });
  }

  private stopFor(failure: Failure): void {
    if (!this.failures.some(({ message }) => message === failure.message)) this.failures.push(failure);
    Atomics.store(this.control, 1, 1);
  }

  private release(member: Member): void {
    const next = this.waiting.shift();
    if (next === undefined) this.free.push(member);
    else next(member);
  }

  /** Hands a chunk to the first worker that is free, and waits for one: at most one chunk per worker is under way. */
  async submit(input: number, piece: number, chunk: LineChunk | LongLine): Promise<void> {
    const member = this.breakage === undefined ? (this.free.shift() ?? (await this.nextFree())) : undefined;
    if (member === undefined) throw this.breakage?.error;
    const message: ToWorker = { kind: "chunk", input, piece, chunk };
    member.worker.postMessage(message, [chunk.bytes.buffer]);
  }

  private async nextFree(): Promise<Member | undefined> {
    return new Promise((resolve) => {
      this.waiting.push(resolve);
    });
  }

  async finish(): Promise<readonly PieceReaderSnapshot[]> {
    const message: ToWorker = { kind: "finish" };
    for (const { worker } of this.members) worker.postMessage(message);
    return Promise.all(this.snapshots);
  }

  /** Ends all workers at once; nothing is kept. */
  async stop(): Promise<void> {
    Atomics.store(this.control, 1, 1);
    await Promise.all(this.members.map(async ({ worker }) => worker.terminate()));
  }

  /** [bytes of segments, flows, malformed] of all workers so far. */
  progress(): readonly [number, number, number] {
    const sum = (index: number): number => this.members.reduce((total, { progress }) => total + progress[index]!, 0);
    return [sum(0), sum(1), sum(2)];
  }
}

/** The worker's file: TypeScript in a checkout; the build gives the bundle an entry of the same name. */
function workerUrl(): URL {
  return new URL("./flow.worker.ts", import.meta.url);
}
