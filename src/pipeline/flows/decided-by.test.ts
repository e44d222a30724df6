import { describe, expect, test } from "vitest";
import type { FlowFormat } from "../sources/flow-format.ts";
import { type ClusterFacts, noClusterFacts } from "./cluster-facts.ts";
import { maxDecidersPerEdge } from "./edge.ts";
import { defaultFlowLimits } from "./flow-limits.ts";
import { harvestForTest, ipForTest, type TestReading, usualNetworks } from "./harvest.test-support.ts";

const facts: ClusterFacts = {
  ...noClusterFacts,
  clusterNetworks: usualNetworks.pods,
  serviceNetworks: usualNetworks.services,
  pods: [
    {
      namespace: "shop",
      name: "cart-1",
      addresses: [ipForTest("10.128.0.7")],
      isHostNetwork: false,
      workload: { kind: "Deployment", name: "cart" },
      labels: {},
    },
  ],
};

/** Of the one edge that the lines give. */
function decidedBy(lines: readonly string[], format: FlowFormat, more: TestReading = {}): readonly string[] {
  const { edges } = harvestForTest(lines, { format, facts, ...more });
  expect(edges).toHaveLength(1);
  return edges[0]!.decidedBy;
}

function acl(name: string, verdict: string, time = "2026-09-01T08:30:00.139Z"): string {
  return `${time}|00004|acl_log(ovn_pinctrl0)|INFO|name="${name}", verdict=${verdict}, severity=alert, direction=from-lport: tcp,vlan_tci=0x0000,nw_src=10.128.0.7,nw_dst=198.51.100.7,tp_src=58496,tp_dst=443,tcp_flags=syn`;
}

describe("an ACL log names", () => {
  const long = "n".repeat(63);
  test.each([
    ["the rule of an egress firewall", [acl("EF:shop:3", "drop")], ["EgressFirewall/shop/default#3"]],
    ["an old release's egress firewall", [acl("egressFirewall_shop_9997", "drop")], ["EgressFirewall/shop/default"]],
    ["the rule of a network policy", [acl("NP:shop:web:Egress:0", "allow")], ["NetworkPolicy/shop/web#0"]],
    ["the default deny of a namespace", [acl("NP:shop:Egress", "drop")], ["NetworkPolicy/shop/*"]],
    ["a policy of the whole cluster", [acl("ANP:tenants:Egress:1", "reject")], ["AdminNetworkPolicy//tenants#1"]],
    ["the last of them", [acl("BANP:default:Egress:0", "allow")], ["BaselineAdminNetworkPolicy//default#0"]],
    ["nothing where a stage passes the packet on", [acl("ANP:tenants:Egress:1", "pass")], []],
    ["nothing that is no policy", [acl("shop_web", "drop")], []],
    ["nothing of a policy's name that was cropped", [acl(`NP:shop:${long}`.slice(0, 63), "drop")], []],
    [
      "no rule where its number may have been cropped",
      [acl(`EF:${"n".repeat(58)}:12`.slice(0, 63), "drop")],
      [`EgressFirewall/${"n".repeat(58)}/default`],
    ],
    ["nothing that could be markup", [acl("NP:shop:<b>:Egress:0", "allow")], []],
    [
      "both stages that allow one packet",
      [acl("NP:shop:web:Egress:0", "allow"), acl("EF:shop:1", "allow")],
      ["EgressFirewall/shop/default#1", "NetworkPolicy/shop/web#0"],
    ],
    [
      "only the one that drops what another allowed",
      [acl("NP:shop:web:Egress:0", "allow"), acl("EF:shop:1", "drop")],
      ["EgressFirewall/shop/default#1"],
    ],
    [
      "all that decided the flows of an edge, sorted",
      [acl("EF:shop:4", "drop"), acl("EF:shop:2", "drop", "2026-09-01T08:31:00.139Z")],
      ["EgressFirewall/shop/default#2", "EgressFirewall/shop/default#4"],
    ],
  ])("%s", (_, lines, expected) => {
    expect(decidedBy(lines, "ovn-acl")).toEqual(expected);
  });
});

