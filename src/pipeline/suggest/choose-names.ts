import { formatIp } from "../../core/net/ip.ts";
import { canonicalName } from "../../core/net/name-pattern.ts";
import { isUsableName } from "../baseline/services/usable-name.ts";
import type { Edge } from "../flows/edge.ts";
import type { NameEvidence } from "../flows/harvest.ts";
import type { NameOf } from "./needs.ts";

/**
 * Picks one name for the traffic to an address: of the names its own records carry, or else of those with evidence for the
 * address, the one that explains most of the namespace's addresses, so that few names cover many addresses; ties go to
 * the shorter, then to the first by text. Two services that share an address so keep their own names and ports.
 * Evidence counts where it comes from the flow itself, or from an answer to a pod of the same namespace.
 */
export function chooseNames(edges: readonly Edge[], evidence: readonly NameEvidence[]): NameOf {
  const [namespace] = edges.map((edge) => edge.namespace);
  const namesAt = new Map<string, Set<string>>();
  const note = (address: string, name: string): void => {
    const canonical = canonicalName(name);
    if (!isUsableName(canonical)) return;
    const known = namesAt.get(address);
    if (known === undefined) namesAt.set(address, new Set([canonical]));
    else known.add(canonical);
  };
  const wanted = new Set(edges.map(({ address }) => formatIp(address)));
  for (const edge of edges) for (const name of edge.names) note(formatIp(edge.address), name);
  for (const { name, address, namespace: asker } of evidence) {
    const text = formatIp(address);
    if (asker === namespace && wanted.has(text)) note(text, name);
  }
  return mostCommonName(namesAt);
}

function mostCommonName(namesAt: ReadonlyMap<string, ReadonlySet<string>>): NameOf {
  const addressesOf = new Map<string, number>();
  for (const names of namesAt.values())
    for (const name of names) addressesOf.set(name, (addressesOf.get(name) ?? 0) + 1);
  const best = (names: Iterable<string>): string | undefined =>
    [...names].sort((a, b) => addressesOf.get(b)! - addressesOf.get(a)! || a.length - b.length || (a < b ? -1 : 1))[0];
  return ({ address, prefixLength, names }) => {
    if (prefixLength !== undefined) return undefined;
    const own = names.map(canonicalName).filter(isUsableName);
    return best(own.length > 0 ? own : (namesAt.get(formatIp(address)) ?? []));
  };
}
