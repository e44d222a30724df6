import { formatIpSet } from "../net/ip-set.ts";
import { fixedPart, formatNamePattern, globOf, includesPattern } from "../net/name-pattern.ts";
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
    case "api-server":
      return "the API server";
    case "unknown":
      return to.text;
    default:
      return to satisfies never;
  }
}

/** Equal keys mean the same set of addresses, whatever it is on a given day. */
export function destinationKey(to: SymbolicDestination): string {
  return to.kind === "name" ? `name ${globOf(to.pattern)}` : formatDestination(to);
}

/**
 * The keys of every pattern that could include this name or pattern, itself first: names are compared as languages. Only
 * {@link isGlob} patterns besides are not among them: those are few, and {@link includesDestination} tells.
 */
export function includingKeys(to: SymbolicDestination): readonly string[] {
  if (to.kind !== "name") return [destinationKey(to)];
  const { pattern } = to;
  const own = destinationKey(to);
  const end = fixedPart(pattern);
  const name = globOf(pattern);
  // What stands before the fixed part is at least one label; exactly one is what `*` of one label includes.
  const ends = pattern.kind === "exact" ? parentsOf(end) : end === "" ? [] : [end, ...parentsOf(end)];
  const keys = ends.map((suffix) => `name **.${suffix}`);
  const [first] = ends;
  const isOneLabel =
    first !== undefined && !name.startsWith("**.") && !name.slice(0, name.length - first.length - 1).includes(".");
  if (isOneLabel) keys.unshift(`name *.${first}`);
  return [own, ...keys.filter((key) => key !== own)];
}

/** Whether the pattern is one that {@link includingKeys} cannot list. */
export function isGlob(to: SymbolicDestination): boolean {
  return to.kind === "name" && to.pattern.kind === "glob";
}

/** Whether every address behind `inner` is surely behind `outer` too, by their names. */
export function includesDestination(outer: SymbolicDestination, inner: SymbolicDestination): boolean {
  return outer.kind === "name" && inner.kind === "name" && includesPattern(outer.pattern, inner.pattern);
}

function parentsOf(name: string): readonly string[] {
  const labels = name.split(".");
  return labels.slice(1).map((_, i) => labels.slice(i + 1).join("."));
}
