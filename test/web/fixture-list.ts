import type { ListQuery, Page } from "../../src/app/wire/list.ts";

type Field = string | number | null | undefined;

/** Filters are done; sorts and cuts a page as the server does, with the place in the cursor. */
export function pageFrom<T extends object>(
  rows: readonly T[],
  query: ListQuery & { readonly skip?: number | undefined },
  sorts: Readonly<Record<string, (row: T) => Field>>,
  defaultSort: string,
): Page<T> {
  const sort = query.sort ?? defaultSort;
  const field = sorts[sort.replace(/^-/, "")];
  if (field === undefined) throw new RangeError(`cannot be sorted by \`${sort}\``);
  const direction = sort.startsWith("-") ? -1 : 1;
  const sorted = sortedOnce(rows, sort, (a, b) => direction * compare(field(a), field(b)));
  const from =
    query.cursor === undefined ? (query.skip ?? 0) : Number(Buffer.from(query.cursor, "base64url").toString());
  const items = sorted.slice(from, from + query.limit);
  const next = from + items.length;
  return {
    items,
    ...(next < sorted.length ? { nextCursor: Buffer.from(String(next)).toString("base64url") } : {}),
    total: sorted.length,
    isTotalExact: true,
  };
}

const sortedLists = new WeakMap<object, Map<string, readonly unknown[]>>();

/** The same rows are sorted the same way once, however many pages of them are asked for. */
function sortedOnce<T>(rows: readonly T[], sort: string, order: (a: T, b: T) => number): readonly T[] {
  const known = sortedLists.get(rows) ?? new Map<string, readonly unknown[]>();
  sortedLists.set(rows, known);
  const sorted = (known.get(sort) as readonly T[] | undefined) ?? rows.toSorted(order);
  known.set(sort, sorted);
  return sorted;
}

function compare(a: Field, b: Field): number {
  if (typeof a === "string" && typeof b === "string") return a < b ? -1 : a > b ? 1 : 0;
  return (
    (typeof a === "number" ? a : Number.NEGATIVE_INFINITY) - (typeof b === "number" ? b : Number.NEGATIVE_INFINITY)
  );
}

/** Whether the filter is absent or takes the value. */
export function takes<T>(filter: readonly T[] | undefined, value: T): boolean {
  return filter === undefined || filter.length === 0 || filter.includes(value);
}

export function contains(q: string | undefined, ...texts: readonly string[]): boolean {
  if (q === undefined) return true;
  const wanted = q.toLowerCase();
  return texts.some((text) => text.toLowerCase().includes(wanted));
}
