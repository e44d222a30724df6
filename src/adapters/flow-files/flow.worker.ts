import { parentPort, workerData } from "node:worker_threads";
import type { Failure } from "../../app/failure.ts";
import { PieceReader, type PieceReaderSnapshot, type ReadingPlan } from "../../pipeline/flows/piece-reader.ts";
import { type LineChunk, type LongLine, readChunk } from "./line-chunks.ts";
import { pathFailure } from "./path-failure.ts";
import { SegmentError, SegmentReader, type SegmentedFile } from "./segments.ts";

/** What a worker is given when it starts. */
export interface WorkerTask {
  readonly plan: ReadingPlan;
  readonly files: readonly SegmentedFile[];
  readonly segments: number;
  /** [next segment to claim, 1 when everybody must stop] */
  readonly control: Int32Array<SharedArrayBuffer>;
  /** [bytes, flows, malformed] of this worker */
  readonly progress: Float64Array<SharedArrayBuffer>;
}

export type ToWorker =
  | { readonly kind: "chunk"; readonly input: number; readonly piece: number; readonly chunk: LineChunk | LongLine }
  | { readonly kind: "finish" };

export type FromWorker =
  | { readonly kind: "ready" }
  | { readonly kind: "failed"; readonly failure: Failure }
  | { readonly kind: "finished"; readonly snapshot: PieceReaderSnapshot };

/** Claims segments until none is left, then takes chunks until told to finish. */
function work(task: WorkerTask, port: NonNullable<typeof parentPort>): void {
  const reader = new PieceReader(task.plan);
  const post = (message: FromWorker, transfer: ArrayBuffer[] = []): void => port.postMessage(message, transfer);
  const report = (): void => {
    task.progress[1] = reader.progress.flows;
    task.progress[2] = reader.progress.malformed;
  };
  const segments = new SegmentReader(task.files, reader);
  try {
    while (Atomics.load(task.control, 1) === 0) {
      const number = Atomics.add(task.control, 0, 1);
      if (number >= task.segments) break;
      task.progress[0] = task.progress[0]! + segments.read(number);
      report();
    }
  } catch (error) {
    if (!(error instanceof SegmentError)) throw error;
    post({ kind: "failed", failure: pathFailure(error.path, error.cause) });
  }
  segments.close();
  port.on("message", (message: ToWorker) => {
    if (message.kind === "chunk") {
      readChunk(reader, message.input, message.piece, message.chunk);
      report();
      post({ kind: "ready" });
    } else {
      const snapshot = reader.snapshot();
      post({ kind: "finished", snapshot }, buffersOf(snapshot));
      port.close();
    }
  });
  post({ kind: "ready" });
}

/** The large parts of a snapshot, which are handed over and not copied. */
function buffersOf({ collected: { table } }: PieceReaderSnapshot): ArrayBuffer[] {
  return [
    table.symbols.pool.buffer,
    table.symbols.starts.buffer,
    table.sources.pool.buffer,
    table.sources.starts.buffer,
    table.addresses.buffer,
    table.edges.buffer,
    table.activity.buffer,
    table.continued.buffer,
    table.names.buffer,
  ];
}

if (parentPort !== null) work(workerData as WorkerTask, parentPort);
