import { zstdDecompressSync } from "node:zlib";
import type { BatchSink } from "../../app/live/batch-sink.ts";
import { decodeBatch, maxBatchBytes } from "../../app/live/decode-batch.ts";
import type { PackedSink } from "../../app/live/observer-ship.ts";

/** A sink of batches as one of packed ones, for a store in the same process. */
export function unpackingSink(sink: BatchSink): PackedSink {
  return {
    deliverPacked: async (packed, signal) => {
      const batch = decodeBatch(zstdDecompressSync(packed, { maxOutputLength: maxBatchBytes }).toString());
      if (!batch.ok) return { kind: "refused", reason: batch.error.message };
      return sink.deliver(batch.value, signal);
    },
    close: () => sink.close(),
  };
}
