import { type Draft, isDraft } from "./editing.ts";

/** Text that was not saved, and the version of the proposal that it was begun on. */
export interface KeptDraft {
  readonly version: number;
  readonly before: Draft;
  readonly draft: Draft;
}

type Store = Pick<Storage, "getItem" | "setItem" | "removeItem">;

/**
 * What somebody types, in the browser's tab: it survives that the session ends and they sign in again, or that the page is loaded anew.
 * Under the person's own key, so that whoever signs in next in the same tab does not find it.
 */
export class DraftShelf {
  readonly #store: Store;
  readonly #key: string;

  constructor(store: Store, subject: string, proposal: string) {
    this.#store = store;
    this.#key = `postern-draft ${subject} ${proposal}`;
  }

  read(): KeptDraft | undefined {
    try {
      const kept = JSON.parse(this.#store.getItem(this.#key) ?? "null") as Partial<KeptDraft> | null;
      const { version, before, draft } = kept ?? {};
      return typeof version === "number" && isDraft(before) && isDraft(draft) ? { version, before, draft } : undefined;
    } catch {
      return undefined;
    }
  }

  keep(kept: KeptDraft): void {
    try {
      this.#store.setItem(this.#key, JSON.stringify(kept));
    } catch {
      // The tab's store is full or switched off: the text is on the page all the same.
    }
  }

  forget(): void {
    try {
      this.#store.removeItem(this.#key);
    } catch {
      // As above.
    }
  }
}
