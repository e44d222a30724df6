import { managementAddress, nodes, podMac, type Node } from "./nodes.ts";
import { dataCentre } from "./outside.ts";
import type { Pod } from "./pods.ts";
import type { ServiceRow } from "./services.ts";
import { shopNamespaces } from "./workloads.ts";

/** One side of a flow record, with everything the flow pipeline would know about its address. */
export interface End {
  readonly address: string;
  readonly mac: string;
  /** `K8S_*` fields without their `Src` or `Dst`; empty for addresses outside. */
  readonly kubernetes: Readonly<Record<string, string>>;
  readonly subnetLabel: string | undefined;
  /** IPv4 address of the node the end lives on, the family the pipeline compares with the agent's. */
  readonly hostAddress: string | undefined;
  readonly isApplication: boolean;
}

/** The router of the machine network; its address does not show in records, its MAC does. */
const routerMac = "FA:16:3E:00:00:01";

export function podEnd(pod: Pod, isV6 = false): End {
  return {
    address: isV6 ? pod.address6 : pod.address,
    mac: podMac(pod.address),
    kubernetes: {
      Namespace: pod.namespace,
      Name: pod.name,
      Type: "Pod",
      OwnerName: pod.owner.name,
      OwnerType: pod.owner.kind,
      HostIP: pod.node.address,
      HostName: pod.node.name,
      NetworkName: "primary",
    },
    subnetLabel: "Pods",
    hostAddress: pod.node.address,
    isApplication: shopNamespaces.includes(pod.namespace),
  };
}

export function nodeEnd(node: Node, isV6 = false): End {
  return {
    address: isV6 ? node.address6 : node.address,
    mac: node.mac,
    kubernetes: nodeFields(node),
    subnetLabel: "Machines",
    hostAddress: node.address,
    isApplication: false,
  };
}

/** The host's own leg into the pod network: where kubelet probes come from. */
export function managementEnd(node: Node): End {
  const address = managementAddress(node);
  return { ...nodeEnd(node), address, mac: podMac(address), subnetLabel: "Pods" };
}

export function serviceEnd({ namespace, name, clusterIp }: ServiceRow, seenFrom: Pod): End {
  return {
    address: clusterIp,
    mac: gatewayMac(seenFrom.node),
    kubernetes: { Namespace: namespace, Name: name, Type: "Service", OwnerName: name, OwnerType: "Service" },
    subnetLabel: "Services",
    hostAddress: undefined,
    isApplication: shopNamespaces.includes(namespace),
  };
}

/** Any address outside the pod network; the control plane's addresses are known as nodes. */
export function outsideEnd(address: string, seenFrom: Node, hop: "pod" | "node"): End {
  const node = nodes.find((candidate) => candidate.address === address);
  if (node !== undefined) return nodeEnd(node);
  return {
    address,
    mac: hop === "pod" ? gatewayMac(seenFrom) : routerMac,
    kubernetes: {},
    subnetLabel: address.startsWith(dataCentre.prefix) ? dataCentre.label : undefined,
    hostAddress: undefined,
    isApplication: false,
  };
}

function gatewayMac({ podPrefix: { second, third } }: Node): string {
  return podMac(`10.${second}.${third}.1`);
}

function nodeFields({ name, address }: Node): End["kubernetes"] {
  return { Name: name, Type: "Node", OwnerName: name, OwnerType: "Node", HostIP: address, HostName: name };
}
