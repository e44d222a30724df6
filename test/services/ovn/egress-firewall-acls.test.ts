import { expect, test } from "vitest";
import type { WireEgressRule } from "../../arbitraries/egress-firewall.ts";
import { type ClusterFacts, egressFirewallAcls } from "./egress-firewall-acls.ts";
import { namespacePortGroup } from "./names.ts";

const facts: ClusterFacts = {
  podNetworks: ["10.128.0.0/14", "10.140.0.0/16", "fd01::/48"],
  nodes: [
    { name: "b", labels: { zone: "b" }, addresses: ["192.0.2.9", "2001:db8::9"] },
    { name: "a", labels: { zone: "a" }, addresses: ["192.0.2.10"] },
  ],
  names: {},
};
const inport = `inport == @${namespacePortGroup("shop")}`;

function matchOf(rule: WireEgressRule): string | undefined {
  return egressFirewallAcls("shop", { egress: [rule] }, facts)[0]?.match;
}

// The forms in OVN-Kubernetes' own documentation and tests.
test.each<[string, WireEgressRule, string]>([
  ["a block", { type: "Allow", to: { cidrSelector: "1.2.3.0/24" } }, `(ip4.dst == 1.2.3.0/24) && ${inport}`],
  [
    "ports, always in the order UDP, TCP, SCTP",
    {
      type: "Allow",
      to: { cidrSelector: "1.2.3.0/24" },
      ports: [
        { protocol: "TCP", port: 1 },
        { protocol: "UDP", port: 55 },
        { protocol: "TCP", port: 2 },
      ],
    },
    `(ip4.dst == 1.2.3.0/24) && ${inport} && ((udp && ( udp.dst == 55 )) || (tcp && ( tcp.dst == 1 || tcp.dst == 2 )))`,
  ],
  [
    "a block around one pod network",
    { type: "Deny", to: { cidrSelector: "10.128.0.0/13" } },
    `(ip4.dst == 10.128.0.0/13 && ip4.dst != 10.128.0.0/14) && ${inport}`,
  ],
  [
    "a block around two",
    { type: "Deny", to: { cidrSelector: "0.0.0.0/0" } },
    `(ip4.dst == 0.0.0.0/0 && ip4.dst != 10.128.0.0/14&&ip4.dst != 10.140.0.0/16) && ${inport}`,
  ],
  [
    "a block inside a pod network",
    { type: "Deny", to: { cidrSelector: "fd01:0:0:1::/64" } },
    `(ip6.dst == fd01:0:0:1::/64 && ip6.dst != fd01::/48) && ${inport}`,
  ],
  [
    "nodes, sorted as text",
    { type: "Allow", to: { nodeSelector: {} } },
    `(ip4.dst == 192.0.2.10 || ip4.dst == 192.0.2.9 || ip6.dst == 2001:db8::9) && ${inport}`,
  ],
])("%s", (_, rule, match) => expect(matchOf(rule)).toBe(match));

test("a selector without nodes leaves no ACL and does not move the others", () => {
  const egress = [
    { type: "Allow", to: { nodeSelector: { matchLabels: { zone: "nowhere" } } } },
    { type: "Deny", to: { cidrSelector: "1.2.3.0/24" } },
  ];
  const acls = egressFirewallAcls("shop", { egress }, facts);
  expect(acls.map(({ name, priority, action }) => [name, priority, action])).toEqual([["EF:shop:1", 9999, "drop"]]);
});
