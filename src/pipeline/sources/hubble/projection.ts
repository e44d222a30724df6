import type { Projection } from "../json-projection.ts";

/** Slots of a pod end are consecutive: name, cluster, namespace, identity. */
export const flowSlots = {
  time: 0,
  outerTime: 1,
  verdict: 2,
  dropReason: 3,
  oldDropReason: 4,
  sourceAddress: 5,
  destinationAddress: 6,
  tcpSource: 7,
  tcpDestination: 8,
  udpSource: 9,
  udpDestination: 10,
  sctpSource: 11,
  sctpDestination: 12,
  icmp4: 13,
  icmp6: 14,
  syn: 15,
  ack: 16,
  sourcePod: 17,
  sourceCluster: 18,
  sourceNamespace: 19,
  sourceIdentity: 20,
  sourceWorkloads: 21,
  destinationPod: 22,
  destinationCluster: 23,
  destinationNamespace: 24,
  destinationIdentity: 25,
  destinationNames: 26,
  l7Type: 27,
  dnsQuery: 28,
  dnsAddresses: 29,
  dnsCode: 30,
  eventType: 31,
  direction: 32,
  isReply: 33,
  oldReply: 34,
  point: 35,
  summary: 36,
  lost: 37,
  nodeState: 38,
  lostSource: 39,
  destinationWorkloads: 40,
  dnsTtl: 41,
  dnsAliases: 42,
  statusNodes: 43,
} as const;

export const slotCount = Object.keys(flowSlots).length;

const slot = flowSlots;

/** Names are those of the protos; very old writers print the bare Flow, so its fields are wanted on both levels. */
const flow: Projection = {
  verdict: slot.verdict,
  drop_reason_desc: slot.dropReason,
  drop_reason: slot.oldDropReason,
  IP: { source: slot.sourceAddress, destination: slot.destinationAddress },
  l4: {
    TCP: {
      source_port: slot.tcpSource,
      destination_port: slot.tcpDestination,
      flags: { SYN: slot.syn, ACK: slot.ack },
    },
    UDP: { source_port: slot.udpSource, destination_port: slot.udpDestination },
    SCTP: { source_port: slot.sctpSource, destination_port: slot.sctpDestination },
    ICMPv4: { type: slot.icmp4 },
    ICMPv6: { type: slot.icmp6 },
  },
  source: {
    pod_name: slot.sourcePod,
    cluster_name: slot.sourceCluster,
    namespace: slot.sourceNamespace,
    identity: slot.sourceIdentity,
    workloads: slot.sourceWorkloads,
  },
  destination: {
    pod_name: slot.destinationPod,
    cluster_name: slot.destinationCluster,
    namespace: slot.destinationNamespace,
    identity: slot.destinationIdentity,
    workloads: slot.destinationWorkloads,
  },
  destination_names: slot.destinationNames,
  l7: {
    type: slot.l7Type,
    dns: {
      query: slot.dnsQuery,
      ips: slot.dnsAddresses,
      ttl: slot.dnsTtl,
      cnames: slot.dnsAliases,
      rcode: slot.dnsCode,
    },
  },
  event_type: { type: slot.eventType },
  traffic_direction: slot.direction,
  is_reply: slot.isReply,
  reply: slot.oldReply,
  trace_observation_point: slot.point,
  Summary: slot.summary,
};

export const projection: Projection = {
  ...flow,
  flow: { ...flow, time: slot.time },
  time: slot.outerTime,
  lost_events: { num_events_lost: slot.lost, source: slot.lostSource },
  node_status: { state_change: slot.nodeState, node_names: slot.statusNodes },
};
