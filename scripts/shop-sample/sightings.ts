import { isV6, type Connection, type Load } from "./connection.ts";
import { managementEnd, nodeEnd, outsideEnd, podEnd, serviceEnd, type End } from "./end.ts";
import { nodes, type Node } from "./nodes.ts";
import type { Pod } from "./pods.ts";
import { randomFrom, hex } from "./random.ts";

/**
 * A connection as the flow agent of one node sees it between one pair of addresses. A packet changes addresses on its
 * way (Service to backend, pod to node), so one connection has several sightings, each with records both ways.
 */
export interface Sighting {
  readonly agent: Node;
  readonly from: End;
  readonly to: End;
  readonly fromPort: number;
  readonly toPort: number;
  readonly protocol: "tcp" | "udp" | "icmp" | "icmp6";
  /** In the order the request passes them; direction 1 is out of the interface, 0 into it. */
  readonly interfaces: readonly (readonly [name: string, direction: 0 | 1])[];
  readonly startMs: number;
  readonly endMs: number;
  readonly part: Connection["part"];
  readonly sent: Load;
  readonly received: Load | undefined;
  readonly refused?: boolean;
  readonly rttMs: number;
  readonly dns?: {
    readonly id: number;
    readonly question: string;
    readonly exists: boolean;
    readonly latencyMs: number;
  };
}

type Hop = readonly [name: string, direction: 0 | 1];

const intoHost: Hop = ["ovn-k8s-mp0", 0];
const outOfHost: readonly Hop[] = [
  ["br-ex", 1],
  ["ens3", 1],
];
const intoNode: readonly Hop[] = [
  ["ens3", 0],
  ["br-ex", 0],
];

/** The host's end of a pod's cable is named after the pod's sandbox. */
function cable(pod: Pod): string {
  return hex(randomFrom(`sandbox ${pod.name} ${pod.address}`), 15);
}

function outOfPod(pod: Pod): readonly Hop[] {
  return [
    ["eth0", 1],
    [cable(pod), 0],
  ];
}

function intoPod(pod: Pod): readonly Hop[] {
  return [
    [cable(pod), 1],
    ["eth0", 0],
  ];
}

/**
 * @param isBlocked whether an egress firewall drops the connection: then only the pod's own interfaces see it
 */
export function sightingsOf(connection: Connection, isBlocked: boolean): readonly Sighting[] {
  const { pod, target } = connection;
  if (target.kind === "outside") return toOutside(connection, target.address, target.port, [], isBlocked);
  const { service, backend } = target;
  const asService = sighting(connection, pod.node, podEnd(pod), serviceEnd(service, pod), service.port, outOfPod(pod));
  if (typeof backend === "string") {
    return [asService, ...toOutside(connection, backend, service.targetPort, [asService], isBlocked)];
  }
  return [asService, ...toPod(connection, backend, service.targetPort)];
}

/** Out through the host: seen as the pod's address, and again as the node's after translation. */
function toOutside(
  connection: Connection,
  address: string,
  port: number,
  seenBefore: readonly Sighting[],
  isBlocked: boolean,
): readonly Sighting[] {
  const { pod, target } = connection;
  const v6 = isV6(target);
  const { node } = pod;
  // The pod's own interfaces saw a Service's address instead.
  const own = seenBefore.length > 0 ? [] : outOfPod(pod);
  const throughHost = isBlocked ? own : [...own, intoHost];
  const asPod =
    throughHost.length === 0
      ? []
      : [sighting(connection, node, podEnd(pod, v6), outsideEnd(address, node, "pod"), port, throughHost)];
  if (isBlocked || isLinkLocal(address)) return asPod;
  const asNode = sighting(connection, node, nodeEnd(node, v6), outsideEnd(address, node, "node"), port, outOfHost);
  const other = nodes.find((candidate) => candidate.address === address && candidate !== node);
  return [...asPod, asNode, ...(other === undefined ? [] : [{ ...asNode, agent: other, interfaces: intoNode }])];
}

/** To another pod: over the tunnel when it is on another node, and then both nodes' agents tell. */
function toPod(connection: Connection, backend: Pod, port: number): readonly Sighting[] {
  const { pod } = connection;
  const seen = (agent: Node, hops: readonly Hop[]): Sighting =>
    sighting(connection, agent, podEnd(pod), podEnd(backend), port, hops);
  if (backend.node === pod.node) return [seen(pod.node, intoPod(backend))];
  return [seen(pod.node, [["genev_sys_6081", 1]]), seen(backend.node, [["genev_sys_6081", 0], ...intoPod(backend)])];
}

function sighting(
  { sourcePort, protocol, startMs, endMs, part, sent, received, refused, rttMs }: Connection,
  agent: Node,
  from: End,
  to: End,
  toPort: number,
  interfaces: readonly Hop[],
): Sighting {
  const shared = { agent, from, to, fromPort: sourcePort, toPort, protocol, interfaces };
  return { ...shared, startMs, endMs, part, sent, received, rttMs, ...(refused === undefined ? {} : { refused }) };
}

type Exchange = Pick<Sighting, "fromPort" | "startMs" | "endMs" | "sent" | "received" | "rttMs">;

/** A customer's browser on a Service of type LoadBalancer that keeps the client's address. */
export function fromCustomer(address: string, pod: Pod, port: number, exchange: Exchange): Sighting {
  const from = outsideEnd(address, pod.node, "pod");
  const to = podEnd(pod, address.includes(":"));
  const shared = { agent: pod.node, from, to, toPort: port, interfaces: intoPod(pod) };
  return { ...shared, ...exchange, protocol: "tcp", part: "whole" };
}

/** The kubelet asking a pod for its health, from the node's management port. */
export function fromKubelet(pod: Pod, port: number, exchange: Exchange): Sighting {
  const interfaces: readonly Hop[] = [["ovn-k8s-mp0", 1], ...intoPod(pod)];
  const shared = { agent: pod.node, from: managementEnd(pod.node), to: podEnd(pod), toPort: port, interfaces };
  return { ...shared, ...exchange, protocol: "tcp", part: "whole" };
}

/** The node's container runtime fetching an image; host-network pods look the same. */
export function fromNode(node: Node, address: string, port: number, exchange: Exchange): Sighting {
  const v6 = address.includes(":");
  const shared = { agent: node, from: nodeEnd(node, v6), to: outsideEnd(address, node, "node"), toPort: port };
  return { ...shared, ...exchange, interfaces: outOfHost, protocol: "tcp", part: "whole" };
}

/** Something without ports, or to an address nobody answers on the pod's own link. */
export function onTheLink(pod: Pod, address: string, port: number, exchange: Exchange): Sighting {
  const from = podEnd(pod, address.includes(":"));
  const shared = { agent: pod.node, from, to: outsideEnd(address, pod.node, "pod"), toPort: port };
  return { ...shared, ...exchange, interfaces: outOfPod(pod), protocol: "udp", part: "whole" };
}

function isLinkLocal(address: string): boolean {
  return address.startsWith("169.254.");
}
