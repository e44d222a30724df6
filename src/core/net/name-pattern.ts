import { canonicalGlob, fixedEnd, type GlobText, includesGlob, matchesGlob } from "./name-glob.ts";

/**
 * A DNS name, or a set of names written with a wildcard. What `*` stands for is the engine's own choice
 * (policy-semantics: EgressFirewall one label; AdminNetworkPolicy, ClusterNetworkPolicy and Calico Enterprise one or
 * more labels; Cilium characters inside a label), so the meaning is part of the value and not of the caller.
 */
export type NamePattern =
  | { readonly kind: "exact"; readonly name: string }
  /** `*.suffix`, one label before the suffix. */
  | { readonly kind: "one-label"; readonly suffix: string }
  /** `*.suffix` or Cilium's `**.suffix`, one or more labels before the suffix. */
  | { readonly kind: "subdomains"; readonly suffix: string }
  /** Cilium's other patterns, such as `cdn-*.example.com`; never one that the kinds above can say. */
  | { readonly kind: "glob"; readonly text: GlobText };

/** Lower case, no trailing dot: the one form in which names are compared. */
export function canonicalName(name: string): string {
  const lower = name.toLowerCase();
  return lower.endsWith(".") ? lower.slice(0, -1) : lower;
}

export function namePattern(text: string, star: "one-label" | "subdomains"): NamePattern {
  const name = canonicalName(text);
  return name.startsWith("*.") ? { kind: star, suffix: name.slice(2) } : { kind: "exact", name };
}

/** A `matchPattern` of Cilium in the simplest kind that says it. */
export function globPattern(text: string): NamePattern {
  const glob = canonicalGlob(text);
  if (!glob.includes("*")) return { kind: "exact", name: glob };
  const suffix = fixedEnd(glob);
  if (suffix !== "" && glob === `**.${suffix}`) return { kind: "subdomains", suffix };
  // No label is empty, so that `*` for a whole label stands for exactly one.
  if (suffix !== "" && glob === `*.${suffix}`) return { kind: "one-label", suffix };
  return { kind: "glob", text: glob };
}

/** The pattern in Cilium's notation, where `*` is one label and `**` are several. */
export function globOf(pattern: NamePattern): GlobText {
  switch (pattern.kind) {
    case "exact":
      return pattern.name;
    case "one-label":
      return `*.${pattern.suffix}`;
    case "subdomains":
      return `**.${pattern.suffix}`;
    case "glob":
      return pattern.text;
    default:
      return pattern satisfies never;
  }
}

/** For people; a kind of policy has one meaning of `*`, so `one-label` and `subdomains` are written alike. */
export function formatNamePattern(pattern: NamePattern): string {
  return pattern.kind === "subdomains" ? `*.${pattern.suffix}` : globOf(pattern);
}

/** The part behind the wildcard in whole labels: every name of the pattern ends with it. Empty where there is none. */
export function fixedPart(pattern: NamePattern): string {
  if (pattern.kind === "exact") return pattern.name;
  return pattern.kind === "glob" ? fixedEnd(pattern.text) : pattern.suffix;
}

/** `name` in canonical form. */
export function matchesName(pattern: NamePattern, name: string): boolean {
  if (pattern.kind === "exact") return name === pattern.name;
  if (pattern.kind === "glob") return matchesGlob(pattern.text, name);
  const end = name.length - pattern.suffix.length - 1;
  if (end < 1 || name[end] !== "." || !name.endsWith(pattern.suffix)) return false;
  return pattern.kind === "subdomains" || !name.slice(0, end).includes(".");
}

/** Whether every name of `inner` is a name of `outer`: comparison of the two as languages. */
export function includesPattern(outer: NamePattern, inner: NamePattern): boolean {
  if (inner.kind === "exact") return matchesName(outer, inner.name);
  if (outer.kind === "exact") return false;
  if (outer.kind === "glob" || inner.kind === "glob") return includesGlob(globOf(outer), globOf(inner));
  if (outer.kind === "one-label") return inner.kind === "one-label" && inner.suffix === outer.suffix;
  return inner.suffix === outer.suffix || inner.suffix.endsWith(`.${outer.suffix}`);
}