describe("a NetObserv record names", () => {
  const event = { Feature: "acl", Type: "NetworkPolicy", Namespace: "shop", Name: "web", Direction: "Egress" };
  const record = (events: readonly object[], more: object = {}): string =>
    JSON.stringify({
      SrcK8S_Namespace: "shop",
      SrcK8S_OwnerName: "cart",
      SrcK8S_OwnerType: "Deployment",
      SrcK8S_Name: "cart-1",
      SrcK8S_Type: "Pod",
      SrcAddr: "10.128.0.7",
      SrcPort: 40_000,
      DstAddr: "198.51.100.7",
      DstPort: 443,
      Proto: 6,
      Flags: ["SYN"],
      FlowDirection: 1,
      TimeFlowStartMs: 1_788_246_600_000,
      NetworkEvents: events,
      ...more,
    });
  const firewall = { ...event, Type: "EgressFirewall", Name: "", Action: "drop" };
  test.each([
    ["a network policy", record([{ ...event, Action: "allow-related" }]), ["NetworkPolicy/shop/web"]],
    ["the egress firewall, which has one name", record([firewall]), ["EgressFirewall/shop/default"]],
    [
      "what drops after what allows",
      record([{ ...event, Action: "allow" }, firewall]),
      ["EgressFirewall/shop/default"],
    ],
    [
      "what drops before what allows",
      record([firewall, { ...event, Action: "allow" }]),
      ["EgressFirewall/shop/default"],
    ],
    [
      "an admin policy, which has no namespace",
      record([{ ...event, Type: "AdminNetworkPolicy", Namespace: "", Name: "tenants", Action: "drop" }]),
      ["AdminNetworkPolicy//tenants"],
    ],
    [
      "the default deny of a namespace",
      record([{ ...event, Type: "NetpolNamespace", Name: "", Action: "drop" }]),
      ["NetworkPolicy/shop/*"],
    ],
    ["nothing for ingress", record([{ ...event, Direction: "Ingress", Action: "drop" }]), []],
    ["nothing for a stage of another sort", record([{ ...event, Type: "UDNIsolation", Action: "drop" }]), []],
    [
      "not what allowed a flow that was dropped all the same",
      record([{ ...event, Action: "allow" }], { PktDropLatestDropCause: "NetworkEvent_EgressFirewall" }),
      [],
    ],
  ])("%s", (_, line, expected) => {
    expect(decidedBy([line], "netobserv")).toEqual(expected);
  });
});

describe("a Hubble event names", () => {
  const flow = (more: object): string =>
    JSON.stringify({
      flow: {
        time: "2026-09-01T08:30:00Z",
        verdict: "FORWARDED",
        IP: { source: "10.128.0.7", destination: "198.51.100.7" },
        l4: { TCP: { source_port: 40_000, destination_port: 443, flags: { SYN: true } } },
        source: { identity: 4711, namespace: "shop", pod_name: "cart-1" },
        destination: { identity: 2 },
        event_type: { type: 5 },
        traffic_direction: "EGRESS",
        ...more,
      },
    });
  const own = { name: "pay", namespace: "shop", labels: ["k8s:{}"], revision: 7, kind: "CiliumNetworkPolicy" };
  test.each([
    ["what allowed a flow", flow({ egress_allowed_by: [own] }), ["CiliumNetworkPolicy/shop/pay"]],
    [
      "several of them, one of the whole cluster",
      flow({ egress_allowed_by: [{ name: "all", kind: "CiliumClusterwideNetworkPolicy" }, own] }),
      ["CiliumClusterwideNetworkPolicy//all", "CiliumNetworkPolicy/shop/pay"],
    ],
    [
      "a policy of which the kind is not told",
      flow({ egress_allowed_by: [{ ...own, kind: "" }] }),
      ["Policy/shop/pay"],
    ],
    [
      "what denied one",
      flow({ verdict: "DROPPED", egress_allowed_by: [own], egress_denied_by: [{ ...own, name: "no" }] }),
      ["CiliumNetworkPolicy/shop/no"],
    ],
    ["nothing where nothing was decided", flow({ event_type: { type: 4 }, egress_allowed_by: [own] }), []],
    ["nothing for ingress", flow({ ingress_allowed_by: [own] }), []],
  ])("%s", (_, line, expected) => {
    expect(decidedBy([line], "hubble")).toEqual(expected);
  });
});

