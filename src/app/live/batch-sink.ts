import type { SealedBatch } from "../../pipeline/flows/sealed-batch.ts";

/** Where sealed batches go: a collector far away, or the store in the same process. */
export interface BatchSink {
  /**
   * Resolves when the batch is stored durably (or was before). Rejects only when `signal` aborts; trouble on the way is
   * an answer.
   */
  deliver(batch: SealedBatch, signal: AbortSignal): Promise<Delivery>;
  close(): Promise<void>;
}

export type Delivery =
  | { readonly kind: "stored" }
  /** Trying the same batch again later can help: nobody there, overload, quota. */
  | { readonly kind: "later"; readonly reason: string; readonly afterMs: number | undefined }
  /** This batch will never be taken (too large, not allowed, not understood): it is dropped and counted. */
  | { readonly kind: "refused"; readonly reason: string };
