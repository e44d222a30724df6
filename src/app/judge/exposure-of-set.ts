import type { IpSet } from "../../core/net/ip-set.ts";
import type { EffectivePolicy } from "../../core/policy/effective.ts";
import type { Exposure } from "../../core/policy/exposure.ts";
import { effectiveExposure, openRegions, type OpenRegion } from "../../core/policy/open-regions.ts";
import { formatWorkload, type Workload } from "../../core/workload/workload.ts";
import type { PolicyWorld } from "../../pipeline/verify/policy-world.ts";
import type { NamespaceEvidence } from "./namespace-evidence.ts";

/** Pods that the same policies decide for, and what is open to them. */
export interface OpenGroup {
  readonly policy: EffectivePolicy;
  readonly regions: readonly OpenRegion[];
  readonly exposure: Exposure;
}

const nobody: Workload = { kind: "", name: "" };

/** Asked for by everything that tells of a set of policies, and worked out once. */
const groupsOf = new WeakMap<PolicyWorld, readonly OpenGroup[]>();

/** One group for each set of policies that decides for some workload that was recorded; one for any pod where none was. */
export function openGroups(world: PolicyWorld, { where, edges, recorded }: NamespaceEvidence): readonly OpenGroup[] {
  const before = groupsOf.get(world);
  if (before !== undefined) return before;
  const workloads = new Map(edges.map(({ workload }) => [formatWorkload(workload), workload] as const));
  const all = workloads.size === 0 ? [nobody] : [...workloads.values()];
  const policies = new Set(all.map((workload) => world.policiesOf(where.namespace, workload).certain));
  const groups = [...policies].map((policy) => groupOf(policy, recorded.clusterNetworks));
  groupsOf.set(world, groups);
  return groups;
}

function groupOf(policy: EffectivePolicy, clusterNetworks: IpSet): OpenGroup {
  const regions = openRegions(policy, clusterNetworks);
  return { policy, regions, exposure: effectiveExposure(policy, regions) };
}

/** What is open to the pods that most is open to. */
export function widest(groups: readonly OpenGroup[]): Exposure {
  const most = (values: readonly (number | undefined)[]): number | undefined => {
    const known = values.filter((value) => value !== undefined);
    return known.length === 0 ? undefined : Math.max(...known);
  };
  return {
    v4: most(groups.map(({ exposure }) => exposure.v4)),
    v6: most(groups.map(({ exposure }) => exposure.v6)),
    unresolvedRules: Math.max(0, ...groups.map(({ exposure }) => exposure.unresolvedRules)),
  };
}
