import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  arbitraryEgressFirewallDraft,
  arbitraryEgressNetworkPolicyDraft,
  arbitraryNetworkPolicyDraft,
} from "../../../../test/arbitraries/draft.ts";
import { knownNodes, mustParseIp } from "../../../../test/arbitraries/evidence.ts";
import { subtract } from "../../net/interval-set.ts";
import { type IpSet, ipSetOfAll, noAddresses } from "../../net/ip-set.ts";
import { l4Ports } from "../../net/l4.ts";
import { compare } from "../compare.ts";
import { compile, type SymbolicDestination } from "../compile.ts";
import type { DraftPolicy } from "../draft.ts";
import type { KnownCluster } from "../inspect-set.ts";
import { manifestForTest } from "../kinds/manifest-for-test.ts";
import { selects } from "../label-selector.ts";
import type { EgressPolicy, RuleList } from "../model.ts";
import { printPolicy } from "../print-policy.ts";
import { readPolicy } from "../read-policy.ts";
import { type ConvertibleKind, convert } from "./convert.ts";
import type { ConversionLoss } from "./loss.ts";

const cluster: KnownCluster = {
  clusterNetworks: [],
  serviceNetworks: [],
  apiServer: [],
  nodes: knownNodes.map(({ labels, addresses }) => ({ labels, addresses: addresses.map(mustParseIp) })),
};

function policyOf(draft: DraftPolicy): EgressPolicy {
  const read = readPolicy(manifestForTest(printPolicy(draft).value), { dnsNameResolver: true })!;
  expect(read.findings.filter(({ severity }) => severity === "error")).toEqual([]);
  return read.policy!;
}

/** Nodes of the cluster; every name has one address; pods are inside, where no address of these tests is. */
function resolve(to: SymbolicDestination): IpSet {
  if (to.kind === "pods" || to.kind === "api-server" || to.kind === "unknown") return noAddresses;
  if (to.kind === "name") return ipSetOfAll([mustParseIp("192.0.2.10"), mustParseIp("2001:db8::10")]);
  return ipSetOfAll(
    cluster.nodes.filter(({ labels }) => selects(to.selector, labels)).flatMap(({ addresses }) => addresses),
  );
}

/** How verdicts change, port 0 aside, which does not occur on the wire. */
function changes(before: RuleList, after: RuleList): ReadonlySet<string> {
  const noPort = (["tcp", "udp", "sctp"] as const).map((protocol) => l4Ports(protocol, 0));
  const all = compare(compile(before, { resolve }), compile(after, { resolve }));
  return new Set(all.filter(({ l4 }) => subtract(l4, noPort).length > 0).map(({ change }) => change));
}

/** What is about pods cannot be seen here, where no address is one and all pods are alike. */
function changesTold(losses: readonly ConversionLoss[]): ReadonlySet<string> {
  const aboutPods = new Set<string>(["pod_selector_dropped", "policies_merged", "inside_cluster_open"]);
  return new Set(losses.filter(({ code }) => !aboutPods.has(code)).map(({ change }) => change));
}

/** Changes that the conversion did not own up to. */
function unsaidChanges(source: EgressPolicy, to: ConvertibleKind, known: KnownCluster | undefined): readonly string[] {
  const { drafts, losses } = convert([source], to, known);
  expect(drafts.map(({ kind }) => kind)).toEqual(source.isolates ? [to] : []);
  const told = changesTold(losses);
  return drafts.flatMap((draft) => {
    const seen = changes(source, policyOf(draft));
    return [
      ...(seen.has("newly allowed") && !told.has("allows more") ? ["newly allowed"] : []),
      ...(seen.has("newly denied") && !told.has("denies more") ? ["newly denied"] : []),
    ];
  });
}

describe("every change of meaning is said", () => {
  const knownOrNot = fc.constantFrom(cluster, undefined);
  test.each<[ConvertibleKind, ConvertibleKind, fc.Arbitrary<DraftPolicy>]>([
    ["EgressFirewall", "NetworkPolicy", arbitraryEgressFirewallDraft()],
    ["EgressFirewall", "EgressNetworkPolicy", arbitraryEgressFirewallDraft()],
    ["EgressNetworkPolicy", "EgressFirewall", arbitraryEgressNetworkPolicyDraft()],
    ["EgressNetworkPolicy", "NetworkPolicy", arbitraryEgressNetworkPolicyDraft()],
    ["NetworkPolicy", "EgressFirewall", arbitraryNetworkPolicyDraft()],
    ["NetworkPolicy", "EgressNetworkPolicy", arbitraryNetworkPolicyDraft()],
  ])("%s → %s", (_, to, drafts) => {
    fc.assert(
      fc.property(drafts, knownOrNot, (draft, known) => {
        expect(unsaidChanges(policyOf(draft), to, known)).toEqual([]);
      }),
      { numRuns: 400 },
    );
  });

  test("several NetworkPolicies of a namespace become one firewall that allows what any of them does", () => {
    fc.assert(
      fc.property(fc.array(arbitraryNetworkPolicyDraft(), { minLength: 2, maxLength: 3 }), (drafts) => {
        const sources = drafts.map((draft, i) => ({
          ...policyOf(draft),
          namespace: "shop",
          name: `np-${i}`,
          podSelector: undefined,
        }));
        const {
          drafts: [draft],
          losses,
        } = convert(sources, "EgressFirewall");
        const together = { rules: sources.flatMap(({ rules }) => rules), otherwise: "deny" } as const;
        const seen = changes(together, policyOf(draft!));
        expect(seen).not.toContain("newly denied");
        if (!changesTold(losses).has("allows more")) expect(seen).not.toContain("newly allowed");
      }),
      { numRuns: 200 },
    );
  });
});

