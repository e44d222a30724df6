import { formatIpSet } from "../net/ip-set.ts";
import { formatNamePattern, type NamePattern } from "../net/name-pattern.ts";
import type { SymbolicDestination } from "./compile.ts";
import { formatLabelSelector, isEverything } from "./label-selector.ts";
import type { Destination } from "./model.ts";

/** Text for people. */
export function formatDestination(to: Destination): string {
  switch (to.kind) {
    case "addresses":
      return formatIpSet(to.addresses);
    case "name":
      return formatNamePattern(to.pattern);
    case "nodes":
      return `nodes ${formatLabelSelector(to.selector)}`;
    case "pods":
      // The empty selector selects every pod, as no selector beside one for namespaces does.
      return `pods ${to.pods === undefined || isEverything(to.pods) ? "any" : formatLabelSelector(to.pods)} in ${
        to.namespaces === undefined ? "this namespace" : `namespaces ${formatLabelSelector(to.namespaces)}`
      }`;
    case "unknown":
      return to.text;
    default:
      return to satisfies never;
  }
}

/** Equal keys mean the same set of addresses, whatever it is on a given day. */
export function destinationKey(to: SymbolicDestination): string {
  return to.kind === "name" ? `name ${to.pattern.kind} ${nameOf(to.pattern)}` : formatDestination(to);
}

/** The keys of every pattern that could include this name or pattern, itself first: names are compared as languages. */
export function includingKeys(to: SymbolicDestination): readonly string[] {
  if (to.kind !== "name") return [destinationKey(to)];
  const { pattern } = to;
  const name = nameOf(pattern);
  const keys = [destinationKey(to)];
  if (pattern.kind === "subdomains") {
    // Only a shorter suffix includes all subdomains of a suffix.
    for (const suffix of parentsOf(name)) keys.push(`name subdomains ${suffix}`);
    return keys;
  }
  const first = pattern.kind === "exact" ? parentsOf(name)[0] : name;
  if (pattern.kind === "exact" && first !== undefined) keys.push(`name one-label ${first}`);
  for (const suffix of pattern.kind === "exact" ? parentsOf(name) : [name, ...parentsOf(name)]) {
    keys.push(`name subdomains ${suffix}`);
  }
  return keys;
}

function nameOf(pattern: NamePattern): string {
  return pattern.kind === "exact" ? pattern.name : pattern.suffix;
}

function parentsOf(name: string): readonly string[] {
  const labels = name.split(".");
  return labels.slice(1).map((_, i) => labels.slice(i + 1).join("."));
}
