import { createCipheriv, createHmac, randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import type { Failure } from "../../app/failure.ts";
import { quoted } from "../../core/quoted.ts";
import { fail, ok, type Result } from "../../core/result.ts";
import { AddressMask } from "../../pipeline/flows/anonymise-address.ts";
import { LabelMask } from "../../pipeline/flows/anonymise-label.ts";
import type { Mask } from "../../pipeline/flows/anonymise.ts";

const prefix = "postern-mask-1:";
const keyBytes = 32;

/** The text of a new key file. */
export function newMaskKey(): string {
  return `${prefix}${randomBytes(keyBytes).toString("base64url")}\n`;
}

/** What hides and reveals with the key of a file; every use of the key has a key of its own made from it. */
export async function openMask(keyFile: string): Promise<Result<Mask, Failure>> {
  let text: string;
  try {
    text = (await readFile(keyFile, "utf8")).trim();
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    if (code === "EACCES")
      return fail({ code: "observe_key_no_permission", message: `${quoted(keyFile)} may not be read` });
    const why = code === "ENOENT" ? "does not exist; make one with `postern observe key`" : `cannot be read (${code})`;
    return fail({ code: "observe_key_unusable", message: `the key ${quoted(keyFile)} ${why}` });
  }
  const key = Buffer.from(text.slice(prefix.length), "base64url");
  if (!text.startsWith(prefix) || key.length !== keyBytes) {
    const message = `${quoted(keyFile)} holds no key; make one with \`postern observe key\``;
    return fail({ code: "observe_key_unusable", message });
  }
  return ok(maskOf(key));
}

export function maskOf(key: Uint8Array): Mask {
  const derived = (use: string): Buffer => createHmac("sha256", key).update(`postern ${use}`).digest();
  // No chaining: each block of 16 bytes is a question of its own, and none is asked twice with another meaning.
  const cipher = createCipheriv("aes-128-ecb", derived("address cipher").subarray(0, 16), null).setAutoPadding(false);
  const pads = { 4: derived("address pad 4").subarray(0, 16), 6: derived("address pad 6").subarray(0, 16) };
  const labelKey = derived("labels");
  return {
    addresses: new AddressMask((blocks) => cipher.update(blocks), pads),
    labels: new LabelMask((bytes) => createHmac("sha256", labelKey).update(bytes).digest()),
  };
}