describe("what is said", () => {
  const firewall = (rules: readonly unknown[], more: object = {}): EgressPolicy =>
    readPolicy(
      manifestForTest({
        apiVersion: "k8s.ovn.org/v1",
        kind: "EgressFirewall",
        metadata: { name: "default", namespace: "shop" },
        spec: { egress: rules },
        ...more,
      }),
    )!.policy!;
  const legacy = (name: string, rules: readonly unknown[]): EgressPolicy =>
    readPolicy(
      manifestForTest({
        apiVersion: "network.openshift.io/v1",
        kind: "EgressNetworkPolicy",
        metadata: { name, namespace: "shop" },
        spec: { egress: rules },
      }),
    )!.policy!;
  const networkPolicy = (spec: object): EgressPolicy =>
    readPolicy(
      manifestForTest({
        apiVersion: "networking.k8s.io/v1",
        kind: "NetworkPolicy",
        metadata: { name: "np", namespace: "shop" },
        spec: { podSelector: {}, policyTypes: ["Egress"], ...spec },
      }),
    )!.policy!;
  const denyAll = [
    { type: "Deny", to: { cidrSelector: "0.0.0.0/0" } },
    { type: "Deny", to: { cidrSelector: "::/0" } },
  ];
  const codes = (policies: readonly EgressPolicy[], to: ConvertibleKind): readonly string[] =>
    convert(policies, to).losses.map(({ code }) => code);

  test.each<[string, readonly EgressPolicy[], ConvertibleKind, string[]]>([
    [
      "a legacy policy",
      [legacy("default", denyAll.slice(0, 1))],
      "EgressFirewall",
      ["legacy_services", "legacy_node_dns", "legacy_ipv6", "legacy_api_server"],
    ],
    [
      "two legacy policies",
      [legacy("a", []), legacy("b", [])],
      "EgressFirewall",
      ["legacy_two_policies", "legacy_services", "legacy_node_dns", "legacy_ipv6"],
    ],
    [
      "a firewall that is not in force",
      [firewall([{ type: "Deny", to: { cidrSelector: "1.2.3.4" } }])],
      "NetworkPolicy",
      ["not_in_force"],
    ],
    ["the same kind", [firewall(denyAll)], "EgressFirewall", ["already_that_kind"]],
    [
      "names",
      [firewall([{ type: "Allow", to: { dnsName: "api.example.com" } }, ...denyAll])],
      "NetworkPolicy",
      ["allow_name_dropped", "order_lost", "policies_add_up"],
    ],
    [
      "a firewall beside a NetworkPolicy",
      [firewall(denyAll), networkPolicy({})],
      "NetworkPolicy",
      ["already_that_kind", "policies_united", "order_lost", "policies_add_up"],
    ],
    [
      "a NetworkPolicy beside a firewall",
      [firewall(denyAll), networkPolicy({})],
      "EgressFirewall",
      ["already_that_kind", "left_beside"],
    ],
    [
      "a NetworkPolicy that does not isolate",
      [networkPolicy({ policyTypes: ["Ingress"] })],
      "EgressFirewall",
      ["does_not_isolate"],
    ],
    [
      "some of the pods",
      [networkPolicy({ podSelector: { matchLabels: { a: "b" } } })],
      "EgressFirewall",
      ["pod_selector_dropped", "inside_cluster_open"],
    ],
    [
      "a large range",
      [networkPolicy({ egress: [{ ports: [{ port: 1, endPort: 1000 }] }] })],
      "EgressFirewall",
      ["inside_cluster_open", "allow_ports_dropped"],
    ],
    [
      "ports, for the legacy kind",
      [firewall([{ type: "Allow", to: { cidrSelector: "10.0.0.0/8" }, ports: [{ protocol: "TCP", port: 443 }] }])],
      "EgressNetworkPolicy",
      ["kind_removed", "allow_ports_dropped"],
    ],
    [
      "ICMP",
      [firewall([{ type: "Deny", to: { cidrSelector: "10.0.0.0/8" }, ports: [{ protocol: "TCP", port: 443 }] }])],
      "NetworkPolicy",
      ["other_protocols_dropped", "order_lost", "policies_add_up"],
    ],
  ])("%s → %s", (_, policies, to, expected) => expect(codes(policies, to)).toEqual(expected));

  test("two legacy policies drop everything, before and after", () => {
    const { drafts } = convert([legacy("a", []), legacy("b", [])], "EgressFirewall");
    expect(policyOf(drafts[0]!).rules.map(({ text }) => text)).toEqual(["Deny 0.0.0.0/0"]);
  });

  test("a deny rule in front of an allow rule is cut out of it", () => {
    const source = firewall([
      { type: "Deny", to: { cidrSelector: "203.0.113.7/32" } },
      { type: "Allow", to: { cidrSelector: "203.0.113.0/24" }, ports: [{ protocol: "TCP", port: 443 }] },
      ...denyAll,
    ]);
    const { drafts } = convert([source], "NetworkPolicy");
    const egress = (printPolicy(drafts[0]!).value.spec as unknown as { egress: readonly unknown[] }).egress;
    expect(egress).toEqual([
      { to: [{ namespaceSelector: {} }] },
      {
        to: [{ ipBlock: { cidr: "203.0.113.0/24", except: ["203.0.113.7/32"] } }],
        ports: [{ protocol: "TCP", port: 443 }],
      },
    ]);
  });

  test("the draft says in its comments where it comes from and what changed", () => {
    const { drafts } = convert([legacy("default", denyAll.slice(0, 1))], "EgressFirewall");
    expect(drafts[0]!.comment[0]).toBe("converted from EgressNetworkPolicy `shop/default`");
    expect(drafts[0]!.comment).toHaveLength(5);
  });
});
