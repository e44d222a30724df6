/** Facts about policies that real OVN confirms; each line of a case is one connection and what becomes of it. */
import type { WireEgressRule, WireSelector } from "../../arbitraries/egress-firewall.ts";
import type { WireIpBlock, WireNetworkPolicy, WirePolicyPort } from "../../arbitraries/network-policy.ts";
import type { ConnectionState } from "./private-ovn.ts";

export interface EdgeCase {
  readonly title: string;
  /** Undefined where the namespace has no EgressFirewall. */
  readonly egress?: readonly WireEgressRule[];
  readonly policies?: readonly WireNetworkPolicy[];
  /** Default: new connections. */
  readonly state?: ConnectionState;
  /** `protocol address port`, and the verdict with what decides. */
  readonly lines: readonly (readonly [string, string])[];
}

const rule = (type: string, to: WireEgressRule["to"], ports: readonly string[]): WireEgressRule => ({
  type,
  to,
  ...(ports.length === 0
    ? {}
    : {
        ports: ports.map((text) => ({ protocol: text.split("/")[0] ?? "", port: Number(text.split("/")[1]) })),
      }),
});
const allow = (cidrSelector: string, ...ports: string[]): WireEgressRule => rule("Allow", { cidrSelector }, ports);
const deny = (cidrSelector: string, ...ports: string[]): WireEgressRule => rule("Deny", { cidrSelector }, ports);
const nodes = (type: string, nodeSelector: WireSelector): WireEgressRule => rule(type, { nodeSelector }, []);
const policy = (name: string, spec: Omit<WireNetworkPolicy["spec"], "podSelector">): WireNetworkPolicy => ({
  apiVersion: "networking.k8s.io/v1",
  kind: "NetworkPolicy",
  metadata: { name },
  spec: { podSelector: {}, ...spec },
});
const egressTo = (name: string, to: readonly WireIpBlock[], ...ports: WirePolicyPort[]): WireNetworkPolicy =>
  policy(name, { policyTypes: ["Egress"], egress: [{ to: to.map((ipBlock) => ({ ipBlock })), ports }] });

