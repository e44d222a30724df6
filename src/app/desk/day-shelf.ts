import { setImmediate } from "node:timers/promises";
import type { NamespaceBook, NamespaceDay } from "../state/namespaces.ts";
import type { NamespaceRef } from "../wire/list.ts";
import type { Overview } from "../wire/overview.ts";
import { Renewal, type RenewalTimes } from "./renewal.ts";

type Row = NamespaceRef & NamespaceDay;
type DaySum = Overview["exposure"][number];

const dayMs = 86_400_000;
export const daysShown = 90;
/** Renewed no more often than every other second, and at rest so many times as long as it took. */
const times: RenewalTimes = { restMs: (tookMs) => Math.max(2_000, 50 * tookMs), staleMs: 300_000 };

/**
 * The figures of the last days, at hand, renewed in the background a day at a time: of a large fleet they are a hundred thousand
 * rows, and who asks waits only the first time and after a long while.
 */
export class DayShelf {
  readonly #book: Pick<NamespaceBook, "allDays">;
  readonly #nowMs: () => number;
  readonly #renewal: Renewal;
  /** Oldest first. */
  #days: readonly (readonly [dayMs: number, rows: readonly Row[]])[] = [];
  /** Over all namespaces. */
  #sums: readonly DaySum[] = [];

  constructor(book: Pick<NamespaceBook, "allDays">, nowMs: () => number) {
    this.#book = book;
    this.#nowMs = nowMs;
    this.#renewal = new Renewal(() => this.#renew(), times, nowMs);
  }

  /** @param isSeen undefined: of all namespaces */
  async sums(isSeen: ((where: NamespaceRef) => boolean) | undefined): Promise<readonly DaySum[]> {
    await this.#renewal.ready();
    if (isSeen === undefined) return this.#sums;
    return this.#days.flatMap(([day, rows]) => sumOf(day, rows.filter(isSeen)));
  }

  async #renew(): Promise<void> {
    const today = Math.floor(this.#nowMs() / dayMs) * dayMs;
    const days: (readonly [number, readonly Row[]])[] = [];
    for (let day = today - (daysShown - 1) * dayMs; day <= today; day += dayMs) {
      const rows = await this.#book.allDays(day, day + dayMs);
      if (rows.length > 0) days.push([day, rows]);
      await setImmediate();
    }
    this.#days = days;
    this.#sums = days.flatMap(([day, rows]) => sumOf(day, rows));
  }
}

/** None of a day on which nothing is known. */
function sumOf(day: number, rows: readonly Row[]): readonly DaySum[] {
  if (rows.length === 0) return [];
  const known = rows.flatMap(({ exposure }) => exposure ?? []);
  const mean = known.length === 0 ? null : known.reduce((sum, one) => sum + one, 0) / known.length;
  return [{ dayMs: day, mean, namespaces: rows.length, denied: rows.reduce((sum, { denied }) => sum + denied, 0) }];
}
