import type { NamespaceBook, StoredFinding } from "../state/namespaces.ts";

/** Reading all findings of a large organisation takes longer than a list may: not more often than this. */
const restMs = 5_000;

/**
 * All findings, at hand. They are read again in the background when a namespace was reviewed since, so that whoever asks waits only
 * the first time; what was read may be some seconds old.
 */
export class FindingShelf {
  readonly #book: Pick<NamespaceBook, "all" | "allFindings">;
  readonly #nowMs: () => number;
  #known: Promise<readonly StoredFinding[]> | undefined;
  #stamp = "";
  #checkedAtMs = -Infinity;
  #isChecking = false;

  constructor(book: Pick<NamespaceBook, "all" | "allFindings">, nowMs: () => number) {
    this.#book = book;
    this.#nowMs = nowMs;
  }

  async findings(): Promise<readonly StoredFinding[]> {
    if (this.#known === undefined) {
      this.#checkedAtMs = this.#nowMs();
      this.#known = this.#read();
      this.#known.catch(() => {
        this.#known = undefined;
      });
      return this.#known;
    }
    if (!this.#isChecking && this.#nowMs() - this.#checkedAtMs >= restMs) void this.#check();
    return this.#known;
  }

  async #read(): Promise<readonly StoredFinding[]> {
    const stamp = await this.#stampNow();
    const findings = await this.#book.allFindings();
    this.#stamp = stamp;
    return findings;
  }

  /** Findings change only with a review, which says when it was. */
  async #stampNow(): Promise<string> {
    const all = await this.#book.all();
    return all.map(({ learnedAtMs, findings }) => `${learnedAtMs ?? ""} ${findings}`).join();
  }

  async #check(): Promise<void> {
    this.#isChecking = true;
    this.#checkedAtMs = this.#nowMs();
    try {
      if ((await this.#stampNow()) !== this.#stamp) this.#known = Promise.resolve(await this.#read());
    } catch {
      // What is known stays until the database can be asked again.
    } finally {
      this.#isChecking = false;
    }
  }
}
