import { open } from "node:fs/promises";
import { type FileMark, hashHead, longestHead } from "./file-mark.ts";

/** A shorter beginning tells nothing: an audit line with its time and serial number is longer. */
const shortestHead = 100;

/** Whether a file begins as the marked one did: then it is a copy of it, as `copytruncate` makes one. */
export function isCopyOf(head: Uint8Array, { headBytes, headHash }: FileMark): boolean {
  if (headBytes < shortestHead || head.length < headBytes) return false;
  return hashHead(head.subarray(0, headBytes)) === headHash;
}

/** A file's beginning; empty for one that cannot be read, or is gone. */
export async function headOf(path: string): Promise<Uint8Array> {
  const handle = await open(path, "r").catch(() => undefined);
  if (handle === undefined) return new Uint8Array(0);
  try {
    const head = new Uint8Array(longestHead);
    const { bytesRead } = await handle.read(head, 0, longestHead, 0);
    return head.subarray(0, bytesRead);
  } catch {
    return new Uint8Array(0);
  } finally {
    await handle.close();
  }
}
