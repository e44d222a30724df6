import { createHash } from "node:crypto";
import { z } from "zod";

/** Up to where a file was read, and how to know it again. */
export interface FileMark {
  readonly device: string;
  readonly inode: string;
  /** Behind the last whole line that was taken. */
  readonly offset: number;
  /** Of the beginning that the hash is of. */
  readonly headBytes: number;
  readonly headHash: string;
}

/** So much of a file's beginning tells it from another that got its inode: an audit line with its time is longer. */
export const longestHead = 256;
/** More files are not followed; their marks have to fit a position. */
export const maxFiles = 256;

const marks = z
  .array(
    z.tuple([
      z.string().max(20),
      z.string().max(20),
      z.int().min(0),
      z.int().min(0).max(longestHead),
      z.string().max(32),
    ]),
  )
  .max(maxFiles);

export function hashHead(head: Uint8Array): string {
  return createHash("sha256").update(head).digest("base64url").slice(0, 22);
}

export function formatMarks(list: readonly FileMark[]): string {
  return JSON.stringify(list.map((mark) => [mark.device, mark.inode, mark.offset, mark.headBytes, mark.headHash]));
}

/** Reads what {@link formatMarks} wrote; nothing of anything else. */
export function parseMarks(text: string): FileMark[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return [];
  }
  const read = marks.safeParse(parsed);
  if (!read.success) return [];
  return read.data.map(([device, inode, offset, headBytes, headHash]) => ({
    device,
    inode,
    offset,
    headBytes,
    headHash,
  }));
}
