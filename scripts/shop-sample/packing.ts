import { constants, gunzipSync, gzipSync, zstdCompressSync, zstdDecompressSync } from "node:zlib";

/** Bytes of a file, packed as the end of its name says: `.gz`, `.zst`, or not at all. */
export function pack(path: string, text: string): Buffer {
  if (path.endsWith(".gz")) return gzipSync(text, { level: 9 });
  if (path.endsWith(".zst")) {
    // Records repeat each other over long distances: the strongest level halves what the usual one leaves.
    return zstdCompressSync(text, {
      params: { [constants.ZSTD_c_compressionLevel]: 19, [constants.ZSTD_c_checksumFlag]: 1 },
    });
  }
  return Buffer.from(text);
}

export function unpack(path: string, bytes: Buffer): string {
  if (path.endsWith(".gz")) return gunzipSync(bytes).toString();
  if (path.endsWith(".zst")) return zstdDecompressSync(bytes).toString();
  return bytes.toString();
}
