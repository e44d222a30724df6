import { addressKey, type AddressKey } from "../../baseline/services/address-key.ts";
import type { ServiceUse } from "../../baseline/services/service-use.ts";
import type { NameBook } from "../../baseline/statistics/name-book.ts";
import type { Edge } from "../../flows/edge.ts";

/** Which name lets which traffic through. */
export interface NamedEdges {
  /** In order of text. */
  readonly names: ReadonlyMap<string, readonly Edge[]>;
  /** Traffic that no name with evidence leads to. */
  readonly nameless: readonly Edge[];
}

/**
 * Picks one of the service's names for each edge: of the names its own records carry, or else of those with evidence for its
 * address, the one that leads to most of the service's addresses, so that few names do for many; ties go to the shorter,
 * then to the first by text.
 */
export function namesOfEdges({ names: own, edges }: ServiceUse, book: NameBook): NamedEdges {
  const usable = new Set(own);
  const evident = new Map<AddressKey, readonly string[]>();
  const choices = edges.map((edge): readonly string[] => {
    if (edge.prefixLength !== undefined || usable.size === 0) return [];
    if (edge.names.length === 1 && usable.has(edge.names[0]!)) return edge.names;
    const carried = edge.names.filter((name) => usable.has(name));
    if (carried.length > 0) return carried;
    const key = addressKey(edge.address);
    let known = evident.get(key);
    if (known === undefined) evident.set(key, (known = book.namesAt(edge.address).filter((name) => usable.has(name))));
    return known;
  });
  const reach = new Map<string, Set<AddressKey>>();
  if (usable.size > 1) {
    for (const [i, choice] of choices.entries())
      for (const name of choice) {
        const known = reach.get(name);
        if (known === undefined) reach.set(name, new Set([addressKey(edges[i]!.address)]));
        else known.add(addressKey(edges[i]!.address));
      }
  }
  const better = (a: string, b: string): string => {
    const more = (reach.get(a)?.size ?? 0) - (reach.get(b)?.size ?? 0) || b.length - a.length || (a < b ? 1 : -1);
    return more > 0 ? a : b;
  };
  const named = new Map<string, Edge[]>();
  const nameless: Edge[] = [];
  for (const [i, edge] of edges.entries()) {
    const choice = choices[i]!;
    if (choice.length === 0) {
      nameless.push(edge);
      continue;
    }
    const name = choice.reduce(better);
    const known = named.get(name);
    if (known === undefined) named.set(name, [edge]);
    else known.push(edge);
  }
  return { names: new Map([...named].sort(([a], [b]) => (a < b ? -1 : 1))), nameless };
}
