import { setImmediate } from "node:timers/promises";
import { fail, ok, type Result } from "../../core/result.ts";
import type { Failure } from "../failure.ts";
import { encodeHistory } from "./history-codec.ts";

/** Rows that are encoded without a break; some milliseconds' work. */
const rowsAtOnce = 1000;
/** What a reader takes, and what a string holds, is twice as much. */
const longestAnswer = 2 ** 28;

/**
 * An answer as JSON text, as {@link encodeHistory} makes it. Others get their turn between the rows of a long one, and one that
 * is too long to be sent is refused.
 */
export async function encodeAnswer(
  value: unknown,
  { longest = longestAnswer }: { readonly longest?: number } = {},
): Promise<Result<string, Failure>> {
  const [open, rows, close] = partsOf(value);
  const pieces: string[] = [];
  let length = 0;
  for (let from = 0; from < rows.length; from += rowsAtOnce) {
    if (from > 0) await setImmediate();
    const piece = encodeHistory(rows.slice(from, from + rowsAtOnce)).slice(1, -1);
    length += piece.length + 1;
    if (length > longest) {
      return fail({
        code: "history_too_much",
        message: "the answer is too long to be sent; ask for one namespace, a shorter time or fewer rows",
      });
    }
    pieces.push(piece);
  }
  return ok(`${open}${pieces.join(",")}${close}`);
}

/** The rows, and what stands around them. */
function partsOf(value: unknown): readonly [open: string, rows: readonly unknown[], close: string] {
  if (Array.isArray(value)) return ["[", value, "]"];
  const { edges, ...others } = value as { readonly edges: readonly unknown[] };
  return ['{"edges":[', edges, `],${encodeHistory(others).slice(1)}`];
}