describe("a record of Calico's flow log names", () => {
  const record = (policies: object, more: object = {}): string =>
    JSON.stringify({
      start_time: 1_788_246_600,
      end_time: 1_788_246_900,
      source_ip: "10.128.0.7",
      source_name: "cart-1",
      source_namespace: "shop",
      source_type: "wep",
      dest_ip: "198.51.100.7",
      dest_port: 443,
      dest_type: "net",
      proto: "tcp",
      action: "allow",
      reporter: "src",
      policies,
      ...more,
    });
  const passed = "0|tier1|ns1/tier1.policy1|pass|3";
  test.each([
    [
      "the last policy, behind one that passed the flow on",
      record({ enforced_policies: [passed, "1|default|shop/default.egress|allow|2"] }),
      ["CalicoNetworkPolicy/shop/egress#2"],
    ],
    [
      "the last that is not staged",
      record({ all_policies: ["0|default|default.all|allow|0", "1|tier2|shop/staged:tier2.policy1|deny|1"] }),
      ["CalicoGlobalNetworkPolicy//all#0"],
    ],
    ...["enforced_policies first", "enforced_policies last"].map((order): [string, string, string[]] => {
      const lists = Object.entries({
        enforced_policies: ["0|default|shop/default.egress|allow|2"],
        all_policies: ["0|default|shop/default.egress|allow|2", "1|default|shop/default.other|allow|0"],
      });
      const policies = Object.fromEntries(order.endsWith("first") ? lists : lists.toReversed());
      return [`what was enforced, of both lists, ${order}`, record(policies), ["CalicoNetworkPolicy/shop/egress#2"]];
    }),
    [
      "a policy of Kubernetes, and that no rule of it matched",
      record({ enforced_policies: ["0|default|shop/knp.default.web|deny|-1"] }, { action: "deny" }),
      ["NetworkPolicy/shop/web"],
    ],
    ...[
      ["kanp.adminnetworkpolicy.", "AdminNetworkPolicy"],
      ["kbanp.baselineadminnetworkpolicy.", "BaselineAdminNetworkPolicy"],
      ["kcnp.kube-admin.", "ClusterNetworkPolicy"],
      ["kcnp.kube-baseline.", "ClusterNetworkPolicy"],
    ].map(([prefix, kind]): [string, string, string[]] => [
      `Kubernetes' ${kind} by ${prefix}`,
      record({ enforced_policies: [`0|tier|${prefix}with.dots|allow|4`] }),
      [`${kind}//with.dots#4`],
    ]),
    ["nothing where the last one says otherwise", record({ enforced_policies: [passed] }), []],
    ["no profile", record({ enforced_policies: ["0|__PROFILE__|__PROFILE__.kns.shop|allow|0"] }), []],
    ["nothing in a text of another form", record({ enforced_policies: ["0|default", "|||||", ""] }), []],
  ])("%s", (_, line, expected) => {
    expect(decidedBy([line], "calico")).toEqual(expected);
  });
});

test("flows to a service take what decided them to its backends", () => {
  const line = acl("EF:shop:3", "drop").replace("198.51.100.7", "172.30.0.9");
  const services: ClusterFacts["services"] = [
    {
      namespace: "shop",
      name: "pay",
      addresses: [ipForTest("172.30.0.9")],
      ports: [
        { name: "", protocol: "tcp", port: 443, endpoints: [{ address: ipForTest("198.51.100.9"), port: 8443 }] },
      ],
    },
  ];
  expect(decidedBy([line], "ovn-acl", { facts: { ...facts, services } })).toEqual(["EgressFirewall/shop/default#3"]);
});

test("who read which line does not show", () => {
  const lines = Array.from({ length: 40 }, (_, i) =>
    acl(`EF:shop:${i % 3}`, "drop", `2026-09-01T08:${String(10 + i)}:00Z`),
  );
  const alone = decidedBy(lines, "ovn-acl");
  expect(alone).toEqual([0, 1, 2].map((i) => `EgressFirewall/shop/default#${i}`));
  expect(decidedBy(lines, "ovn-acl", { readers: 3, deal: [1, 0, 2, 5] })).toEqual(alone);
});

test("an edge has so many at most, and what finds no room is counted", () => {
  const lines = Array.from({ length: 20 }, (_, i) =>
    acl(`EF:shop:${i}`, "drop", `2026-09-01T08:${String(10 + i)}:00Z`),
  );
  expect(decidedBy(lines, "ovn-acl")).toHaveLength(maxDecidersPerEdge);
  const { overflow } = harvestForTest(lines, { format: "ovn-acl", facts, limits: { ...defaultFlowLimits, names: 5 } });
  expect(overflow.names).toBe(15);
});
