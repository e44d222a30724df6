/**
 * Texts that many objects have in common: namespaces, images, values of labels. Parsing makes each anew for each object; here
 * each is kept once. Bounded: full, it begins anew, and what it has shared stays shared.
 */
export class SharedTexts {
  readonly #texts = new Map<string, string>();
  readonly #limit: number;

  constructor(limit = 4_000) {
    this.#limit = limit;
  }

  /** The same text, in the copy that came first. */
  share(text: string): string {
    const first = this.#texts.get(text);
    if (first !== undefined) return first;
    if (this.#texts.size >= this.#limit) this.#texts.clear();
    this.#texts.set(text, text);
    return text;
  }
}
