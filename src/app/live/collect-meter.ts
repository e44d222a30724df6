import type { SealedBatch } from "../../pipeline/flows/sealed-batch.ts";

/** What a collector counts as it goes; kept by whoever publishes figures. All functions are cheap and never throw. */
export interface CollectMeter {
  /** `lagMs`: from sealing at the observer to being stored here. */
  stored(batch: SealedBatch, bytes: number, lagMs: number): void;
  /** A batch that was stored before. */
  known(): void;
  /** Not taken, by the code of the answer: for ever or for now. */
  turnedAway(kind: "refused" | "later", code: string): void;
  /** One write to the store, with what it held. */
  appended(seconds: number, batches: number, edges: number): void;
  waiting(batches: number, bytes: number): void;
}
