import { describe, expect, test } from "vitest";
import { fateForTest, harvestForTest } from "./harvest.test-support.ts";
import { hubbleEdge as edge, hubbleFlow as base, hubbleLine as line } from "./hubble-record.test-support.ts";

const tcp = (flags: object, ports = [40000, 443]): object => ({
  l4: { TCP: { source_port: ports[0], destination_port: ports[1], flags } },
});
const dropped = {
  verdict: "DROPPED",
  drop_reason_desc: "POLICY_DENIED",
  event_type: { type: 1, sub_type: 133 },
  is_reply: undefined,
};

describe("a Hubble event", () => {
  test.each([
    ["of a new connection", {}, edge],
    [
      "with names",
      { destination_names: ["Pay.Example.com.", "b.example.com"] },
      `${edge} (b.example.com, pay.example.com)`,
    ],
    [
      "with names that are none",
      { destination_names: ["x y", "../z", "198.51.100.7", "198.51.100.7.", "ok.example"] },
      `${edge} (ok.example)`,
    ],
    ["of a pod without a named owner", { source: { ...base.source, workloads: undefined } }, edge],
    ["of a cluster mesh", { source: { ...base.source, cluster_name: "eu-1" } }, `eu-1: ${edge}`],
    [
      "of a UDP packet",
      { l4: { UDP: { source_port: 40000, destination_port: 53 } } },
      edge.replace("tcp/443", "udp/53"),
    ],
    [
      "of a ping, whose code is left out",
      { l4: { ICMPv4: { type: 8 } }, Summary: "ICMPv4 EchoRequest" },
      edge.replace("tcp/443", "icmp"),
    ],
    [
      "of an echo reply, whose type is left out",
      { l4: { ICMPv4: {} }, Summary: "ICMPv4 EchoReply", is_reply: undefined },
      "left out: reply",
    ],
    [
      "of an echo reply that a policy drops",
      { ...dropped, l4: { ICMPv4: {} }, Summary: "ICMPv4 EchoReply" },
      "left out: reply",
    ],
    [
      "of an echo reply over IPv6 that a policy drops",
      { ...dropped, IP: { source: "fd01::7", destination: "2001:db8::7" }, l4: { ICMPv6: { type: 129 } } },
      "left out: reply",
    ],
    [
      "of a ping over IPv6 that a policy drops",
      { ...dropped, IP: { source: "fd01::7", destination: "2001:db8::7" }, l4: { ICMPv6: { type: 128 } } },
      "shop Deployment/cart → 2001:db8::7 icmp denied ×1",
    ],
    ["denied by default", dropped, edge.replace("seen", "denied")],
    [
      "denied, with the number of the reason only",
      { verdict: "DROPPED", drop_reason: 181, event_type: { type: 1 }, is_reply: undefined },
      edge.replace("seen", "denied"),
    ],
    [
      "denied, with the number of the reason beside its unknown word",
      {
        verdict: "DROPPED",
        drop_reason: 133,
        drop_reason_desc: "DROP_REASON_UNKNOWN",
        event_type: { type: 1 },
        is_reply: undefined,
      },
      edge.replace("seen", "denied"),
    ],
    [
      "dropped in audit mode, which lets it pass",
      { verdict: "AUDIT", event_type: { type: 5 }, trace_observation_point: undefined, is_reply: undefined },
      edge,
    ],
    [
      "dropped by a fault on the way",
      { verdict: "DROPPED", drop_reason_desc: "CT_MAP_INSERTION_FAILED", event_type: { type: 1 }, is_reply: undefined },
      edge,
    ],
    [
      "allowed by a policy",
      { event_type: { type: 5 }, trace_observation_point: undefined, is_reply: undefined },
      edge.replace("seen", "allowed"),
    ],
    ["of a reply", { is_reply: true }, "left out: reply"],
    [
      "of a reply, as older versions say it",
      { is_reply: undefined, reply: true, ...tcp({ ACK: true }) },
      "left out: reply",
    ],
    ["of unknown sense, by ports", { is_reply: undefined, ...tcp({ ACK: true }) }, edge],
    [
      "of unknown sense, between high ports",
      { is_reply: undefined, ...tcp({ ACK: true }, [40000, 50000]) },
      "left out: initiator-unknown",
    ],
    ["on its way in", { traffic_direction: "INGRESS" }, "left out: ingress"],
    ["of a host", { source: { identity: 1, labels: ["reserved:host"] } }, "left out: host-network"],
    ["from outside", { source: { identity: 2, labels: ["reserved:world"] } }, "left out: not-from-pod"],
    [
      "to a pod",
      {
        IP: { source: "10.128.0.7", destination: "10.129.0.9" },
        destination: { identity: 99, namespace: "b", pod_name: "x" },
      },
      "left out: internal",
    ],
    [
      "to a pod outside of the networks that are known",
      { IP: { source: "10.128.0.7", destination: "192.168.9.9" }, destination: { namespace: "b", pod_name: "x" } },
      "left out: internal",
    ],
    ["of another node, by its identity", { source: { identity: 2 ** 25 + 1 } }, "left out: host-network"],
    ["from a block of addresses, by its identity", { source: { identity: 2 ** 24 + 1 } }, "left out: not-from-pod"],
    [
      "over SCTP",
      { l4: { SCTP: { source_port: 40_000, destination_port: 3868 } } },
      edge.replace("tcp/443", "sctp/3868"),
    ],
    [
      "of unknown sense, by its SYN",
      { is_reply: undefined, ...tcp({ SYN: true }, [40_000, 50_000]) },
      edge.replace("443", "50000"),
    ],
    [
      "of unknown sense, by its SYN and ACK",
      { is_reply: undefined, ...tcp({ SYN: true, ACK: true }, [50_000, 40_000]) },
      "left out: reply",
    ],
    [
      "of an echo reply that is not marked as one",
      { l4: { ICMPv4: {} }, Summary: "ICMPv4 EchoReply" },
      "left out: reply",
    ],
    [
      "of an echo reply over IPv6 that is not marked as one",
      { IP: { source: "fd01::7", destination: "2001:db8::7" }, l4: { ICMPv6: { type: 129 } } },
      "left out: reply",
    ],
    [
      "dropped between high ports, as a policy judges what opens a connection",
      { ...dropped, ...tcp({ ACK: true }, [40_000, 50_000]) },
      edge.replace("443 seen", "50000 denied"),
    ],
    [
      "allowed by a policy between high ports",
      { event_type: { type: 5 }, is_reply: undefined, ...tcp({ ACK: true }, [40_000, 50_000]) },
      edge.replace("443 seen", "50000 allowed"),
    ],
    [
      "sent on to a proxy by a policy",
      { verdict: "REDIRECTED", event_type: { type: 5 } },
      edge.replace("seen", "allowed"),
    ],
    [
      "with its enums as numbers",
      { ...dropped, verdict: 2, drop_reason_desc: 133, traffic_direction: 2 },
      edge.replace("seen", "denied"),
    ],
    ["on its way in, as a number", { traffic_direction: 1 }, "left out: ingress"],
    ["of an agent", { event_type: { type: 130 } }, "left out: not-a-flow"],
    ["of the highest ports there are", tcp({ SYN: true }, [65_535, 65_535]), edge.replace("443", "65535")],
    ["to a port that is none", tcp({ SYN: true }, [40_000, 65_536]), "malformed"],
    ["from a port that is none", tcp({ SYN: true }, [65_536, 443]), "malformed"],
    ["to an address that is none", { IP: { source: "10.128.0.7", destination: "nobody" } }, "malformed"],
    ["from an address that is none", { IP: { source: "nobody", destination: "198.51.100.7" } }, "malformed"],
    ["of a socket", { event_type: { type: 7 } }, "left out: not-a-flow"],
    ["with a broken time", { time: "yesterday" }, "malformed"],
  ])("%s", (_, change, expected) => {
    expect(fateForTest(line(change), { format: "hubble" })).toBe(expected);
  });

  test("may be a bare flow", () => {
    expect(fateForTest(JSON.stringify(base))).toBe(edge);
  });

  const flowsOf = (changes: readonly object[]): number | undefined => harvestForTest(changes.map(line)).edges[0]?.flows;

  test("of a connection that a policy drops counts once, and one about its requests never", () => {
    const judged = { ...dropped, event_type: { type: 5 } };
    expect(flowsOf([judged, dropped, judged, dropped])).toBe(2);
    const request = { event_type: { type: 129 }, l7: { type: "REQUEST", http: { method: "GET" } } };
    expect(flowsOf([{}, request, request])).toBe(1);
  });

  test.each([
    ["its own time", { time: "2026-09-01T08:30:00.123456789Z" }, Date.UTC(2026, 8, 1, 8, 30, 0, 123)],
    ["that of the message around it", { time: undefined }, Date.UTC(2026, 8, 1, 8, 31)],
  ])("has %s", (_, change, atMs) => {
    const printed = JSON.stringify({ flow: { ...base, ...change }, time: "2026-09-01T08:31:00Z" });
    const [found] = harvestForTest([printed]).edges;
    expect([found?.firstSeenMs, found?.lastSeenMs]).toEqual([atMs, atMs]);
  });

  test.each([
    ["cut off", line({}).slice(0, -20)],
    ["with something behind it", `${line({})} and more`],
  ])("is malformed %s", (_, text) => {
    expect(fateForTest(text, { format: "hubble" })).toBe("malformed");
  });

  test("that only shows that a connection goes on is no flow of its own", () => {
    const again = { trace_observation_point: "TO_NETWORK", traffic_direction: undefined, is_reply: undefined };
    const on = [tcp({ ACK: true }), tcp({ PSH: true, ACK: true }), again];
    expect(flowsOf([{}, ...on, {}])).toBe(2);
    expect(flowsOf(on)).toBe(3);
  });

  test.each([
    ["to the kernel's own routing", "TO_STACK"],
    ["past the kernel to the network, as with eBPF host routing", "TO_NETWORK"],
    ["to a proxy that judges its requests", "TO_PROXY"],
    ["through a tunnel", "TO_OVERLAY"],
    ["to the node", "TO_HOST"],
  ])("of a connection that leaves the pod %s counts once", (_, point) => {
    const opening = { trace_observation_point: point };
    const elsewhere = { trace_observation_point: "TO_NETWORK", traffic_direction: undefined, is_reply: undefined };
    const goesOn = { trace_observation_point: point, ...tcp({ ACK: true }) };
    expect(flowsOf([opening, elsewhere, goesOn, goesOn])).toBe(1);
  });

  test("of UDP or a ping counts when connection tracking saw it first, where the server tells", () => {
    const udp = { l4: { UDP: { source_port: 40000, destination_port: 443 } } };
    const ping = { l4: { ICMPv4: { type: 8 } } };
    for (const one of [udp, ping]) {
      const told = ["NEW", "ESTABLISHED", "ESTABLISHED", "NEW"].map((said) => ({ ...one, trace_reason: said }));
      expect(flowsOf(told)).toBe(2);
      expect(flowsOf([one, one, { ...one, trace_reason: "TRACE_REASON_UNKNOWN" }])).toBe(3);
    }
  });

  test("is left out as often as it was recorded, whoever read it", () => {
    const to = { IP: { source: "10.42.0.7", destination: "10.42.0.9" }, destination: {} };
    const lines = [line(to), ...[1, 2, 3].map(() => line({ ...to, ...tcp({ ACK: true }) }))];
    for (const deal of [[], [0, 1, 0, 1], [7, 14]]) {
      const { leftOut } = harvestForTest(lines, { given: undefined, readers: 2, deal });
      expect(leftOut.map(({ reason, flows }) => [reason, flows])).toEqual([["internal", 4]]);
    }
  });

  test("of lost events without a number still shows a gap", () => {
    const lost = (said: object): number =>
      harvestForTest([JSON.stringify({ lost_events: said }), line({})]).gaps.lostEvents;
    expect(lost({ source: "HUBBLE_RING_BUFFER", num_events_lost: "99999999999999999999" })).toBe(1);
    expect(lost({ source: "HUBBLE_RING_BUFFER" })).toBe(1);
    expect(lost({ num_events_lost: "5" })).toBe(5);
  });

  test.each([
    ["of newer versions", { state_change: "NODE_DRAINED", node_names: ["n2"] }],
    ["that is left out, as the unknown one is", { node_names: ["n2"] }],
  ])("of a node in a state %s shows a gap", (_, node_status) => {
    expect(harvestForTest([JSON.stringify({ node_status, node_name: "n1" }), line({})]).gaps.nodeOutages).toBe(1);
  });

  test("of lost events or a lost node makes the harvest incomplete", () => {
    const harvest = harvestForTest([
      JSON.stringify({ lost_events: { source: "HUBBLE_RING_BUFFER", num_events_lost: "17" }, node_name: "n1" }),
      JSON.stringify({ node_status: { state_change: "NODE_GONE", node_names: ["n2"] } }),
      JSON.stringify({ node_status: { state_change: "NODE_CONNECTED", node_names: ["n2"] } }),
      line({}),
    ]);
    expect(harvest.gaps).toEqual({ lostEvents: 17, nodeOutages: 1 });
    expect(harvest.isComplete).toBe(false);
  });
});
