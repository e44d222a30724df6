/** A sort of object that is listed and watched. */
export interface WatchedKind {
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly kind: string;
  /** The one object of that name, where others are none of our business. */
  readonly only?: string;
  /** Names, labels and owners are enough: the server sends no more. */
  readonly isMetadataOnly?: true;
  /** Objects come and go under the same name, and which of them went must be told. */
  readonly isKnownByUid?: true;
  /** Parts of `metadata`, `spec` and `status` that are not even parsed. */
  readonly without: ReadonlySet<string>;
  /** Clusters without it are complete. */
  readonly isOptional: boolean;
  /** `facts` tell inside from outside and whose address it is; `documents` are kept as they are for later stages. */
  readonly use: "facts" | "documents";
}

const managed = new Set(["managedFields"]);
const large = new Set([
  ...managed,
  "affinity",
  "containers",
  "ephemeralContainers",
  "images",
  "initContainers",
  "jobTemplate",
  "template",
  "tolerations",
  "volumes",
  "volumesAttached",
]);

const fact = (group: string, version: string, resource: string, kind: string): WatchedKind => ({
  group,
  version,
  resource,
  kind,
  without: large,
  isOptional: false,
  use: "facts",
});
const document = (group: string, version: string, resource: string, kind: string): WatchedKind => ({
  group,
  version,
  resource,
  kind,
  without: managed,
  isOptional: true,
  use: "documents",
});

/** Everything that is ever asked for, in the order of the first lists: owners before the pods they own. */
export const watchedKinds: readonly WatchedKind[] = [
  { ...fact("config.openshift.io", "v1", "networks", "Network"), only: "cluster", isOptional: true },
  { ...fact("operator.openshift.io", "v1", "networks", "Network"), only: "cluster", isOptional: true },
  { ...fact("", "v1", "namespaces", "Namespace"), isMetadataOnly: true },
  fact("", "v1", "nodes", "Node"),
  { ...fact("apps", "v1", "replicasets", "ReplicaSet"), isMetadataOnly: true },
  { ...fact("batch", "v1", "jobs", "Job"), isMetadataOnly: true },
  { ...fact("", "v1", "replicationcontrollers", "ReplicationController"), isMetadataOnly: true },
  { ...fact("batch", "v1", "cronjobs", "CronJob"), isOptional: true },
  fact("", "v1", "services", "Service"),
  fact("discovery.k8s.io", "v1", "endpointslices", "EndpointSlice"),
  { ...fact("", "v1", "pods", "Pod"), isKnownByUid: true },
  document("k8s.ovn.org", "v1", "egressfirewalls", "EgressFirewall"),
  document("k8s.ovn.org", "v1", "egressips", "EgressIP"),
  document("network.openshift.io", "v1", "egressnetworkpolicies", "EgressNetworkPolicy"),
  document("networking.k8s.io", "v1", "networkpolicies", "NetworkPolicy"),
  document("policy.networking.k8s.io", "v1alpha1", "adminnetworkpolicies", "AdminNetworkPolicy"),
  document("policy.networking.k8s.io", "v1alpha1", "baselineadminnetworkpolicies", "BaselineAdminNetworkPolicy"),
  document("policy.networking.k8s.io", "v1alpha2", "clusternetworkpolicies", "ClusterNetworkPolicy"),
  document("cilium.io", "v2", "ciliumnetworkpolicies", "CiliumNetworkPolicy"),
  document("cilium.io", "v2", "ciliumclusterwidenetworkpolicies", "CiliumClusterwideNetworkPolicy"),
  document("projectcalico.org", "v3", "networkpolicies", "NetworkPolicy"),
  document("projectcalico.org", "v3", "globalnetworkpolicies", "GlobalNetworkPolicy"),
  document("projectcalico.org", "v3", "networksets", "NetworkSet"),
  document("projectcalico.org", "v3", "globalnetworksets", "GlobalNetworkSet"),
  document("projectcalico.org", "v3", "tiers", "Tier"),
];

export function apiVersionOf({ group, version }: WatchedKind): string {
  return group === "" ? version : `${group}/${version}`;
}

/** `pods`, `egressfirewalls.k8s.ovn.org`: as `kubectl get` takes it. */
export function resourceName({ group, resource }: WatchedKind): string {
  return group === "" ? resource : `${resource}.${group}`;
}

export function pathOf(kind: WatchedKind): string {
  return `${kind.group === "" ? "/api" : "/apis"}/${apiVersionOf(kind)}/${kind.resource}`;
}

/** The rule that a role needs, as `deploy/rbac.yaml` has it. */
export function ruleOf({ group, resource, only }: WatchedKind): string {
  const names = only === undefined ? "" : `, resourceNames: ["${only}"]`;
  return `apiGroups: ["${group}"], resources: ["${resource}"]${names}, verbs: ["list", "watch"]`;
}
