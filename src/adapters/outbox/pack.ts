import { constants, zstdCompressSync } from "node:zlib";
import { encodeBatch } from "../../app/live/encode-batch.ts";
import type { SealedBatch } from "../../pipeline/flows/sealed-batch.ts";

/** Batches are packed every few seconds: the quickest level gives most of what there is to win. */
const params = { [constants.ZSTD_c_compressionLevel]: 1 };

/** The batch as zstd-compressed JSON: what lies in the outbox is what is sent. */
export function packBatch(batch: SealedBatch): Uint8Array {
  return zstdCompressSync(encodeBatch(batch), { params });
}
