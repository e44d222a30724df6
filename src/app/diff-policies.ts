import { ipSetOfAll } from "../core/net/ip-set.ts";
import { compareSets, type NamespaceDifference } from "../core/policy/compare-sets.ts";
import type { ClusterFacts } from "../pipeline/flows/cluster-facts.ts";
import type { PolicyReading } from "./policy-source.ts";

export interface DiffRequest {
  readonly before: PolicyReading;
  readonly after: PolicyReading;
  readonly facts: ClusterFacts;
}

export interface DiffReport {
  /** Namespaces with an object that was added, removed or rewritten, or where one of the whole cluster matters; by name. */
  readonly namespaces: readonly NamespaceDifference[];
  /** Whether every connection of every pod surely has the same verdict before and after. */
  readonly isEqual: boolean;
  /** False: there was too much to compare, and no change found does not mean equal. Each namespace says what. */
  readonly isComplete: boolean;
  readonly newlyAllowed: number;
  readonly newlyDenied: number;
  /** Objects on both sides, for the summary. */
  readonly objects: { readonly before: number; readonly after: number };
}

/** What replacing one set of policies by another does to connections. */
export function diffPolicies({ before, after, facts }: DiffRequest): DiffReport {
  const clusterNetworks = ipSetOfAll(facts.clusterNetworks);
  const namespaceLabels = new Map(facts.namespaces.map(({ name, labels }) => [name, labels]));
  const namespaces = compareSets(before.policies, after.policies, { clusterNetworks, namespaceLabels });
  const scopes = namespaces.flatMap((own) => own.scopes);
  const changes = scopes.flatMap((scope) => scope.changes.map(({ difference }) => difference.change));
  // Rules that a cluster stops applying, or starts to, change what happens although the rules say the same.
  const sameState = scopes.every(
    (scope) => (scope.before.caution === undefined) === (scope.after.caution === undefined),
  );
  const isComplete = namespaces.every(({ notCompared }) => notCompared.length === 0);
  return {
    namespaces,
    isEqual: changes.length === 0 && sameState && isComplete,
    isComplete,
    newlyAllowed: changes.filter((change) => change === "newly allowed").length,
    newlyDenied: changes.filter((change) => change === "newly denied").length,
    objects: { before: before.policies.length, after: after.policies.length },
  };
}
