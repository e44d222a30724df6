import { expect, test } from "vitest";
import { fateOfNetobserv as fate, netobservEdge as edge } from "./netobserv-record.test-support.ts";

test.each([
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
  [
    "of datagrams that were counted, of which nobody knows how many",
    { Proto: 17, Flags: [], Packets: undefined, PktDropPackets: 2, PktDropLatestDropCause: "OVS_DROP_EXPLICIT" },
    edge.replace("tcp", "udp"),
  ],
  [
    "of a connection without flags, of which Open vSwitch dropped everything",
    { Flags: [], Bytes: undefined, PktDropPackets: 3, PktDropLatestDropCause: "OVS_DROP_LAST_ACTION" },
    edge.replace("seen ×1 100 B", "denied ×1"),
  ],
  [
    "of a connection without flags, of which Open vSwitch dropped a packet",
    { Flags: [], Packets: 5, PktDropPackets: 1, PktDropLatestDropCause: "OVS_DROP_LAST_ACTION" },
    edge,
  ],
  [
    "of no drops",
    { Flags: [], Bytes: undefined, PktDropPackets: 0, PktDropLatestDropCause: "OVS_DROP_EXPLICIT" },
    edge.replace(" 100 B", ""),
  ],
  [
    "that a policy allowed, whatever Open vSwitch dropped",
    {
      Flags: [],
      Bytes: undefined,
      PktDropPackets: 3,
      PktDropLatestDropCause: "OVS_DROP_LAST_ACTION",
      NetworkEvents: [{ Type: "NetworkPolicy", Action: "allow", Direction: "Egress" }],
    },
    edge.replace("seen ×1 100 B", "allowed ×1"),
  ],
  [
    "of a first packet, sampled, that the kernel dropped",
    {
      Flags: [],
      Bytes: undefined,
      Sampling: 50,
      PktDropPackets: 1,
      PktDropLatestFlags: 2,
      PktDropLatestDropCause: "SKB_DROP_REASON_NETFILTER_DROP",
    },
    edge.replace(" 100 B", ""),
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
  ...(
    [
      ["EgressFirewall", "reject", "Egress", "denied"],
      ["EgressFirewall", "drop", "", "denied"],
      ["NetworkPolicy", "drop", "", "seen"],
      ["NetworkPolicy", "drop", "Ingress", "seen"],
      ["AdminNetworkPolicy", "pass", "Egress", "seen"],
    ] as const
  ).map(([Type, Action, Direction, verdict]): [string, Record<string, unknown>, string] => [
    `with an event of ${Type}, ${Action} ${Direction}`,
    { NetworkEvents: [{ Type, Action, Direction }] },
    edge.replace("seen", verdict),
  ]),
  ...(
    [
      ["Allowed by default allow from local node policy, direction Egress", "allowed"],
      ["Rejected by admin network policy p, direction Egress", "denied"],
      ['Dropped by "default" egress firewall', "denied"],
      ["Dropped by network policy isolation, direction Ingress", "seen"],
      ["Seen by nobody", "seen"],
    ] as const
  ).map(([Message, verdict]): [string, Record<string, unknown>, string] => [
    `with the message ${Message}`,
    { NetworkEvents: [{ Message }] },
    edge.replace("seen", verdict),
  ]),
  [
    "with an old event message",
    { NetworkEvents: [{ Message: "Dropped by egress firewall in namespace shop" }] },
    edge.replace("seen", "denied"),
  ],
])("a NetObserv record %s", (_, change, expected) => {
  expect(fate(change)).toBe(expected);
});
