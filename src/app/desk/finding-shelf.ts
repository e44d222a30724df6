import { setImmediate } from "node:timers/promises";
import type { NamespaceBook, StoredFinding } from "../state/namespaces.ts";
import type { NamespaceRef } from "../wire/list.ts";
import { namespaceKey } from "./namespace-keys.ts";
import { Renewal, type RenewalTimes } from "./renewal.ts";

/** As lists need it: the text of the fix is asked for when somebody takes it. */
export type ListedFinding = Omit<StoredFinding, "fixedManifest"> & { readonly isFixable: boolean };

type Book = Pick<NamespaceBook, "all" | "findingsOf">;

/** Who was reviewed since is looked for no more often than every other second. */
const times: RenewalTimes = { restMs: () => 2_000, staleMs: 15_000 };
/** Namespaces that are read before others get their turn. */
const atOnce = 10;

/**
 * All findings, at hand, renewed in the background a namespace at a time: whoever asks waits only the first time and after a long
 * while, and what was read may be some seconds old.
 */
export class FindingShelf {
  readonly #book: Book;
  readonly #renewal: Renewal;
  readonly #ofNamespace = new Map<string, { readonly stamp: string; readonly findings: readonly ListedFinding[] }>();
  #all: readonly ListedFinding[] = [];

  constructor(book: Book, nowMs: () => number) {
    this.#book = book;
    this.#renewal = new Renewal(() => this.#renew(), times, nowMs);
  }

  async findings(): Promise<readonly ListedFinding[]> {
    await this.#renewal.ready();
    return this.#all;
  }

  /** Findings change only with a review, which says when it was. */
  async #renew(): Promise<void> {
    const records = await this.#book.all();
    const gone = new Set(this.#ofNamespace.keys());
    let read = 0;
    for (const { cluster, namespace, learnedAtMs, findings: count } of records) {
      const where: NamespaceRef = { cluster, namespace };
      const key = namespaceKey(where);
      gone.delete(key);
      const stamp = `${learnedAtMs ?? ""} ${count}`;
      if (this.#ofNamespace.get(key)?.stamp === stamp) continue;
      const findings = count === 0 ? [] : (await this.#book.findingsOf(where)).map(listed);
      this.#ofNamespace.set(key, { stamp, findings });
      read += 1;
      if (read % atOnce === 0) await setImmediate();
    }
    for (const key of gone) this.#ofNamespace.delete(key);
    if (read + gone.size > 0) this.#all = [...this.#ofNamespace.values()].flatMap(({ findings }) => findings);
  }
}

function listed({ fixedManifest, ...finding }: StoredFinding): ListedFinding {
  return { ...finding, isFixable: fixedManifest !== undefined };
}
