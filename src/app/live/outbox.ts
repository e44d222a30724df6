import type { Result } from "../../core/result.ts";
import type { Failure } from "../failure.ts";

/**
 * Where batches wait, on disk, until somebody else has stored them. What was appended survives a crash; what was not
 * leaves no trace, so that a source starts again exactly behind the last batch that holds its records.
 */
export interface Outbox {
  /** Names this life of the outbox in every batch; see `SealedBatch.incarnation`. */
  readonly incarnation: string;
  /** Of the next batch to append. */
  readonly nextSequence: number;
  /** Where sources were when the last batch was sealed, by name. */
  readonly positions: ReadonlyMap<string, SourcePosition>;
  /**
   * What the next `append` will drop from the other end to stay within the limit: it is to be told in the batch that is
   * appended, so that a crash in between neither drops silently nor tells twice.
   */
  overdue(): DroppedBatches;
  /**
   * Appends a batch with the positions of all sources, and what was {@link overdue} is dropped. On failure nothing
   * has changed, and the same batch can be given again.
   */
  append(entry: OutboxEntry): Promise<Result<void, Failure>>;
  /** The oldest batch that is neither done nor dropped; waits for one. Undefined when `signal` aborts. */
  oldest(signal: AbortSignal): Promise<WaitingBatch | undefined>;
  /** Everything up to and including this sequence number is somebody else's now, or will never be taken. */
  done(sequence: number): Promise<void>;
  readonly size: OutboxSize;
  close(): Promise<void>;
}

export interface SourcePosition {
  /** A source of another kind under the same name must not take it for its own. */
  readonly kind: string;
  readonly position: string;
}

export interface OutboxEntry {
  readonly sequence: number;
  /** As it is shipped; see `packBatch`. */
  readonly packed: Uint8Array;
  /** Rows per source, to be counted when the batch is dropped. */
  readonly rows: ReadonlyMap<string, number>;
  readonly positions: ReadonlyMap<string, SourcePosition>;
}

export interface WaitingBatch {
  readonly sequence: number;
  readonly packed: Uint8Array;
  readonly rows: ReadonlyMap<string, number>;
}

export interface DroppedBatches {
  readonly batches: number;
  readonly rows: ReadonlyMap<string, number>;
}

export interface OutboxSize {
  /** Waiting to be delivered. */
  readonly batches: number;
  /** On disk, with what is delivered and not yet removed. */
  readonly bytes: number;
}
