/**
 * The port groups and ACLs OVN-Kubernetes makes of the egress half of NetworkPolicies, for peers outside the cluster:
 * one default deny per namespace at 1000, one allow-related per rule, block and protocol at 1001, after load balancing.
 */
import type { WireNetworkPolicy, WirePolicyPort } from "../../arbitraries/network-policy.ts";
import { selects } from "./egress-firewall-acls.ts";
import { aclName, egressDenyPortGroup, networkPolicyPortGroup } from "./names.ts";
import type { Acl, PortGroup } from "./northbound.ts";

export interface PolicedPod {
  readonly port: string;
  readonly labels: Readonly<Record<string, string>>;
}

export function networkPolicyPortGroups(
  namespace: string,
  policies: readonly WireNetworkPolicy[],
  pods: readonly PolicedPod[],
): PortGroup[] {
  const isolating = policies.filter(isolatesEgress);
  const selected = (policy: WireNetworkPolicy): string[] =>
    pods.filter(({ labels }) => selects(policy.spec.podSelector, labels)).map(({ port }) => port);
  const isolated = [...new Set(isolating.flatMap(selected))];
  if (isolating.length === 0) return [];
  return [
    {
      name: egressDenyPortGroup(namespace),
      ports: isolated,
      acls: [
        acl(aclName("NP", namespace, "Egress"), 1000, "drop", `inport == @${egressDenyPortGroup(namespace)}`),
        acl(
          aclName("NP", namespace, "Egress"),
          1001,
          "allow",
          `inport == @${egressDenyPortGroup(namespace)} && (arp || nd)`,
        ),
      ],
    },
    ...isolating.map((policy) => ({
      name: networkPolicyPortGroup(namespace, policy.metadata.name),
      ports: selected(policy),
      acls: policyAcls(namespace, policy),
    })),
  ];
}

/** Egress is implied only by an egress rule; a list with `Egress` in it isolates even without one. */
function isolatesEgress({ spec }: WireNetworkPolicy): boolean {
  if (spec.policyTypes !== undefined && spec.policyTypes.length > 0) return spec.policyTypes.includes("Egress");
  return (spec.egress ?? []).length > 0;
}

function policyAcls(namespace: string, { metadata, spec }: WireNetworkPolicy): Acl[] {
  const group = networkPolicyPortGroup(namespace, metadata.name);
  return (spec.egress ?? []).flatMap((rule, index) => {
    const peers = rule.to ?? [];
    const destinations = peers.length === 0 ? ["(ip4 || ip6)"] : peers.map(({ ipBlock }) => blockMatch(ipBlock));
    const l4 = portMatches(rule.ports ?? []);
    return destinations.flatMap((destination) =>
      l4.map((match) =>
        acl(
          aclName("NP", namespace, metadata.name, "Egress", index),
          1001,
          "allow-related",
          `${destination}${match} && inport == @${group}`,
        ),
      ),
    );
  });
}

function blockMatch({ cidr, except = [] }: { readonly cidr: string; readonly except?: readonly string[] }): string {
  const field = cidr.includes(":") ? "ip6.dst" : "ip4.dst";
  return except.length === 0 ? `${field} == ${cidr}` : `(${field} == ${cidr} && ${field} != {${except.join(", ")}})`;
}

/** One match per protocol; the whole protocol where any of its entries has no port. */
function portMatches(ports: readonly WirePolicyPort[]): string[] {
  if (ports.length === 0) return [""];
  return ["TCP", "UDP", "SCTP"].flatMap((protocol) => {
    const own = ports.filter((port) => (port.protocol ?? "TCP") === protocol);
    if (own.length === 0) return [];
    const word = protocol.toLowerCase();
    if (own.some(({ port }) => port === undefined)) return [` && ${word}`];
    const single = own.filter(({ endPort }) => endPort === undefined).map(({ port }) => port);
    const ranges = own.filter(({ endPort }) => endPort !== undefined);
    const parts = [
      ...(single.length === 0 ? [] : [`${word}.dst=={${single.join(",")}}`]),
      ...ranges.map(({ port, endPort }) => `${port}<=${word}.dst<=${endPort}`),
    ];
    return [` && ${word} && (${parts.join(" || ")})`];
  });
}

function acl(name: string, priority: number, action: Acl["action"], match: string): Acl {
  return {
    name,
    direction: "from-lport",
    priority,
    action,
    match,
    afterLoadBalancer: true,
    externalIds: { "k8s.ovn.org/owner-type": priority === 1000 ? "NetpolNamespace" : "NetworkPolicy" },
  };
}
