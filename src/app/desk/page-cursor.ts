import { createHash } from "node:crypto";
import { z } from "zod";
import { fail, ok, type Result } from "../../core/result.ts";
import type { DeskFailure } from "./desk-failure.ts";

const content = z.tuple([z.string(), z.unknown()]);

/**
 * Where a list goes on, as text for the client: opaque, and bound to what was asked, because the place in one list is none in
 * another.
 * @param asked filters and order, without the cursor itself
 */
export function writeCursor(place: unknown, asked: unknown): string {
  return Buffer.from(JSON.stringify([digestOf(asked), place])).toString("base64url");
}

export function readCursor<T>(text: string, asked: unknown, place: z.ZodType<T>): Result<T, DeskFailure> {
  try {
    const [digest, rest] = content.parse(JSON.parse(Buffer.from(text, "base64url").toString()));
    if (digest === digestOf(asked)) return ok(place.parse(rest));
  } catch {
    // Told below: whatever is wrong with it, the way out is the same.
  }
  return fail({
    kind: "invalid",
    code: "cursor_unusable",
    message: "the cursor is not of this list with these filters and this order; ask for the first page again",
  });
}

function digestOf(asked: unknown): string {
  return createHash("sha256").update(JSON.stringify(asked)).digest("base64url").slice(0, 16);
}
