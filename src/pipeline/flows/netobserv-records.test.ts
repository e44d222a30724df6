import { describe, expect, test } from "vitest";
import { fateForTest, harvestForTest } from "./harvest.test-support.ts";

const base = {
  SrcK8S_Namespace: "shop",
  SrcK8S_OwnerName: "cart",
  SrcK8S_OwnerType: "Deployment",
  SrcK8S_Name: "cart-5d4f6c7b8d-x2k9q",
  SrcK8S_Type: "Pod",
  SrcAddr: "10.128.2.7",
  SrcPort: 40000,
  DstAddr: "198.51.100.7",
  DstPort: 443,
  Proto: 6,
  Flags: ["SYN", "ACK"],
  FlowDirection: 1,
  Bytes: 100,
  Sampling: 1,
  TimeFlowStartMs: 1_700_000_000_000,
  TimeFlowEndMs: 1_700_000_001_000,
};
const edge = "shop Deployment/cart → 198.51.100.7 tcp/443 seen ×1 100 B";
const fate = (change: Record<string, unknown>): string =>
  fateForTest(JSON.stringify({ ...base, ...change }), { format: "netobserv" });

describe("a NetObserv record", () => {
  test.each([
    ["as it comes", {}, edge],
    ["without direction", { FlowDirection: undefined }, edge],
    ["of one node, inner", { FlowDirection: 2 }, edge],
    ["with labels as strings, as Loki gives them", { FlowDirection: "1", Sampling: "1", DstPort: "443" }, edge],
    ["with numeric flags, SYN", { Flags: 0x12 }, edge],
    ["without flags, from an ephemeral port to 443", { Flags: null }, edge],
    ["with no flags at all", { Flags: [] }, edge],
    ["sampled 1 in 50", { Sampling: 50 }, "shop Deployment/cart → 198.51.100.7 tcp/443 seen ×1 5000 B"],
    ["without bytes", { Bytes: undefined }, "shop Deployment/cart → 198.51.100.7 tcp/443 seen ×1"],
    ["to IPv6", { DstAddr: "2001:db8::1" }, "shop Deployment/cart → 2001:db8::1 tcp/443 seen ×1 100 B"],
    ["to IPv4 mapped into IPv6", { DstAddr: "::ffff:198.51.100.7" }, edge],
    [
      "to a node, which a firewall does judge",
      { DstAddr: "10.0.1.7", DstK8S_Type: "Node", DstPort: 6443 },
      "shop Deployment/cart → 10.0.1.7 tcp/6443 seen ×1 100 B",
    ],
    [
      "to cloud metadata",
      { DstAddr: "169.254.169.254", DstPort: 80 },
      "shop Deployment/cart → 169.254.169.254 tcp/80 seen ×1 100 B",
    ],
    ["over UDP", { Proto: 17, DstPort: 53, Flags: [] }, "shop Deployment/cart → 198.51.100.7 udp/53 seen ×1 100 B"],
    [
      "of a ping",
      { Proto: 1, IcmpType: 8, Flags: undefined },
      "shop Deployment/cart → 198.51.100.7 icmp seen ×1 100 B",
    ],
    [
      "of a CronJob's run",
      { SrcK8S_OwnerType: "Job", SrcK8S_OwnerName: "report-28512345" },
      "shop CronJob/report → 198.51.100.7 tcp/443 seen ×1 100 B",
    ],
    [
      "of a Job",
      { SrcK8S_OwnerType: "Job", SrcK8S_OwnerName: "migrate-2" },
      "shop Job/migrate-2 → 198.51.100.7 tcp/443 seen ×1 100 B",
    ],
    ["of a pod whose owner is not named", { SrcK8S_OwnerType: undefined, SrcK8S_OwnerName: undefined }, edge],
    ["in another cluster", { K8S_ClusterName: "eu-1" }, `eu-1: ${edge}`],
    [
      "dropped by the egress firewall",
      { PktDropLatestDropCause: "NetworkEvent_EgressFirewall" },
      edge.replace("seen", "denied"),
    ],
    [
      "of attempts that Open vSwitch dropped",
      { Flags: ["SYN"], Sampling: 50, Packets: 1, PktDropPackets: 3, PktDropLatestDropCause: "OVS_DROP_LAST_ACTION" },
      edge.replace("seen ×1 100 B", "denied ×1 5000 B"),
    ],
    [
      "of drops alone, by Open vSwitch",
      {
        Flags: [],
        Bytes: undefined,
        PktDropPackets: 3,
        PktDropLatestFlags: 2,
        PktDropLatestDropCause: "OVS_DROP_EXPLICIT",
      },
      edge.replace("seen ×1 100 B", "denied ×1"),
    ],
    [
      "of datagrams that Open vSwitch dropped, all of them",
      { Proto: 17, Flags: [], Packets: 2, PktDropPackets: 2, PktDropLatestDropCause: "OVS_DROP_EXPLICIT" },
      edge.replace("tcp", "udp").replace("seen", "denied"),
    ],
    [
      "of datagrams that Open vSwitch dropped, one of two",
      { Proto: 17, Flags: [], Packets: 2, PktDropPackets: 1, PktDropLatestDropCause: "OVS_DROP_EXPLICIT" },
      edge.replace("tcp", "udp"),
    ],
    [
      "of datagrams, sampled, of which more were dropped than counted",
      {
        Proto: 17,
        Flags: [],
        Sampling: 50,
        Packets: 1,
        PktDropPackets: 2,
        PktDropLatestDropCause: "OVS_DROP_EXPLICIT",
      },
      edge.replace("tcp", "udp").replace("100 B", "5000 B"),
    ],
    [
      "of a connection that lost packets to Open vSwitch and went on",
      { Packets: 3, PktDropPackets: 3, PktDropLatestFlags: 16, PktDropLatestDropCause: "OVS_DROP_LAST_ACTION" },
      edge,
    ],
    [
      "of drops that are no policy's",
      { Proto: 17, Flags: [], Bytes: undefined, PktDropPackets: 2, PktDropLatestDropCause: "OVS_DROP_IP_TTL" },
      edge.replace("tcp", "udp").replace(" 100 B", ""),
    ],
    [
      "of a first packet that the kernel dropped",
      {
        Flags: [],
        Bytes: undefined,
        PktDropPackets: 1,
        PktDropLatestFlags: 2,
        PktDropLatestDropCause: "SKB_DROP_REASON_NETFILTER_DROP",
      },
      edge.replace("seen ×1 100 B", "unanswered ×1"),
    ],
    ["dropped by the kernel", { PktDropLatestDropCause: "SKB_DROP_REASON_TCP_RESET" }, edge],
    [
      "allowed by one stage, dropped by the next",
      {
        NetworkEvents: [
          { Feature: "acl", Type: "NetworkPolicy", Action: "allow-related", Direction: "Egress" },
          { Feature: "acl", Type: "EgressFirewall", Action: "drop", Direction: "Egress" },
        ],
      },
      edge.replace("seen", "denied"),
    ],
    [
      "allowed by a policy",
      { NetworkEvents: [{ Feature: "acl", Type: "NetworkPolicy", Action: "allow", Direction: "Egress" }] },
      edge.replace("seen", "allowed"),
    ],
    [
      "allowed on the way into a pod",
      { NetworkEvents: [{ Feature: "acl", Type: "NetpolNode", Action: "allow", Direction: "Ingress" }] },
      edge,
    ],
    [
      "with an old event message",
      { NetworkEvents: [{ Message: "Dropped by egress firewall in namespace shop" }] },
      edge.replace("seen", "denied"),
    ],
    [
      "of a service address, translated",
      { DstAddr: "172.30.0.1", DstK8S_Type: "Service", XlatDstAddr: "10.0.1.7", XlatDstPort: 6443 },
      "shop Deployment/cart → 10.0.1.7 tcp/6443 seen ×1 100 B",
    ],
    [
      "of a service address, not translated",
      { DstAddr: "172.30.0.1", DstK8S_Type: "Service" },
      "left out: service-unresolved",
    ],
    ["of an answer, by flags", { Flags: ["SYN_ACK", "ACK"] }, "left out: reply"],
    ["of an answer, by numeric flags", { Flags: 0x110 }, "left out: reply"],
    ["of an answer, by ports", { Flags: [], SrcPort: 8443, DstPort: 51000 }, "left out: reply"],
    ["of an echo reply", { Proto: 1, IcmpType: 0, Flags: undefined }, "left out: reply"],
    ["with two high ports", { Flags: [], DstPort: 50000 }, "left out: initiator-unknown"],
    ["of a node", { SrcK8S_Type: "Node", SrcK8S_Namespace: undefined }, "left out: host-network"],
    ["from a service address", { SrcK8S_Type: "Service" }, "left out: not-from-pod"],
    [
      "from outside",
      { SrcK8S_Type: undefined, SrcK8S_Namespace: undefined, SrcK8S_Name: undefined, SrcAddr: "203.0.113.9" },
      "left out: not-from-pod",
    ],
    ["seen at the destination's node", { FlowDirection: 0 }, "left out: ingress"],
    ["marked as duplicate", { Duplicate: true }, "left out: duplicate"],
    [
      "seen on an egress IP's node",
      { FlowDirection: undefined, AgentIP: "10.0.1.9", SrcK8S_HostIP: "10.0.1.7" },
      "left out: duplicate",
    ],
    [
      "of a dual-stack node, direction unknown",
      { FlowDirection: undefined, AgentIP: "fd00::9", SrcK8S_HostIP: "10.0.1.7" },
      edge,
    ],
    ["to a pod", { DstAddr: "10.129.0.4" }, "left out: internal"],
    ["to what is known as a pod", { DstAddr: "192.168.3.4", DstK8S_Type: "Pod" }, "left out: internal"],
    ["to the join network", { DstAddr: "100.64.0.2" }, "left out: ovn-internal"],
    ["to the masquerade network", { DstAddr: "169.254.0.2" }, "left out: ovn-internal"],
    ["to a multicast group", { DstAddr: "224.0.0.251", Proto: 17 }, "left out: multicast"],
    ["without addresses", { SrcAddr: undefined, DstAddr: undefined }, "left out: not-a-flow"],
    ["with a namespace no cluster has", { SrcK8S_Namespace: "../etc" }, "left out: source-unknown"],
    ["with a port beyond 65535", { DstPort: 70000 }, "malformed"],
    ["with a broken address", { DstAddr: "198.51.100.777" }, "malformed"],
  ])("%s", (_, change, expected) => {
    expect(fate(change)).toBe(expected);
  });

  test("that summarises a conversation counts only when there are no flow logs", () => {
    const lines = (types: readonly string[]): string[] =>
      types.map((type) => JSON.stringify({ ...base, _RecordType: type }));
    const flows = (types: readonly string[]): number | undefined => harvestForTest(lines(types)).edges[0]?.flows;
    expect(flows(["flowLog", "newConnection", "heartbeat", "endConnection", "flowLog"])).toBe(2);
    expect(flows(["newConnection", "endConnection"])).toBe(2);
    const ends = JSON.stringify({ ...base, _RecordType: "endConnection", Flags: ["SYN", "ACK", "SYN_ACK", "FIN_ACK"] });
    expect(harvestForTest([ends]).edges[0]?.flows).toBe(1);
  });

  test("states sampling, and the harvest is then incomplete", () => {
    const harvest = harvestForTest([JSON.stringify({ ...base, Sampling: 50 })]);
    expect([harvest.samplingMax, harvest.isComplete]).toEqual([50, false]);
    expect(harvest.warnings.map(({ code }) => code)).toContain("flows_sampled");
  });

  test.each([
    [
      "at the end of the year 9999",
      [253_402_300_799_000, 253_402_300_799_999],
      [253_402_300_799_000, 253_402_300_799_999],
    ],
    ["beyond the year 9999", [1_700_000_000_000, 253_402_300_800_000], [undefined, undefined]],
    ["at the end of numbers", [Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER], [undefined, undefined]],
    ["before it starts", [1_700_000_000_000, 1_600_000_000_000], [1_700_000_000_000, 1_700_000_000_000]],
  ])("that ends %s has times that can be shown", (_, [start, end], times) => {
    const harvest = harvestForTest([JSON.stringify({ ...base, TimeFlowStartMs: start, TimeFlowEndMs: end })]);
    const [found] = harvest.edges;
    expect([found?.firstSeenMs, found?.lastSeenMs]).toEqual(times);
    expect([harvest.window?.firstMs, harvest.window?.lastMs]).toEqual(times);
  });

  test("keeps its place in time", () => {
    const hour = 3_600_000;
    const start = Math.floor(base.TimeFlowStartMs / hour) * hour;
    const times = [start + 5, start + 9 * hour, start + 9 * hour + 1, start + hour];
    const lines = times.map((time) => JSON.stringify({ ...base, TimeFlowStartMs: time, TimeFlowEndMs: time + 10 }));
    const [found] = harvestForTest(lines).edges;
    expect([found?.firstSeenMs, found?.lastSeenMs]).toEqual([start + 5, start + 9 * hour + 11]);
    expect(found?.activity).toEqual([
      { hour: start / hour, flows: 1 },
      { hour: start / hour + 1, flows: 1 },
      { hour: start / hour + 9, flows: 2 },
    ]);
  });
});
