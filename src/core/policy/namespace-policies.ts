import { isFirewall } from "./effective.ts";
import type { EgressPolicy } from "./model.ts";

/** The policies of one namespace that can be in force together, each object once. */
export interface NamespacePolicies {
  /** Empty: the policies of the whole cluster. */
  readonly namespace: string;
  /** At most one, but for EgressNetworkPolicies, of which OpenShift SDN takes two as "drop everything". */
  readonly firewalls: readonly EgressPolicy[];
  /** Of any kind that is not a firewall. */
  readonly networkPolicies: readonly EgressPolicy[];
  /** What was set aside, and why, as sentences. */
  readonly setAside: readonly { readonly policy: EgressPolicy; readonly because: string }[];
}

/**
 * Sorts policies into namespaces as a cluster would keep them: of objects with one kind, namespace and name the last
 * stays, and beside an EgressFirewall an EgressNetworkPolicy has no effect (no cluster runs both networks).
 * Namespaces and objects in order of their names.
 */
export function policiesByNamespace(policies: readonly EgressPolicy[]): readonly NamespacePolicies[] {
  const namespaces = new Map<string, Map<string, EgressPolicy>>();
  const replaced = new Map<string, EgressPolicy[]>();
  for (const policy of policies) {
    let own = namespaces.get(policy.namespace);
    if (own === undefined) namespaces.set(policy.namespace, (own = new Map<string, EgressPolicy>()));
    const key = `${policy.kind} ${policy.name}`;
    const earlier = own.get(key);
    if (earlier !== undefined) replaced.set(policy.namespace, [...(replaced.get(policy.namespace) ?? []), earlier]);
    own.set(key, policy);
  }
  return [...namespaces]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([namespace, byKey]) => namespacePolicies(namespace, byKey, replaced.get(namespace) ?? []));
}

function namespacePolicies(
  namespace: string,
  byKey: ReadonlyMap<string, EgressPolicy>,
  replaced: readonly EgressPolicy[],
): NamespacePolicies {
  const kept = [...byKey].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, policy]) => policy);
  const hasEgressFirewall = kept.some(({ kind }) => kind === "EgressFirewall");
  const hasDefault = kept.some(({ kind, name }) => kind === "EgressFirewall" && name === "default");
  const isInert = ({ kind }: EgressPolicy): boolean => kind === "EgressNetworkPolicy" && hasEgressFirewall;
  const isMisnamed = ({ kind, name }: EgressPolicy): boolean =>
    kind === "EgressFirewall" && hasDefault && name !== "default";
  return {
    namespace,
    firewalls: kept.filter((policy) => isFirewall(policy) && !isInert(policy) && !isMisnamed(policy)),
    networkPolicies: kept.filter((policy) => !isFirewall(policy)),
    setAside: [
      ...replaced.map((policy) => ({ policy, because: "the same object is written again later" })),
      ...kept.filter(isMisnamed).map((policy) => ({
        policy,
        because: "the API server refuses an EgressFirewall that is not named `default`",
      })),
      ...kept.filter(isInert).map((policy) => ({
        policy,
        because: "the namespace has an EgressFirewall: OVN-Kubernetes ignores this kind",
      })),
    ],
  };
}

/** `EgressFirewall shop/default`, `AdminNetworkPolicy egress-guard`. */
export function formatPolicyName({ kind, namespace, name }: EgressPolicy): string {
  return `${kind} ${namespace === "" ? "" : `${namespace}/`}${name}`;
}
