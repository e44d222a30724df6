import { z } from "zod";
import { fail, ok, type Result } from "../../core/result.ts";
import type { Page } from "../wire/list.ts";
import type { DeskFailure } from "./desk-failure.ts";
import { readCursor, writeCursor } from "./page-cursor.ts";

type Value = string | number | null;

/** How rows in memory are ordered: what is not known stands last in both directions, and equal ones by their key. */
export interface RowOrder<T> {
  readonly valueOf: (row: T) => Value;
  /** Unique among the rows. */
  readonly keyOf: (row: T) => string;
  readonly isDescending: boolean;
}

const place = z.tuple([z.union([z.string(), z.number()]).nullable(), z.string()]);

/**
 * A page of rows that are all at hand. A cursor names the last row of the page before by its value and key: rows that come and go
 * between two pages neither repeat nor hide others.
 * @param asked filters and order, which the cursor is bound to
 */
export function pageOfRows<T>(
  rows: readonly T[],
  order: RowOrder<T>,
  { cursor, limit, asked }: { readonly cursor: string | undefined; readonly limit: number; readonly asked: unknown },
): Result<Page<T>, DeskFailure> {
  const after = cursor === undefined ? ok(undefined) : readCursor(cursor, asked, place);
  if (!after.ok) return after;
  const placed = rows.map((row) => ({ row, value: order.valueOf(row), key: order.keyOf(row) }));
  placed.sort((a, b) => compare(a, b, order.isDescending));
  const last = after.value;
  const start = last === undefined ? 0 : firstAfter(placed, { value: last[0], key: last[1] }, order.isDescending);
  const page = placed.slice(start, start + limit);
  const end = page.at(-1);
  const isMore = start + limit < placed.length;
  return ok({
    items: page.map(({ row }) => row),
    ...(isMore && end !== undefined ? { nextCursor: writeCursor([end.value, end.key], asked) } : {}),
    total: rows.length,
    isTotalExact: true,
  });
}

interface Placed {
  readonly value: Value;
  readonly key: string;
}

function compare(a: Placed, b: Placed, isDescending: boolean): number {
  if (a.value !== b.value) {
    if (a.value === null) return 1;
    if (b.value === null) return -1;
    return a.value < b.value === isDescending ? 1 : -1;
  }
  return a.key < b.key ? -1 : a.key > b.key ? 1 : 0;
}

function firstAfter(placed: readonly Placed[], last: Placed, isDescending: boolean): number {
  let low = 0;
  let high = placed.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compare(placed[middle]!, last, isDescending) <= 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The field of a list's order, `-` before it for descending. */
export function readSort<S extends string>(
  sort: string,
  sorts: readonly S[],
  what: string,
): Result<{ readonly field: S; readonly isDescending: boolean }, DeskFailure> {
  const isDescending = sort.startsWith("-");
  const field = sorts.find((one) => one === (isDescending ? sort.slice(1) : sort));
  if (field !== undefined) return ok({ field, isDescending });
  const message = `${what} are sorted by ${sorts.join(", ")}, with \`-\` before it for descending`;
  return fail({ kind: "invalid", code: "sort_unknown", message });
}
