/**
 * The ACLs OVN-Kubernetes makes of an EgressFirewall: its `generateMatch`, `egressGetL4Match` and `matchTarget.toExpr`
 * retold, from the wire form, on purpose without any code of `src/core/policy`.
 */
import { BlockList, isIPv4 } from "node:net";
import type { WireEgressFirewallSpec, WireEgressRule, WireSelector } from "../../arbitraries/egress-firewall.ts";
import type { KnownNode } from "../../arbitraries/evidence.ts";
import { aclName, dnsAddressSet, namespacePortGroup } from "./names.ts";
import type { Acl, AddressSet } from "./northbound.ts";

export interface ClusterFacts {
  readonly podNetworks: readonly string[];
  readonly nodes: readonly KnownNode[];
  /** Addresses per name, as the cluster's resolver found them. */
  readonly names: Readonly<Record<string, readonly string[]>>;
}

export function egressFirewallAcls(namespace: string, spec: WireEgressFirewallSpec, facts: ClusterFacts): Acl[] {
  return spec.egress.flatMap((rule, index) => {
    const targets = destinationMatches(rule.to, facts);
    // A selector without nodes leaves no ACL: later rules decide.
    if (targets.length === 0) return [];
    return [
      {
        name: aclName("EF", namespace, index),
        direction: "to-lport",
        priority: 10_000 - index,
        // Exactly `Allow`, and everything else is a drop: the pattern of the CRD lets `Allowed` through.
        action: rule.type === "Allow" ? "allow" : "drop",
        match: `(${targets.join(" || ")}) && inport == @${namespacePortGroup(namespace)}${portsMatch(rule)}`,
        afterLoadBalancer: false,
        externalIds: {
          "k8s.ovn.org/id": `default-network-controller:EgressFirewall:${namespace}:${index}`,
          "k8s.ovn.org/owner-type": "EgressFirewall",
          "k8s.ovn.org/name": namespace,
          "rule-index": `${index}`,
        },
      },
    ];
  });
}

function destinationMatches(to: WireEgressRule["to"], facts: ClusterFacts): string[] {
  if (to.cidrSelector !== undefined) return [cidrMatch(to.cidrSelector, facts.podNetworks)];
  if (to.dnsName !== undefined) {
    return [`ip4.dst == $${dnsAddressSet(to.dnsName, "v4")}`, `ip6.dst == $${dnsAddressSet(to.dnsName, "v6")}`];
  }
  return facts.nodes
    .filter(({ labels }) => selects(to.nodeSelector ?? {}, labels))
    .flatMap(({ addresses }) => addresses)
    .toSorted()
    .map((address) => `${field(address)} == ${address}`);
}

/** Pod networks that overlap are cut out, two of them joined without spaces. */
function cidrMatch(cidr: string, podNetworks: readonly string[]): string {
  const excluded = podNetworks.filter((network) => overlap(cidr, network));
  const match = `${field(cidr)} == ${cidr}`;
  if (excluded.length === 0) return match;
  return `${match} && ${excluded.map((network) => `${field(cidr)} != ${network}`).join("&&")}`;
}

function portsMatch({ ports = [] }: WireEgressRule): string {
  if (ports.length === 0) return "";
  const parts = ["UDP", "TCP", "SCTP"].flatMap((protocol) => {
    const word = protocol.toLowerCase();
    const matching = ports.filter((port) => port.protocol === protocol);
    if (matching.length === 0) return [];
    return [`(${word} && ( ${matching.map(({ port }) => `${word}.dst == ${port}`).join(" || ")} ))`];
  });
  return ` && (${parts.join(" || ")})`;
}

/** As in Go, an IPv4-mapped IPv6 address counts as IPv4. */
function field(address: string): "ip4.dst" | "ip6.dst" {
  return address.includes(":") && !address.startsWith("::ffff:") ? "ip6.dst" : "ip4.dst";
}

/** Two blocks overlap when either holds the other's base address. */
function overlap(a: string, b: string): boolean {
  return holds(a, b) || holds(b, a);
}

function holds(outer: string, inner: string): boolean {
  const [base = "", length = ""] = outer.split("/");
  const [address = ""] = inner.split("/");
  const family = isIPv4(base) ? "ipv4" : "ipv6";
  if (isIPv4(address) !== isIPv4(base)) return false;
  const list = new BlockList();
  list.addSubnet(base, Number(length), family);
  return list.check(address, family);
}

export function dnsAddressSets({ names, podNetworks }: ClusterFacts): AddressSet[] {
  return Object.entries(names).flatMap(([name, all]) => {
    // Addresses in the pod network are left out of the set.
    const addresses = all.filter((address) => !podNetworks.some((network) => holds(network, address)));
    return (["v4", "v6"] as const).map((version) => ({
      name: dnsAddressSet(name, version),
      addresses: addresses.filter((address) => isIPv4(address) === (version === "v4")),
    }));
  });
}

export function selects(selector: WireSelector, labels: Readonly<Record<string, string>>): boolean {
  const { matchLabels = {}, matchExpressions = [] } = selector;
  return (
    Object.entries(matchLabels).every(([key, value]) => labels[key] === value) &&
    matchExpressions.every(({ key, operator, values = [] }) => {
      const value = labels[key];
      if (operator === "Exists") return value !== undefined;
      if (operator === "DoesNotExist") return value === undefined;
      const isListed = value !== undefined && values.includes(value);
      return operator === "In" ? isListed : !isListed;
    })
  );
}
