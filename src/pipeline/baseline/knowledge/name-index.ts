import { matchesName, type NamePattern } from "../../../core/net/name-pattern.ts";

/** Values by name pattern, asked by name. */
export class NameIndex<T> {
  readonly #exact = new Map<string, T[]>();
  readonly #oneLabel = new Map<string, T[]>();
  readonly #subdomains = new Map<string, T[]>();
  readonly #others: { readonly pattern: NamePattern; readonly value: T }[] = [];

  constructor(entries: Iterable<{ readonly pattern: NamePattern; readonly value: T }>) {
    for (const { pattern, value } of entries) {
      if (pattern.kind === "exact") push(this.#exact, pattern.name, value);
      else if (pattern.kind === "one-label") push(this.#oneLabel, pattern.suffix, value);
      else if (pattern.kind === "subdomains") push(this.#subdomains, pattern.suffix, value);
      else this.#others.push({ pattern, value });
    }
  }

  /**
   * What matches the name, in canonical form: the most specific first, and of equal ones in the order they were given; patterns
   * that are no wildcard of whole labels last. O(labels), and these.
   */
  *matching(name: string): Generator<T> {
    yield* this.#exact.get(name) ?? [];
    let dot = name.indexOf(".");
    if (dot > 0) yield* this.#oneLabel.get(name.slice(dot + 1)) ?? [];
    for (; dot >= 0; dot = name.indexOf(".", dot + 1)) yield* this.#subdomains.get(name.slice(dot + 1)) ?? [];
    for (const { pattern, value } of this.#others) if (matchesName(pattern, name)) yield value;
  }
}

function push<T>(map: Map<string, T[]>, key: string, value: T): void {
  const known = map.get(key);
  if (known === undefined) map.set(key, [value]);
  else known.push(value);
}
