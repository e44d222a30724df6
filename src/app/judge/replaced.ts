import type { EgressPolicy } from "../../core/policy/model.ts";

/** Kind, namespace and name: what the cluster keeps one of. */
export function isSameObject(a: EgressPolicy, b: EgressPolicy): boolean {
  return a.kind === b.kind && a.namespace === b.namespace && a.name === b.name;
}

/** The set with `policies` instead of the objects of the same names, and without those that are taken away. */
export function replaced(
  set: readonly EgressPolicy[],
  policies: readonly EgressPolicy[],
  gone: readonly EgressPolicy[] = [],
): readonly EgressPolicy[] {
  const all = [...policies, ...gone];
  return [...set.filter((own) => !all.some((other) => isSameObject(own, other))), ...policies];
}
