import { setImmediate } from "node:timers/promises";
import type { NamespaceBook, NamespaceDay } from "../state/namespaces.ts";
import type { NamespaceRef } from "../wire/list.ts";
import type { Overview } from "../wire/overview.ts";

type Row = NamespaceRef & NamespaceDay;
type DaySum = Overview["exposure"][number];

const dayMs = 86_400_000;
export const daysShown = 90;
/** Renewed no more often than this, and at rest so many times as long as it took. */
const leastRestMs = 2_000;
const restFactor = 50;
/** Nobody asked for so long: what was read then is not given any more. */
const staleMs = 300_000;

/**
 * The figures of the last days, at hand, renewed in the background a day at a time: of a large fleet they are a hundred thousand
 * rows, and who asks waits only the first time and after a long while.
 */
export class DayShelf {
  readonly #book: Pick<NamespaceBook, "allDays">;
  readonly #nowMs: () => number;
  /** Oldest first; undefined until they were read once. */
  #days: readonly (readonly [dayMs: number, rows: readonly Row[]])[] | undefined;
  /** Over all namespaces. */
  #sums: readonly DaySum[] = [];
  #renewing: Promise<void> | undefined;
  #restsUntilMs = -Infinity;

  constructor(book: Pick<NamespaceBook, "allDays">, nowMs: () => number) {
    this.#book = book;
    this.#nowMs = nowMs;
  }

  /** @param isSeen undefined: of all namespaces */
  async sums(isSeen: ((where: NamespaceRef) => boolean) | undefined): Promise<readonly DaySum[]> {
    if (this.#renewing === undefined && this.#nowMs() >= this.#restsUntilMs) {
      this.#renewing = this.#renew().finally(() => {
        this.#renewing = undefined;
      });
      // What is known stays until the database can be asked again; who waits for the first is told.
      this.#renewing.catch(() => {});
    }
    if (this.#days === undefined || this.#nowMs() - this.#restsUntilMs >= staleMs) await this.#renewing;
    if (isSeen === undefined) return this.#sums;
    return (this.#days ?? []).flatMap(([day, rows]) => sumOf(day, rows.filter(isSeen)));
  }

  async #renew(): Promise<void> {
    const begunMs = this.#nowMs();
    const today = Math.floor(begunMs / dayMs) * dayMs;
    const days: (readonly [number, readonly Row[]])[] = [];
    for (let day = today - (daysShown - 1) * dayMs; day <= today; day += dayMs) {
      const rows = await this.#book.allDays(day, day + dayMs);
      if (rows.length > 0) days.push([day, rows]);
      await setImmediate();
    }
    this.#days = days;
    this.#sums = days.flatMap(([day, rows]) => sumOf(day, rows));
    const endMs = this.#nowMs();
    this.#restsUntilMs = endMs + Math.max(leastRestMs, restFactor * (endMs - begunMs));
  }
}

/** None of a day on which nothing is known. */
function sumOf(day: number, rows: readonly Row[]): readonly DaySum[] {
  if (rows.length === 0) return [];
  const known = rows.flatMap(({ exposure }) => exposure ?? []);
  const mean = known.length === 0 ? null : known.reduce((sum, one) => sum + one, 0) / known.length;
  return [{ dayMs: day, mean, namespaces: rows.length, denied: rows.reduce((sum, { denied }) => sum + denied, 0) }];
}
