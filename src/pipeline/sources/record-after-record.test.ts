import { expect, test } from "vitest";
import type { FlowFormat } from "./flow-format.ts";
import { saidForTest } from "./observation.test-support.ts";
import { openDecoder } from "./open-decoder.ts";
import { RecordFeeder } from "./record-feeder.ts";

const netobserv = {
  much: {
    K8S_ClusterName: "eu-1",
    SrcK8S_Namespace: "shop",
    SrcK8S_OwnerType: "Deployment",
    SrcK8S_OwnerName: "cart",
    SrcK8S_Name: "cart-1",
    SrcK8S_Type: "Pod",
    DstK8S_Type: "Service",
    SrcAddr: "2001:db8::7",
    DstAddr: "2001:db8::8",
    XlatDstAddr: "2001:db8::9",
    XlatDstPort: 6443,
    SrcPort: 40_000,
    DstPort: 443,
    Proto: 6,
    IcmpType: 8,
    Flags: ["SYN", "ACK"],
    Bytes: 100,
    Packets: 3,
    Sampling: 50,
    TimeFlowStartMs: 1_700_000_000_000,
    TimeFlowEndMs: 1_700_000_001_000,
    FlowDirection: 1,
    Duplicate: true,
    _RecordType: "endConnection",
    Udns: ["shop/red"],
    NetworkEvents: [
      { Feature: "acl", Type: "EgressFirewall", Namespace: "shop", Action: "allow", Direction: "Egress" },
      { Feature: "acl", Type: "NetworkPolicy", Namespace: "shop", Name: "web", Action: "drop", Direction: "Egress" },
    ],
    PktDropPackets: 3,
    PktDropLatestFlags: 2,
    PktDropLatestDropCause: "OVS_DROP_LAST_ACTION",
  },
  little: { SrcAddr: "10.128.0.7", DstAddr: "192.0.2.1" },
  otherFlags: { SrcAddr: "10.128.0.7", DstAddr: "192.0.2.1", Proto: 6, Flags: ["FIN", "ACK"] },
  events: { DstAddr: "192.0.2.1", NetworkEvents: [{ Type: "EgressFirewall", Action: "allow" }] },
};
const wrapped = (of: object): object => ({
  labels: { SrcK8S_Namespace: "shop", DstK8S_Type: "" },
  line: JSON.stringify(of),
  timestamp: "2026-09-01T08:30:00Z",
});

const hubbleFlow = {
  time: "2026-09-01T08:30:00.123456789Z",
  verdict: "DROPPED",
  drop_reason_desc: "POLICY_DENIED",
  IP: { source: "2001:db8::7", destination: "2001:db8::8" },
  l4: { TCP: { source_port: 40_000, destination_port: 443, flags: { SYN: true, ACK: true } } },
  source: {
    identity: 4711,
    cluster_name: "eu-1",
    namespace: "shop",
    pod_name: "cart-1",
    workloads: [{ name: "cart", kind: "Deployment" }],
  },
  destination: { identity: 16_777_217, namespace: "b", pod_name: "x", workloads: [{ name: "x", kind: "StatefulSet" }] },
  destination_names: ["pay.example.com", "b.example.com"],
  event_type: { type: 5 },
  traffic_direction: "EGRESS",
  trace_observation_point: "TO_STACK",
  trace_reason: "ESTABLISHED",
  is_reply: true,
  reply: true,
  egress_denied_by: [{ name: "no", namespace: "shop", kind: "CiliumNetworkPolicy" }],
  egress_allowed_by: [{ name: "yes", namespace: "shop", kind: "CiliumNetworkPolicy" }],
};
const hubbleAnswer = {
  IP: { source: "10.128.0.53", destination: "10.128.0.7" },
  destination: { identity: 4711, namespace: "shop", pod_name: "cart-1" },
  event_type: { type: 129 },
  l7: {
    type: "RESPONSE",
    dns: {
      query: "pay.example.com.",
      ips: ["2001:db8::7", "198.51.100.7"],
      ttl: 30,
      cnames: ["edge.example.net."],
      rcode: 0,
    },
  },
};

const calico = {
  start_time: 1_788_246_600,
  end_time: 1_788_246_900,
  source_ip: "2001:db8::7",
  source_name: "cart-5d4f6c7b8d-x2k9q",
  source_namespace: "shop",
  source_port: 40_000,
  source_type: "wep",
  dest_ip: "2001:db8::8",
  dest_port: 443,
  dest_type: "net",
  dest_domains: ["pay.example.com"],
  proto: "tcp",
  action: "deny",
  reporter: "src",
  cluster: "eu-1",
  policies: { all_policies: ["0|default|shop/default.egress|deny|0"] },
  bytes_out: 300,
  num_flows_started: 0,
};
const aggregated = { ...calico, source_ip: null, source_name: "-", source_name_aggr: "db-7c6d5b4f9c-*" };

