/** The machines: an OpenShift cluster on OpenStack, dual-stack, with egress routed through the host (local gateway). */
export interface Node {
  readonly name: string;
  readonly role: "control-plane" | "worker";
  readonly address: string;
  readonly address6: string;
  /** Virtual addresses the node holds at the moment: the API's and the ingress controller's. */
  readonly virtualAddresses: readonly string[];
  /** Pod subnets of this node; `.1` is the gateway, `.2` the management port. */
  readonly podPrefix: { readonly second: number; readonly third: number };
  readonly podPrefix6: string;
  /** Upper case with colons, as flow records print it. */
  readonly mac: string;
  /** What the flow agent of this node gives as its own address. */
  readonly agentAddress: string;
}

export const clusterNetworks = [
  { cidr: "10.128.0.0/14", hostPrefix: 23 },
  { cidr: "fd01::/48", hostPrefix: 64 },
];
export const serviceNetworks = ["172.30.0.0/16", "fd02::/112"];

function machine(
  name: string,
  role: Node["role"],
  host: number,
  [second, third]: readonly [number, number],
  index: number,
  virtualAddresses: readonly string[] = [],
): Node {
  const address = `10.0.0.${host}`;
  const address6 = `fd2e:6f44:5dd8:c956::${host}`;
  return {
    name: `shop-7xk2p-${name}`,
    role,
    address,
    address6,
    virtualAddresses,
    podPrefix: { second, third },
    podPrefix6: `fd01:0:0:${index}::`,
    mac: `FA:16:3E:5B:0${index}:${host.toString(16).padStart(2, "0").toUpperCase()}`,
    // One agent picked its IPv6 address, so the direction of its records can not be told from `AgentIP`.
    agentAddress: name === "worker-0-zt5nw" ? address6 : address,
  };
}

export const nodes: readonly Node[] = [
  machine("master-0", "control-plane", 10, [128, 0], 1, ["10.0.0.5"]),
  machine("master-1", "control-plane", 11, [129, 0], 2),
  machine("master-2", "control-plane", 12, [130, 0], 3),
  machine("worker-0-4hq7d", "worker", 20, [131, 0], 4, ["10.0.0.7"]),
  machine("worker-0-k8d2v", "worker", 21, [128, 2], 5),
  machine("worker-0-zt5nw", "worker", 22, [129, 2], 6),
];

export const workers = nodes.filter(({ role }) => role === "worker");

export function worker(index: number): Node {
  const found = workers[index % workers.length];
  if (found === undefined) throw new Error("the cluster has no workers");
  return found;
}

/** The `host`th address of the node's pod subnets. */
export function podAddress({ podPrefix: { second, third } }: Node, host: number): string {
  return `10.${second}.${third + (host >> 8)}.${host & 0xff}`;
}

export function podAddress6({ podPrefix6 }: Node, host: number): string {
  return `${podPrefix6}${host.toString(16)}`;
}

/** OVN-Kubernetes derives a pod's MAC address from its IPv4 address. */
export function podMac(address: string): string {
  const octets = address.split(".").map((octet) => Number(octet).toString(16).padStart(2, "0").toUpperCase());
  return ["0A", "58", ...octets].join(":");
}

export function managementAddress(node: Node): string {
  return podAddress(node, 2);
}
