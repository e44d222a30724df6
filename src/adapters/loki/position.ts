import { z } from "zod";
import type { RememberedLines } from "./recent-lines.ts";

/** Up to where a query was read. */
export interface LokiPosition {
  /** Nanoseconds since the epoch; everything before was taken, but for what comes late. */
  readonly before: bigint;
  /** What was taken shortly before, so that lines which come late meanwhile can be told from it; undefined in old positions. */
  readonly recent: (RememberedLines & { readonly key: number }) | undefined;
}

const nanoseconds = z.string().regex(/^\d{1,19}$/);
const seconds = z.string().regex(/^\d{1,10}$/);
const hashes = z.string().regex(/^[\w-]*$/);
const form = z.strictObject({
  before: nanoseconds,
  since: nanoseconds.optional(),
  key: z.int().min(0).optional(),
  lines: z.array(z.tuple([seconds, hashes])).optional(),
});

export function formatPosition(before: bigint, key: number, { since, seconds: lines }: RememberedLines): string {
  return JSON.stringify({ before: String(before), since: String(since), key, lines });
}

/** Reads what {@link formatPosition} wrote, now or in versions that remembered no lines; undefined for anything else. */
export function parsePosition(text: string | undefined): LokiPosition | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text ?? "");
  } catch {
    return undefined;
  }
  const read = form.safeParse(parsed);
  if (!read.success) return undefined;
  const { before, since, key, lines } = read.data;
  const recent =
    since === undefined || key === undefined || lines === undefined
      ? undefined
      : { since: BigInt(since), key, seconds: lines };
  return { before: BigInt(before), recent };
}
