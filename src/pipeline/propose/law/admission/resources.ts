import type { PolicyKind } from "../../../../core/policy/model.ts";

/** Where a kind is found in the API of a cluster. */
interface Resource {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
}

const calico = { group: "projectcalico.org", version: "v3" } as const;
const cilium = { group: "cilium.io", version: "v2" } as const;
const adminPolicies = { group: "policy.networking.k8s.io", version: "v1alpha1" } as const;

export const resources: Readonly<Record<PolicyKind, Resource>> = {
  EgressFirewall: { group: "k8s.ovn.org", version: "v1", plural: "egressfirewalls" },
  EgressNetworkPolicy: { group: "network.openshift.io", version: "v1", plural: "egressnetworkpolicies" },
  NetworkPolicy: { group: "networking.k8s.io", version: "v1", plural: "networkpolicies" },
  AdminNetworkPolicy: { ...adminPolicies, plural: "adminnetworkpolicies" },
  BaselineAdminNetworkPolicy: { ...adminPolicies, plural: "baselineadminnetworkpolicies" },
  ClusterNetworkPolicy: { group: "policy.networking.k8s.io", version: "v1alpha2", plural: "clusternetworkpolicies" },
  CiliumNetworkPolicy: { ...cilium, plural: "ciliumnetworkpolicies" },
  CiliumClusterwideNetworkPolicy: { ...cilium, plural: "ciliumclusterwidenetworkpolicies" },
  CalicoNetworkPolicy: { ...calico, plural: "networkpolicies" },
  CalicoGlobalNetworkPolicy: { ...calico, plural: "globalnetworkpolicies" },
};

export function resourceOf(kind: PolicyKind): Resource {
  return resources[kind];
}