export const edgeCases: readonly EdgeCase[] = [
  {
    title: "a namespace without a firewall",
    lines: [
      ["tcp 192.0.2.1 443", "allow, no rule"],
      ["icmp 2001:db8::1", "allow, no rule"],
    ],
  },
  {
    title: "a firewall without rules",
    egress: [],
    lines: [
      ["tcp 192.0.2.1 443", "allow, no rule"],
      ["other 2001:db8::1", "allow, no rule"],
    ],
  },
  {
    title: "host bits are masked",
    egress: [deny("1.2.3.4/23"), deny("2001:db8::1:2/127")],
    lines: [
      ["tcp 1.2.1.255 443", "allow, no rule"],
      ["tcp 1.2.2.0 443", "deny by rule 0"],
      ["tcp 1.2.3.255 443", "deny by rule 0"],
      ["tcp 1.2.4.0 443", "allow, no rule"],
      ["udp 2001:db8::1:1 53", "allow, no rule"],
      ["udp 2001:db8::1:2 53", "deny by rule 1"],
      ["udp 2001:db8::1:3 53", "deny by rule 1"],
      ["udp 2001:db8::1:4 53", "allow, no rule"],
    ],
  },
  {
    title: "all of IPv4 is everything but the pod networks, and leaves IPv6 open",
    egress: [deny("0.0.0.0/0")],
    lines: [
      ["tcp 0.0.0.0 1", "deny by rule 0"],
      ["tcp 10.127.255.255 1", "deny by rule 0"],
      ["tcp 10.128.0.0 1", "allow, no rule"],
      ["tcp 10.131.255.255 1", "allow, no rule"],
      ["tcp 10.132.0.0 1", "deny by rule 0"],
      ["tcp 10.139.255.255 1", "deny by rule 0"],
      ["tcp 10.140.0.0 1", "allow, no rule"],
      ["tcp 10.140.255.255 1", "allow, no rule"],
      ["tcp 10.141.0.0 1", "deny by rule 0"],
      ["icmp 255.255.255.255", "deny by rule 0"],
      ["other 192.0.2.1", "deny by rule 0"],
      ["tcp 2001:db8::1 443", "allow, no rule"],
    ],
  },
  {
    title: "all of IPv6 is everything but the pod networks, and leaves IPv4 open",
    egress: [deny("::/0")],
    lines: [
      ["tcp :: 1", "deny by rule 0"],
      ["tcp fd00:ffff:ffff:ffff:ffff:ffff:ffff:ffff 1", "deny by rule 0"],
      ["tcp fd01:: 1", "allow, no rule"],
      ["tcp fd01:0:0:ffff:ffff:ffff:ffff:ffff 1", "allow, no rule"],
      ["tcp fd01:0:1:: 1", "deny by rule 0"],
      ["icmp ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "deny by rule 0"],
      ["tcp 192.0.2.1 443", "allow, no rule"],
    ],
  },
  {
    title: "a block inside a pod network has no effect, one around it only outside, one beside it all of it",
    egress: [deny("10.128.4.0/24"), deny("10.128.0.0/13"), deny("10.136.0.0/14"), deny("fd01::/16")],
    lines: [
      ["tcp 10.128.4.1 80", "allow, no rule"],
      ["tcp 10.131.255.255 80", "allow, no rule"],
      ["tcp 10.132.0.0 80", "deny by rule 1"],
      ["tcp 10.136.0.0 80", "deny by rule 2"],
      ["tcp fd01:0:1:: 80", "deny by rule 3"],
      ["tcp fd01::1 80", "allow, no rule"],
    ],
  },
  {
    title: "single addresses",
    egress: [deny("192.0.2.1/32"), deny("2001:db8::1/128"), deny("255.255.255.255/32"), deny("::/128")],
    lines: [
      ["tcp 192.0.2.0 443", "allow, no rule"],
      ["tcp 192.0.2.1 443", "deny by rule 0"],
      ["tcp 192.0.2.2 443", "allow, no rule"],
      ["tcp 2001:db8:: 443", "allow, no rule"],
      ["tcp 2001:db8::1 443", "deny by rule 1"],
      ["tcp 2001:db8::2 443", "allow, no rule"],
      ["tcp 255.255.255.254 443", "allow, no rule"],
      ["tcp 255.255.255.255 443", "deny by rule 2"],
      ["tcp :: 443", "deny by rule 3"],
      ["tcp ::1 443", "allow, no rule"],
    ],
  },
  {
    title: "the first rule that matches decides",
    egress: [allow("192.0.2.128/25"), deny("192.0.2.0/24"), allow("192.0.2.1/32"), deny("0.0.0.0/0")],
    lines: [
      ["tcp 192.0.2.127 443", "deny by rule 1"],
      ["tcp 192.0.2.128 443", "allow by rule 0"],
      ["tcp 192.0.2.1 443", "deny by rule 1"],
      ["tcp 192.0.3.0 443", "deny by rule 3"],
    ],
  },
  {
    title: "ports are single ports of one protocol, and ICMP and other protocols have none",
    egress: [allow("0.0.0.0/0", "TCP/1", "TCP/65535", "UDP/53", "SCTP/36412", "TCP/1"), deny("0.0.0.0/0")],
    lines: [
      ["tcp 192.0.2.1 1", "allow by rule 0"],
      ["tcp 192.0.2.1 2", "deny by rule 1"],
      ["tcp 192.0.2.1 65534", "deny by rule 1"],
      ["tcp 192.0.2.1 65535", "allow by rule 0"],
      ["udp 192.0.2.1 1", "deny by rule 1"],
      ["udp 192.0.2.1 53", "allow by rule 0"],
      ["tcp 192.0.2.1 53", "deny by rule 1"],
      ["sctp 192.0.2.1 53", "deny by rule 1"],
      ["sctp 192.0.2.1 36412", "allow by rule 0"],
      ["sctp 192.0.2.1 36411", "deny by rule 1"],
      ["icmp 192.0.2.1", "deny by rule 1"],
      ["other 192.0.2.1", "deny by rule 1"],
    ],
  },
  {
    title: "ports hold for IPv6 as well",
    egress: [allow("::/0", "TCP/443", "SCTP/443"), deny("::/0")],
    lines: [
      ["tcp 2001:db8::1 443", "allow by rule 0"],
      ["sctp 2001:db8::1 443", "allow by rule 0"],
      ["udp 2001:db8::1 443", "deny by rule 1"],
      ["icmp 2001:db8::1", "deny by rule 1"],
    ],
  },
  {
    title: "an empty list of ports is every protocol",
    egress: [{ type: "Deny", to: { cidrSelector: "192.0.2.0/24" }, ports: [] }],
    lines: [
      ["sctp 192.0.2.1 1", "deny by rule 0"],
      ["icmp 192.0.2.1", "deny by rule 0"],
      ["other 192.0.2.1", "deny by rule 0"],
    ],
  },
  {
    title: "a type that only begins with Allow is a deny",
    egress: [
      rule("Allowed", { cidrSelector: "192.0.2.0/25" }, []),
      rule("xDeny", { cidrSelector: "192.0.2.128/25" }, []),
    ],
    lines: [
      ["tcp 192.0.2.1 443", "deny by rule 0"],
      ["tcp 192.0.2.129 443", "deny by rule 1"],
    ],
  },
  {
    title: "a protocol that only begins with TCP leaves an empty parenthesis, which OVN skips with the whole rule",
    egress: [deny("192.0.2.0/24", "TCPx/443"), deny("198.51.100.0/24", "TCPx/443", "TCP/80")],
    lines: [
      ["tcp 192.0.2.1 443", "allow, no rule"],
      ["icmp 192.0.2.1", "allow, no rule"],
      ["tcp 198.51.100.1 443", "allow, no rule"],
      ["tcp 198.51.100.1 80", "deny by rule 1"],
    ],
  },
  {
    title: "upper case and other spellings of IPv6 blocks",
    egress: [deny("2001:DB8:0:0::/64"), deny("64:ff9b::192.0.2.0/120"), deny("2001:0db8:0001::/48")],
    lines: [
      ["tcp 2001:db8::1 443", "deny by rule 0"],
      ["tcp 64:ff9b::c000:2ff 443", "deny by rule 1"],
      ["tcp 64:ff9b::c000:300 443", "allow, no rule"],
      ["tcp 2001:db8:1:ffff:: 443", "deny by rule 2"],
    ],
  },
  {
    title: "blocks that Go reads and OVN does not: the rule has no effect",
    egress: [deny("192.0.2.0/024"), deny("::ffff:198.51.100.0/120")],
    lines: [
      ["tcp 192.0.2.1 443", "allow, no rule"],
      ["tcp 198.51.100.1 443", "allow, no rule"],
    ],
  },
  {
    title: "names stand for their addresses, but for those in a pod network",
    egress: [
      rule("Allow", { dnsName: "pay.example.com" }, ["TCP/443"]),
      rule("Deny", { dnsName: "inside.example.com" }, []),
      rule("Deny", { dnsName: "gone.example.com" }, []),
      deny("192.0.2.0/24"),
    ],
    lines: [
      ["tcp 192.0.2.10 443", "allow by rule 0"],
      ["tcp 192.0.2.11 443", "allow by rule 0"],
      ["tcp 192.0.2.10 80", "deny by rule 3"],
      ["tcp 192.0.2.12 443", "deny by rule 3"],
      ["tcp 2001:db8::10 443", "allow by rule 0"],
      ["tcp 198.51.100.3 80", "deny by rule 1"],
      ["tcp 10.128.0.9 80", "allow, no rule"],
    ],
  },
  {
    title: "node selectors stand for all addresses of the nodes, one in a pod network included; without nodes, nothing",
    egress: [
      nodes("Deny", { matchLabels: { zone: "nowhere" } }),
      nodes("Allow", { matchLabels: { zone: "a" } }),
      nodes("Deny", {}),
    ],
    lines: [
      ["tcp 192.0.2.101 6443", "allow by rule 1"],
      ["tcp 198.51.100.1 6443", "allow by rule 1"],
      ["tcp 2001:db8::101 6443", "allow by rule 1"],
      ["tcp 192.0.2.100 6443", "deny by rule 2"],
      ["icmp 2001:db8::100", "deny by rule 2"],
      ["tcp 10.131.0.2 10250", "deny by rule 2"],
      ["tcp 10.131.0.3 10250", "allow, no rule"],
    ],
  },
  {
    title: "replies pass a deny of everything",
    egress: [deny("0.0.0.0/0"), deny("::/0")],
    state: "rpl,est",
    lines: [
      ["tcp 192.0.2.1 50000", "allow, no rule"],
      ["udp 2001:db8::1 50000", "allow, no rule"],
    ],
  },
  {
    title: "connections that were open before a deny came are dropped",
    egress: [allow("192.0.2.1/32"), deny("0.0.0.0/0")],
    state: "est",
    lines: [
      ["tcp 192.0.2.1 443", "allow by rule 0"],
      ["tcp 192.0.2.2 443", "deny by rule 1"],
    ],
  },
  {
    title: "the firewall and network policies must both allow",
    egress: [allow("192.0.2.0/25"), deny("192.0.2.0/24")],
    policies: [egressTo("web", [{ cidr: "192.0.2.64/26" }, { cidr: "192.0.2.128/25" }])],
    lines: [
      // Allowed by the firewall alone.
      ["tcp 192.0.2.1 443", "deny by network policies"],
      // By both.
      ["tcp 192.0.2.64 443", "allow by rule 0"],
      // By the policy alone.
      ["tcp 192.0.2.128 443", "deny by rule 1"],
      // By neither, and by the firewall's default alone.
      ["tcp 198.51.100.1 443", "deny by network policies"],
    ],
  },
  {
    title: "an exception is only an exception of its own block",
    policies: [
      egressTo("wide", [{ cidr: "192.0.2.0/24", except: ["192.0.2.128/25", "192.0.2.0/32"] }]),
      egressTo("narrow", [{ cidr: "192.0.2.200/32" }]),
    ],
    lines: [
      ["tcp 192.0.2.0 443", "deny by network policies"],
      ["tcp 192.0.2.1 443", "allow, no rule"],
      ["tcp 192.0.2.127 443", "allow, no rule"],
      ["tcp 192.0.2.128 443", "deny by network policies"],
      ["tcp 192.0.2.200 443", "allow, no rule"],
      ["icmp 192.0.2.200", "allow, no rule"],
      ["tcp 2001:db8::1 443", "deny by network policies"],
    ],
  },
  {
    title: "ports of network policies: ranges, whole protocols, TCP where none is named",
    policies: [
      egressTo("ports", [], { port: 443 }, { protocol: "TCP", port: 8000, endPort: 8010 }, { protocol: "UDP" }),
    ],
    lines: [
      ["tcp 192.0.2.1 443", "allow, no rule"],
      ["tcp 2001:db8::1 443", "allow, no rule"],
      ["sctp 192.0.2.1 443", "deny by network policies"],
      ["tcp 192.0.2.1 7999", "deny by network policies"],
      ["tcp 192.0.2.1 8000", "allow, no rule"],
      ["tcp 192.0.2.1 8010", "allow, no rule"],
      ["tcp 192.0.2.1 8011", "deny by network policies"],
      ["udp 192.0.2.1 1", "allow, no rule"],
      ["udp 2001:db8::1 65535", "allow, no rule"],
      ["icmp 192.0.2.1", "deny by network policies"],
      ["other 192.0.2.1", "deny by network policies"],
    ],
  },
  {
    title: "a policy for egress without rules denies everything, pods included",
    policies: [policy("nothing", { policyTypes: ["Egress"] })],
    lines: [
      ["tcp 192.0.2.1 443", "deny by network policies"],
      ["icmp fd01::9", "deny by network policies"],
    ],
  },
  {
    title: "no egress rule and no policy types isolate nothing",
    policies: [policy("ingress", { egress: [] })],
    lines: [["tcp 192.0.2.1 443", "allow, no rule"]],
  },
  {
    title: "rules of a policy that is only for ingress are ignored",
    policies: [
      policy("ingress", { policyTypes: ["Ingress"], egress: [{ to: [{ ipBlock: { cidr: "192.0.2.0/24" } }] }] }),
    ],
    lines: [["tcp 198.51.100.1 443", "allow, no rule"]],
  },
  {
    title: "an empty rule allows everything",
    policies: [policy("open", { egress: [{}] })],
    lines: [
      ["other 192.0.2.1", "allow, no rule"],
      ["icmp 2001:db8::1", "allow, no rule"],
    ],
  },
  {
    title: "a policy for other pods does not isolate this one",
    policies: [
      {
        ...policy("other", { policyTypes: ["Egress"] }),
        spec: { podSelector: { matchLabels: { app: "other" } }, policyTypes: ["Egress"] },
      },
    ],
    lines: [["tcp 192.0.2.1 443", "allow, no rule"]],
  },
];
