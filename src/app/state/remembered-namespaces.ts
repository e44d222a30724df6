import type { Books, Decisions } from "./books.ts";
import type { NamespaceBook, NamespaceRecord } from "./namespaces.ts";

/** What the server counts and learns may be seen this much later. */
const recordsHoldMs = 1_000;
/** What people decide is seen at once. */
const decided: readonly (keyof NamespaceRecord)[] = ["phase", "threshold", "reviewByMs", "stoppedBecause"];

/**
 * The same books, with the list of all namespaces at hand: nearly every answer needs it to know what one may see, and it is read from the
 * database again a second later, or at once when this process wrote what people decide.
 */
export function withRememberedNamespaces(decisions: Decisions, nowMs: () => number): Decisions {
  const records = new Held<Awaited<ReturnType<NamespaceBook["all"]>>>(recordsHoldMs, nowMs);
  const noting = (book: NamespaceBook, note: () => void): NamespaceBook => ({
    ...book,
    set: async (where, change) => {
      await book.set(where, change);
      if (decided.some((key) => key in change)) note();
    },
  });
  const own = decisions.namespaces;
  return {
    ...decisions,
    namespaces: {
      ...noting(own, () => records.drop()),
      all: async () => records.get(async () => own.all()),
    },
    change: async (work) => {
      let isNoted = false;
      const done = await decisions.change(async (books: Books) =>
        work({
          ...books,
          namespaces: noting(books.namespaces, () => {
            isNoted = true;
          }),
        }),
      );
      if (isNoted) records.drop();
      return done;
    },
  };
}

/** One answer for some time; who asks while it is worked out waits for the same. */
class Held<T> {
  readonly #holdMs: number;
  readonly #nowMs: () => number;
  #held: { readonly answer: Promise<T>; readonly atMs: number } | undefined;

  constructor(holdMs: number, nowMs: () => number) {
    this.#holdMs = holdMs;
    this.#nowMs = nowMs;
  }

  async get(ask: () => Promise<T>): Promise<T> {
    const held = this.#held;
    if (held !== undefined && this.#nowMs() - held.atMs < this.#holdMs) return held.answer;
    const fresh = { answer: ask(), atMs: this.#nowMs() };
    this.#held = fresh;
    fresh.answer.catch(() => {
      if (this.#held === fresh) this.#held = undefined;
    });
    return fresh.answer;
  }

  drop(): void {
    this.#held = undefined;
  }
}