const acl = (of: string, rest: string, at: string): string =>
  `2026-09-01T08:30:0${at}Z|00004|acl_log(ovn_pinctrl0)|INFO|name="${of}", verdict=drop, severity=alert, direction=from-lport: ${rest}`;

const plain = {
  cluster: "eu-1",
  namespace: "shop",
  workload: "Deployment/cart",
  pod: "cart-1",
  source: "2001:db8::7",
  destination: "2001:db8::/32",
  port: 443,
  protocol: "tcp",
  name: "pay.example.com",
  bytes: 100,
  time: "2026-09-01T08:30:00Z",
  last_seen: "2026-09-01T08:31:00Z",
  verdict: "denied",
  count: 0,
};

const forms: readonly (readonly [name: string, format: FlowFormat, records: readonly (object | string)[]])[] = [
  ["NetObserv", "netobserv", [...Object.values(netobserv), {}, ...Object.values(netobserv).map(wrapped)]],
  [
    "Hubble",
    "hubble",
    [
      { flow: hubbleFlow, node_name: "n1", time: hubbleFlow.time },
      { flow: { ...hubbleFlow, verdict: "FORWARDED", is_reply: undefined, l4: { UDP: { source_port: 9 } } } },
      { flow: hubbleAnswer },
      { flow: { ...hubbleAnswer, l7: { type: "RESPONSE", dns: { query: "no.example.", rcode: 3 } } } },
      { flow: { IP: { source: "10.128.0.7", destination: "192.0.2.1" } } },
      { flow: { IP: { source: "10.128.0.7", destination: "192.0.2.1" }, event_type: { type: 5 } } },
      { flow: { event_type: { type: 129 }, l7: { dns: { query: "a.example." } } } },
      { flow: { l4: { ICMPv4: { type: 8 } }, traffic_direction: "EGRESS", event_type: { type: 1 } } },
      { flow: { l4: { TCP: { destination_port: 443 } }, traffic_direction: "EGRESS" } },
      { lost_events: { source: "HUBBLE_RING_BUFFER", num_events_lost: "17" } },
      { node_status: { state_change: "NODE_GONE", node_names: ["n2"] } },
    ],
  ],
  ["Calico's flow logs", "calico", [calico, aggregated, { dest_ip: "192.0.2.1" }, { ...calico, reporter: "fwd" }]],
  [
    "OVN's audit log",
    "ovn-acl",
    [
      acl("NP:shop:web:Egress:0", "tcp6,ipv6_src=fd01::7,ipv6_dst=2001:db8::1,tp_src=5,tp_dst=53,tcp_flags=syn", "1"),
      acl("", "udp,nw_src=10.128.0.7,nw_dst=192.0.2.1,tp_src=7,tp_dst=53", "2"),
      acl("", "icmp,nw_src=10.128.0.7,nw_dst=192.0.2.1,icmp_type=8,icmp_code=0", "3"),
      acl("ANP:all:Egress:1", "tcp,vlan_tci=0", "4"),
    ],
  ],
  ["plain JSON lines", "plain", [plain, { destination: "192.0.2.1" }, { ...plain, workload: "cart", verdict: "" }]],
];

/** What the records say, one after the other in one input; also that one is malformed. */
function saidInTurn(format: FlowFormat, records: readonly string[]): readonly unknown[] {
  const said: unknown[] = [];
  const decoder = openDecoder(format, undefined, (o) => said.push(saidForTest(o)));
  const feeder = new RecordFeeder(decoder, (error) => said.push(error), 4096);
  for (const record of records) feeder.add(Buffer.from(record));
  feeder.flush();
  decoder.finish();
  return said;
}

test.each(forms)("nothing of one record of %s shows in the next", (_, format, records) => {
  const lines = records.map((record) => (typeof record === "string" ? record : JSON.stringify(record)));
  const alone = lines.map((line) => saidInTurn(format, [line]));
  for (const [i, before] of lines.entries()) {
    for (const [j, line] of lines.entries()) {
      if (i === j) continue;
      expect(saidInTurn(format, [before, line]), `${before}\n${line}`).toEqual([...alone[i]!, ...alone[j]!]);
    }
  }
});
