import { type IpSet, ipSetOfAll } from "../core/net/ip-set.ts";
import type { EgressPolicy } from "../core/policy/model.ts";
import { policiesByNamespace } from "../core/policy/namespace-policies.ts";
import type { ClusterFacts } from "../pipeline/flows/cluster-facts.ts";
import type { Harvest } from "../pipeline/flows/harvest.ts";
import { knownAddresses, type Resolve } from "../pipeline/verify/known-addresses.ts";
import { PolicyWorld, workloadLabels } from "../pipeline/verify/policy-world.ts";

/** What a recording and a cluster dump tell about names, nodes, pods and networks: any set of policies can be judged in it. */
export interface RecordedWorld {
  readonly resolve: Resolve;
  /** Pod networks. */
  readonly clusterNetworks: IpSet;
  /** The policies as a cluster would hold them: of objects written twice the last stays. */
  worldOf(policies: readonly EgressPolicy[]): PolicyWorld;
}

export function recordedWorld(
  harvest: Pick<Harvest, "edges" | "nameEvidence" | "clusterNetworks">,
  facts: ClusterFacts,
): RecordedWorld {
  const resolve = knownAddresses(harvest.edges, harvest.nameEvidence, facts);
  const clusterNetworks = ipSetOfAll(harvest.clusterNetworks.pods);
  const labels = workloadLabels(facts);
  return {
    resolve,
    clusterNetworks,
    worldOf: (policies) => new PolicyWorld(inForce(policies), labels, resolve, clusterNetworks),
  };
}

export function inForce(policies: readonly EgressPolicy[]): readonly EgressPolicy[] {
  return policiesByNamespace(policies).flatMap(({ firewalls, networkPolicies }) => [...firewalls, ...networkPolicies]);
}
