import { setImmediate } from "node:timers/promises";
import { expect, test } from "vitest";
import type { NamespaceDay } from "../state/namespaces.ts";
import type { NamespaceRef } from "../wire/list.ts";
import { DayShelf, daysShown } from "./day-shelf.ts";

const day = 86_400_000;
const noon = Date.UTC(2026, 10, 23, 12);
const today = noon - day / 2;

function setUp(): { shelf: DayShelf; rows: (NamespaceRef & NamespaceDay)[]; clock: { ms: number }; asked: number[] } {
  const rows: (NamespaceRef & NamespaceDay)[] = [];
  const clock = { ms: noon };
  const asked: number[] = [];
  const book = {
    allDays: async (fromMs: number, toMs = Infinity) => {
      asked.push(fromMs);
      await setImmediate();
      return rows.filter(({ dayMs }) => dayMs >= fromMs && dayMs < toMs);
    },
  };
  return { shelf: new DayShelf(book, () => clock.ms), rows, clock, asked };
}

const row = (namespace: string, dayMs: number, exposure: number | undefined, denied: number) =>
  ({ cluster: "east", namespace, dayMs, exposure, readiness: undefined, denied }) as const;

test("each day has the mean of what is known, and the sum of what was denied, of the namespaces that one may see", async () => {
  const { shelf, rows } = setUp();
  rows.push(row("a", today - 2 * day, undefined, 3), row("a", today, 10, 1), row("b", today, 20, 2));
  rows.push(row("a", today - daysShown * day, 32, 9));
  const past = { dayMs: today - 2 * day, mean: null, namespaces: 1, denied: 3 };
  expect(await shelf.sums(undefined)).toEqual([past, { dayMs: today, mean: 15, namespaces: 2, denied: 3 }]);
  expect(await shelf.sums(({ namespace }) => namespace === "b")).toEqual([
    { dayMs: today, mean: 20, namespaces: 1, denied: 2 },
  ]);
});

test("who asks later is given what is at hand, and what is new a moment after; after long, what is new", async () => {
  const { shelf, rows, clock, asked } = setUp();
  expect(await Promise.all([shelf.sums(undefined), shelf.sums(undefined)])).toEqual([[], []]);
  expect(asked).toHaveLength(daysShown);
  rows.push(row("a", today, 10, 1));
  expect(await shelf.sums(undefined)).toEqual([]);
  clock.ms += 2_000;
  expect(await shelf.sums(undefined)).toEqual([]);
  for (let i = 0; i < 3 * daysShown; i += 1) await setImmediate();
  expect(await shelf.sums(undefined)).toMatchObject([{ denied: 1 }]);
  expect(asked).toHaveLength(2 * daysShown);
  rows.push(row("b", today, 10, 1));
  clock.ms += 3_600_000;
  expect(await shelf.sums(undefined)).toMatchObject([{ denied: 2 }]);
});
