/**
 * Things by namespace and name. Not by a text of both: of a large cluster these texts alone are a megabyte for each
 * thing that is kept by them, while namespace and name are there already.
 */
export class Namespaced<T> {
  readonly #byNamespace = new Map<string, Map<string, T>>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get(namespace: string, name: string): T | undefined {
    return this.#byNamespace.get(namespace)?.get(name);
  }

  has(namespace: string, name: string): boolean {
    return this.#byNamespace.get(namespace)?.has(name) === true;
  }

  set(namespace: string, name: string, thing: T): void {
    let of = this.#byNamespace.get(namespace);
    if (of === undefined) this.#byNamespace.set(namespace, (of = new Map<string, T>()));
    const before = of.size;
    of.set(name, thing);
    this.#size += of.size - before;
  }

  /** @returns whether it was there */
  delete(namespace: string, name: string): boolean {
    const of = this.#byNamespace.get(namespace);
    if (of?.delete(name) !== true) return false;
    this.#size -= 1;
    if (of.size === 0) this.#byNamespace.delete(namespace);
    return true;
  }

  /** Of one namespace. */
  in(namespace: string): Iterable<T> {
    return this.#byNamespace.get(namespace)?.values() ?? [];
  }

  /** In no order; things may be deleted meanwhile. */
  *entries(): Iterable<readonly [namespace: string, name: string, thing: T]> {
    for (const [namespace, of] of this.#byNamespace) for (const [name, thing] of of) yield [namespace, name, thing];
  }

  /** In the order of `namespace/name`. */
  sorted(): readonly T[] {
    const byPath = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number => (a < b ? -1 : 1);
    return [...this.#byNamespace]
      .map(([namespace, of]) => [`${namespace}/`, of] as const)
      .toSorted(byPath)
      .flatMap(([, of]) => [...of].toSorted(byPath).map(([, thing]) => thing));
  }
}
