import { setImmediate } from "node:timers/promises";
import { fail, ok, type Result } from "../../core/result.ts";
import type { Edge } from "../../pipeline/flows/edge.ts";
import type { Failure } from "../failure.ts";
import { encodeHistory } from "./history-codec.ts";

/** Rows that are encoded without a break; some milliseconds' work. */
const rowsAtOnce = 1000;
/** What a reader takes, and what a string holds, is twice as much. */
const longestAnswer = 2 ** 28;

/**
 * An answer as JSON text, as {@link encodeHistory} makes it. Others get their turn between the rows of a long one, and one that
 * is too long for one text is refused.
 */
export async function encodeAnswer(
  value: unknown,
  { longest = longestAnswer }: { readonly longest?: number } = {},
): Promise<Result<string, Failure>> {
  const pieces: string[] = [];
  let length = 0;
  for await (const piece of encodeInPieces(value)) {
    length += piece.length;
    if (length > longest) {
      return fail({
        code: "history_too_much",
        message: "the answer is too long to be sent; ask for one namespace, a shorter time or fewer rows",
      });
    }
    pieces.push(piece);
  }
  return ok(pieces.join(""));
}

/** The text of {@link encodeAnswer}, however long. */
export async function* encodeInPieces(value: unknown): AsyncGenerator<string, void, undefined> {
  const [open, rows, close] = partsOf(value);
  let before = open;
  for (let from = 0; from < rows.length; from += rowsAtOnce) {
    if (from > 0) await setImmediate();
    yield before + rowsText(rows.slice(from, from + rowsAtOnce));
    before = ",";
  }
  yield rows.length === 0 ? open + close : close;
}

/** As {@link encodeInPieces}, of edges that come in parts themselves. */
export async function* encodeEdges(
  parts: AsyncGenerator<readonly Edge[], { readonly isCut: boolean }, undefined>,
): AsyncGenerator<string, void, undefined> {
  let before = openEdges;
  try {
    for (;;) {
      const { done = false, value } = await parts.next();
      if (done) {
        yield (before === openEdges ? openEdges : "") + closeEdges(value as { readonly isCut: boolean });
        return;
      }
      const rows = value as readonly Edge[];
      if (rows.length === 0) continue;
      yield before + rowsText(rows);
      before = ",";
    }
  } finally {
    await parts.return({ isCut: true });
  }
}

export const openEdges = '{"edges":[';
export const openRows = "[";

/** The rows, and what stands around them. */
function partsOf(value: unknown): readonly [open: string, rows: readonly unknown[], close: string] {
  if (Array.isArray(value)) return [openRows, value, "]"];
  const { edges, ...others } = value as { readonly edges: readonly unknown[]; readonly isCut: boolean };
  return [openEdges, edges, closeEdges(others)];
}

function closeEdges(others: { readonly isCut: boolean }): string {
  return `],${encodeHistory(others).slice(1)}`;
}

function rowsText(rows: readonly unknown[]): string {
  return encodeHistory(rows).slice(1, -1);
}
