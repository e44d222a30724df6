import * as fc from "fast-check";
import { expect, test } from "vitest";
import { pageOfRows, readSort, type RowOrder } from "./page-of-rows.ts";

interface Row {
  readonly id: string;
  readonly size: number | null;
}

const rows = fc.uniqueArray(
  fc.record({ id: fc.stringMatching(/^[a-z]{1,4}$/), size: fc.option(fc.integer({ min: 0, max: 3 })) }),
  { selector: ({ id }) => id, maxLength: 30 },
);

function orderOf(isDescending: boolean): RowOrder<Row> {
  return { valueOf: ({ size }) => size, keyOf: ({ id }) => id, isDescending };
}

function walk(all: readonly Row[], isDescending: boolean, limit: number): readonly Row[] {
  const seen: Row[] = [];
  let cursor: string | undefined;
  do {
    const page = pageOfRows(all, orderOf(isDescending), { cursor, limit, asked: {} });
    if (!page.ok) throw new Error(page.error.message);
    expect(page.value.total).toBe(all.length);
    expect(page.value.items.length).toBeLessThanOrEqual(limit);
    seen.push(...page.value.items);
    cursor = page.value.nextCursor;
  } while (cursor !== undefined);
  return seen;
}

test("the pages of a list are the list: every row once, in order, what is not known last", () => {
  fc.assert(
    fc.property(rows, fc.boolean(), fc.integer({ min: 1, max: 7 }), (all, isDescending, limit) => {
      const seen = walk(all, isDescending, limit);
      expect(seen.toSorted((a, b) => (a.id < b.id ? -1 : 1))).toEqual(all.toSorted((a, b) => (a.id < b.id ? -1 : 1)));
      const sizes = seen.map(({ size }) => size).filter((size) => size !== null);
      expect(sizes).toEqual(sizes.toSorted((a, b) => (isDescending ? b - a : a - b)));
      expect(seen.slice(sizes.length).every(({ size }) => size === null)).toBe(true);
    }),
  );
});

test("rows that come and go between two pages neither repeat nor hide others", () => {
  fc.assert(
    fc.property(rows, rows, fc.integer({ min: 1, max: 5 }), (all, news, limit) => {
      const first = pageOfRows(all, orderOf(false), { cursor: undefined, limit, asked: {} });
      if (!first.ok || first.value.nextCursor === undefined) return;
      const seen = new Set(first.value.items.map(({ id }) => id));
      const kept = all.filter(({ id }) => !seen.has(id));
      const now = [...kept, ...news.filter(({ id }) => !all.some((row) => row.id === id))];
      const next = pageOfRows(now, orderOf(false), { cursor: first.value.nextCursor, limit: 100, asked: {} });
      expect(next).toMatchObject({ ok: true });
      const later = new Set(next.ok ? next.value.items.map(({ id }) => id) : []);
      for (const { id } of kept) expect(later.has(id)).toBe(true);
    }),
  );
});

test("a cursor of other filters is refused", () => {
  const all = ["a", "b"].map((id) => ({ id, size: 1 }));
  const page = pageOfRows(all, orderOf(false), { cursor: undefined, limit: 1, asked: { q: "a" } });
  const cursor = page.ok ? page.value.nextCursor : undefined;
  const other = pageOfRows(all, orderOf(false), { cursor, limit: 1, asked: { q: "b" } });
  expect(other).toMatchObject({ ok: false, error: { code: "cursor_unusable", kind: "invalid" } });
});

test("an order is a field of the list, `-` before it for descending", () => {
  const sorts = ["name", "size"] as const;
  expect(readSort("-size", sorts, "rows")).toEqual({ ok: true, value: { field: "size", isDescending: true } });
  expect(readSort("--size", sorts, "rows")).toMatchObject({ error: { code: "sort_unknown" } });
  expect(readSort("constructor", sorts, "rows")).toMatchObject({ error: { kind: "invalid" } });
});
