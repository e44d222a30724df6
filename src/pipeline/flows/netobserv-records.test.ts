import { describe, expect, test } from "vitest";
import { fateForTest, harvestForTest } from "./harvest.test-support.ts";
import {
  fateOfNetobserv as fate,
  netobservEdge as edge,
  netobservRecord as base,
} from "./netobserv-record.test-support.ts";

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
      "of a service address, translated",
      { DstAddr: "172.30.0.1", DstK8S_Type: "Service", XlatDstAddr: "10.0.1.7", XlatDstPort: 6443 },
      "shop Deployment/cart → 10.0.1.7 tcp/6443 seen ×1 100 B",
    ],
    [
      "of a service address, not translated",
      { DstAddr: "172.30.0.1", DstK8S_Type: "Service" },
      "left out: service-unresolved",
    ],
    [
      "of a service address, translated, to the same port",
      { DstAddr: "172.30.0.1", DstK8S_Type: "Service", XlatDstAddr: "10.0.1.7" },
      "shop Deployment/cart → 10.0.1.7 tcp/443 seen ×1 100 B",
    ],
    ["with a translation that is none", { XlatDstAddr: "0.0.0.0", XlatDstPort: 0 }, edge],
    ["with a translation that is none, of IPv6", { XlatDstAddr: "::", XlatDstPort: 0 }, edge],
    [
      "of what is known as a pod, translated",
      { DstK8S_Type: "Pod", XlatDstAddr: "192.168.3.4", XlatDstPort: 8080 },
      "left out: internal",
    ],
    ["of an attempt that nobody answered", { Flags: ["SYN"] }, edge.replace("seen", "unanswered")],
    [
      "of such an attempt that asks for congestion notification",
      { Flags: ["SYN", "ECE", "CWR"] },
      edge.replace("seen", "unanswered"),
    ],
    [
      "of an attempt of which others may have been missed",
      { Flags: ["SYN"], Sampling: 2 },
      edge.replace("100 B", "200 B"),
    ],
    [
      "of an attempt that a policy allowed",
      { Flags: ["SYN"], NetworkEvents: [{ Type: "NetworkPolicy", Action: "allow", Direction: "Egress" }] },
      edge.replace("seen", "allowed"),
    ],
    ["with its protocol as a word", { Proto: "tcp" }, edge],
    ["with its protocol in quotes", { Proto: "17" }, edge.replace("tcp", "udp")],
    ["with numeric flags in quotes, of an answer", { Flags: "272" }, "left out: reply"],
    ["without the type of its source", { SrcK8S_Type: undefined }, edge],
    [
      "without the type and the name of its source",
      { SrcK8S_Type: undefined, SrcK8S_Name: undefined, SrcAddr: "203.0.113.9" },
      "left out: not-from-pod",
    ],
    [
      "without the type and the namespace of its source",
      { SrcK8S_Type: undefined, SrcK8S_Namespace: undefined, SrcAddr: "203.0.113.9" },
      "left out: not-from-pod",
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
      "seen on an egress IP's node, with IPv6",
      { FlowDirection: undefined, AgentIP: "fd00::9", SrcK8S_HostIP: "fd00::7" },
      "left out: duplicate",
    ],
    ["seen on its own node", { FlowDirection: undefined, AgentIP: "10.0.1.7", SrcK8S_HostIP: "10.0.1.7" }, edge],
    [
      "seen on its own node, with IPv6",
      { FlowDirection: undefined, AgentIP: "fd00::7", SrcK8S_HostIP: "fd00::7" },
      edge,
    ],
    ["that goes out, whatever the agent's address", { AgentIP: "10.0.1.9", SrcK8S_HostIP: "10.0.1.7" }, edge],
    ["without direction and the node of its source", { FlowDirection: undefined, AgentIP: "10.0.1.9" }, edge],
    ["without direction and the agent's address", { FlowDirection: undefined, SrcK8S_HostIP: "10.0.1.7" }, edge],
    ["marked as duplicate by a word", { Duplicate: "true" }, "left out: duplicate"],
    ["marked as no duplicate by a word", { Duplicate: "false" }, edge],
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
    ["to the highest port there is", { DstPort: 65_535 }, edge.replace("443", "65535")],
    ["with a port beyond 65535", { DstPort: 65_536 }, "malformed"],
    ["from a port beyond 65535", { SrcPort: 65_536 }, "malformed"],
    ["from a broken address", { SrcAddr: "10.128.2" }, "malformed"],
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

  test.each([
    ["its start where the end is missing", { TimeFlowEndMs: undefined }, 1_700_000_000_000, 1_700_000_000_000],
    ["its end where the start is missing", { TimeFlowStartMs: undefined }, 1_700_000_001_000, 1_700_000_001_000],
    ["its own times, not that of its arrival", { TimeReceived: 1_700_000_900 }, 1_700_000_000_000, 1_700_000_001_000],
    [
      "the second of its arrival where both are missing",
      { TimeFlowStartMs: 0, TimeFlowEndMs: undefined, TimeReceived: 1_700_000_900 },
      1_700_000_900_000,
      1_700_000_900_000,
    ],
    ["none where all are missing", { TimeFlowStartMs: 0, TimeFlowEndMs: 0, TimeReceived: 0 }, undefined, undefined],
  ])("has %s", (_, change, firstMs, lastMs) => {
    const [found] = harvestForTest([JSON.stringify({ ...base, ...change })], { format: "netobserv" }).edges;
    expect([found?.firstSeenMs, found?.lastSeenMs]).toEqual([firstMs, lastMs]);
  });

  test("of a service that stands for an address outside does not make that address one of the cluster's", () => {
    const record = { ...base, DstAddr: "172.30.0.1", DstK8S_Type: "Service", XlatDstAddr: "198.51.100.7" };
    expect(fateForTest(JSON.stringify(record), { given: undefined })).toBe(edge);
  });

  test.each([
    ["cut off", JSON.stringify(base).slice(0, -20)],
    ["with something behind it", `${JSON.stringify(base)} and more`],
  ])("is malformed %s", (_, text) => {
    expect(fateForTest(text, { format: "netobserv" })).toBe("malformed");
  });

  test.each([
    ["with letters that are escaped", String.raw`c\u0061rt`, edge],
    ["with an escape that is none", String.raw`c\u00zzrt`, "malformed"],
  ])("is read %s", (_, written, expected) => {
    const text = JSON.stringify(base).replaceAll("cart", written);
    expect(fateForTest(text, { format: "netobserv" })).toBe(expected);
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
