import { constants, zstdCompressSync, zstdDecompressSync } from "node:zlib";
import { decodeBatch, encodeBatch, maxBatchBytes } from "../../app/live/batch-codec.ts";
import type { BatchSink } from "../../app/live/batch-sink.ts";
import type { PackedSink } from "../../app/live/observer-ship.ts";
import type { SealedBatch } from "../../pipeline/flows/sealed-batch.ts";

/** Batches are packed every few seconds: the quickest level gives most of what there is to win. */
const params = { [constants.ZSTD_c_compressionLevel]: 1 };

/** The batch as zstd-compressed JSON: what lies in the outbox is what is sent. */
export function packBatch(batch: SealedBatch): Uint8Array {
  return zstdCompressSync(encodeBatch(batch), { params });
}

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
