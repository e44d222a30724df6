import { type IpSet, ipSetOfAll, noAddresses } from "../../core/net/ip-set.ts";
import type { IpAddress } from "../../core/net/ip.ts";
import { globOf, matchesName } from "../../core/net/name-pattern.ts";
import type { SymbolicDestination } from "../../core/policy/compile.ts";
import { selects } from "../../core/policy/label-selector.ts";
import type { ClusterFacts } from "../flows/cluster-facts.ts";
import type { Edge } from "../flows/edge.ts";
import type { NameEvidence } from "../flows/harvest.ts";

export type Resolve = (to: SymbolicDestination) => IpSet | undefined;

/**
 * Answers which addresses stand behind names and selectors, from what was recorded. A name that nobody was seen to
 * resolve is unknown, not empty. Pods are inside the cluster, where recorded egress never goes.
 */
export function knownAddresses(
  edges: readonly Edge[],
  evidence: readonly NameEvidence[],
  { nodes, apiServer }: ClusterFacts,
): Resolve {
  const addressesOf = new Map<string, IpAddress[]>();
  let last: string | undefined;
  let known: IpAddress[] = [];
  const note = (name: string, address: IpAddress): void => {
    // Evidence is sorted by name.
    if (name !== last) {
      last = name;
      known = addressesOf.get(name) ?? [];
      if (known.length === 0) addressesOf.set(name, known);
    }
    known.push(address);
  };
  for (const { names, address } of edges) for (const name of names) note(name, address);
  for (const { name, address } of evidence) note(name, address);
  const resolved = new Map<string, IpSet | undefined>();
  return (to) => {
    if (to.kind === "pods") return noAddresses;
    if (to.kind === "unknown") return undefined;
    if (to.kind === "api-server") {
      return apiServer.length === 0 ? undefined : ipSetOfAll(apiServer.map(({ address }) => address));
    }
    if (to.kind === "nodes") {
      if (nodes.length === 0) return undefined;
      return ipSetOfAll(
        nodes.filter(({ labels }) => selects(to.selector, labels)).flatMap(({ addresses }) => addresses),
      );
    }
    // Every namespace asks for the names that all use.
    const { pattern } = to;
    const key = pattern.kind === "exact" ? `=${pattern.name}` : globOf(pattern);
    if (resolved.has(key)) return resolved.get(key);
    const matching =
      pattern.kind === "exact"
        ? (addressesOf.get(pattern.name) ?? [])
        : [...addressesOf].filter(([name]) => matchesName(pattern, name)).flatMap(([, own]) => own);
    const set = matching.length === 0 ? undefined : ipSetOfAll(matching);
    resolved.set(key, set);
    return set;
  };
}
