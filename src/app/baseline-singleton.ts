import type { DraftKind } from "../core/policy/draft.ts";
import type { EgressPolicy } from "../core/policy/model.ts";
import { isOnlyFor } from "../core/policy/subject.ts";

/**
 * A cluster has one BaselineAdminNetworkPolicy, with one list of rules for all pods it is for: a suggestion for two
 * namespaces would open to each what only the other needs.
 * @returns why none can be suggested, as a sentence; undefined when one can
 */
export function baselineRefusal(
  kind: DraftKind,
  namespaces: readonly string[],
  existing: readonly EgressPolicy[],
): string | undefined {
  if (kind !== "BaselineAdminNetworkPolicy") return undefined;
  if (namespaces.length > 1) {
    return (
      `a cluster has one BaselineAdminNetworkPolicy and ${namespaces.length} namespaces were asked for: name one with ` +
      "`--namespace`, or suggest an AdminNetworkPolicy, of which each namespace gets its own"
    );
  }
  const other = existing.find((policy) => policy.kind === kind && !isOnlyFor(policy, namespaces[0] ?? ""));
  if (other === undefined) return undefined;
  return (
    "the cluster has a BaselineAdminNetworkPolicy already, which is for other namespaces too and would be replaced: " +
    "suggest an AdminNetworkPolicy instead"
  );
}
