import { createCipheriv, createDecipheriv, createHmac } from "node:crypto";
import type { InitialCrypto } from "../../pipeline/sources/packets/initial-crypto.ts";

const tagBytes = 16;

/** What opens QUIC Initial packets, as Node.js has it. */
export const nodeInitialCrypto: InitialCrypto = {
  hmacSha256: (key, data) => createHmac("sha256", key).update(data).digest(),
  aesBlock: (key, block) => createCipheriv("aes-128-ecb", key, null).setAutoPadding(false).update(block),
  openAesGcm: (key, nonce, associated, sealed) => {
    const length = sealed.length - tagBytes;
    if (length < 0) return undefined;
    const cipher = createDecipheriv("aes-128-gcm", key, nonce).setAAD(associated).setAuthTag(sealed.subarray(length));
    const opened = cipher.update(sealed.subarray(0, length));
    try {
      cipher.final();
      return opened;
    } catch {
      return undefined;
    }
  },
};
