/**
 * A DNS name, or a set of names written with a wildcard. What `*` stands for is the engine's own choice
 * (policy-semantics: EgressFirewall one label; AdminNetworkPolicy, ClusterNetworkPolicy and Calico Enterprise one or
 * more labels), so the meaning is part of the value and not of the caller.
 */
export type NamePattern =
  | { readonly kind: "exact"; readonly name: string }
  /** `*.suffix`, one label before the suffix. */
  | { readonly kind: "one-label"; readonly suffix: string }
  /** `*.suffix` or Cilium's `**.suffix`, one or more labels before the suffix. */
  | { readonly kind: "subdomains"; readonly suffix: string };

/** Lower case, no trailing dot: the one form in which names are compared. */
export function canonicalName(name: string): string {
  const lower = name.toLowerCase();
  return lower.endsWith(".") ? lower.slice(0, -1) : lower;
}

export function namePattern(text: string, star: "one-label" | "subdomains"): NamePattern {
  const name = canonicalName(text);
  return name.startsWith("*.") ? { kind: star, suffix: name.slice(2) } : { kind: "exact", name };
}

export function formatNamePattern(pattern: NamePattern): string {
  return pattern.kind === "exact" ? pattern.name : `*.${pattern.suffix}`;
}

/** `name` in canonical form. */
export function matchesName(pattern: NamePattern, name: string): boolean {
  if (pattern.kind === "exact") return name === pattern.name;
  const end = name.length - pattern.suffix.length - 1;
  if (end < 1 || name[end] !== "." || !name.endsWith(pattern.suffix)) return false;
  return pattern.kind === "subdomains" || !name.slice(0, end).includes(".");
}

/** Whether every name of `inner` is a name of `outer`: comparison of the two as languages. */
export function includesPattern(outer: NamePattern, inner: NamePattern): boolean {
  if (inner.kind === "exact") return matchesName(outer, inner.name);
  if (outer.kind === "exact") return false;
  if (outer.kind === "one-label") return inner.kind === "one-label" && inner.suffix === outer.suffix;
  return inner.suffix === outer.suffix || inner.suffix.endsWith(`.${outer.suffix}`);
}
