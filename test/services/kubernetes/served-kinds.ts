/** What the double serves, as discovery tells it. */
export interface ServedKind {
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly kind: string;
  readonly isNamespaced: boolean;
  readonly shortNames: readonly string[];
}

const served = (
  group: string,
  version: string,
  resource: string,
  kind: string,
  isNamespaced: boolean,
  ...shortNames: string[]
): ServedKind => ({
  group,
  version,
  resource,
  kind,
  isNamespaced,
  shortNames,
});

export const kubernetesKinds: readonly ServedKind[] = [
  served("", "v1", "namespaces", "Namespace", false, "ns"),
  served("", "v1", "nodes", "Node", false, "no"),
  served("", "v1", "pods", "Pod", true, "po"),
  served("", "v1", "services", "Service", true, "svc"),
  served("", "v1", "secrets", "Secret", true),
  served("", "v1", "configmaps", "ConfigMap", true, "cm"),
  served("", "v1", "replicationcontrollers", "ReplicationController", true, "rc"),
  served("apps", "v1", "replicasets", "ReplicaSet", true, "rs"),
  served("apps", "v1", "deployments", "Deployment", true, "deploy"),
  served("batch", "v1", "jobs", "Job", true),
  served("batch", "v1", "cronjobs", "CronJob", true, "cj"),
  served("discovery.k8s.io", "v1", "endpointslices", "EndpointSlice", true),
  served("networking.k8s.io", "v1", "networkpolicies", "NetworkPolicy", true, "netpol"),
];

export const openshiftKinds: readonly ServedKind[] = [
  ...kubernetesKinds,
  served("config.openshift.io", "v1", "networks", "Network", false),
  served("operator.openshift.io", "v1", "networks", "Network", false),
  served("k8s.ovn.org", "v1", "egressfirewalls", "EgressFirewall", true),
  served("k8s.ovn.org", "v1", "egressips", "EgressIP", false, "eip"),
  served("policy.networking.k8s.io", "v1alpha1", "adminnetworkpolicies", "AdminNetworkPolicy", false, "anp"),
  served(
    "policy.networking.k8s.io",
    "v1alpha1",
    "baselineadminnetworkpolicies",
    "BaselineAdminNetworkPolicy",
    false,
    "banp",
  ),
];

export function apiVersionOf({ group, version }: Pick<ServedKind, "group" | "version">): string {
  return group === "" ? version : `${group}/${version}`;
}

export function resourceKey({ group, resource }: Pick<ServedKind, "group" | "resource">): string {
  return `${resource}.${group}`;
}

/** The answer to a discovery request; undefined when the path is none. */
export function discovery(path: string, kinds: readonly ServedKind[]): object | undefined {
  const groups = [...new Set(kinds.map(({ group }) => group))].filter((group) => group !== "");
  const versionsOf = (group: string): readonly { readonly groupVersion: string; readonly version: string }[] =>
    [...new Set(kinds.filter((kind) => kind.group === group).map(({ version }) => version))].map((version) => ({
      groupVersion: `${group}/${version}`,
      version,
    }));
  if (path === "/version") return { major: "1", minor: "29", gitVersion: "v1.29.0", platform: "linux/amd64" };
  if (path === "/api") return { kind: "APIVersions", versions: ["v1"], serverAddressByClientCIDRs: [] };
  if (path === "/apis") {
    return {
      kind: "APIGroupList",
      apiVersion: "v1",
      groups: groups.map((name) => ({ name, versions: versionsOf(name), preferredVersion: versionsOf(name)[0] })),
    };
  }
  const groupVersion = path === "/api/v1" ? "v1" : (/^\/apis\/([^/]+\/[^/]+)$/.exec(path)?.[1] ?? "");
  const own = kinds.filter((kind) => apiVersionOf(kind) === groupVersion);
  if (own.length === 0) return undefined;
  return {
    kind: "APIResourceList",
    apiVersion: "v1",
    groupVersion,
    resources: own.map(({ resource, kind, isNamespaced, shortNames }) => ({
      name: resource,
      singularName: kind.toLowerCase(),
      namespaced: isNamespaced,
      kind,
      verbs: ["get", "list", "watch"],
      shortNames,
    })),
  };
}
