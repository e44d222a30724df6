/** The names OVN-Kubernetes gives to what it writes into the northbound database. */

const mask64 = 0xffff_ffff_ffff_ffffn;

/** `a` and the decimal FNV-1a-64 of an id; address sets and port groups are named so. */
export function hashedName(id: string): string {
  let hash = 0xcbf2_9ce4_8422_2325n;
  for (const byte of new TextEncoder().encode(id)) hash = ((hash ^ BigInt(byte)) * 0x100_0000_01b3n) & mask64;
  return `a${hash}`;
}

export function namespacePortGroup(namespace: string): string {
  return hashedName(`default-network-controller:Namespace:${namespace}`);
}

export function egressDenyPortGroup(namespace: string): string {
  return hashedName(`default-network-controller:NetpolNamespace:${namespace}:Egress`);
}

export function networkPolicyPortGroup(namespace: string, policy: string): string {
  return hashedName(`default-network-controller:NetworkPolicy:${namespace}:${policy}`);
}

export function dnsAddressSet(dnsName: string, version: "v4" | "v6"): string {
  return hashedName(`default-network-controller:EgressFirewallDNS:${dnsName}:${version}`);
}

/** ACL names are cut at 63 characters, so a long namespace loses the index. */
export function aclName(...parts: readonly (string | number)[]): string {
  return parts.join(":").slice(0, 63);
}
