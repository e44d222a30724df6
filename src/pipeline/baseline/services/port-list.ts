import { hasPorts, type PortProtocol } from "../../../core/net/l4.ts";
import type { Edge } from "../../flows/edge.ts";
import type { Port } from "../port.ts";

const order: readonly PortProtocol[] = ["tcp", "udp", "sctp"];

/** What edges use, each once, sorted by protocol and port. */
export function portsOf(edges: readonly Edge[]): readonly Port[] {
  const ports = new Map<number, Port>();
  for (const { protocol, port } of edges) {
    if (hasPorts(protocol)) ports.set(order.indexOf(protocol) * 65536 + port, { protocol, port });
  }
  return [...ports].toSorted(([a], [b]) => a - b).map(([, port]) => port);
}

/** `tcp/80,443 udp/443`; ports as {@link portsOf} sorts them. */
export function formatPorts(ports: readonly Port[]): string {
  const parts = order.map((protocol) => {
    const own = ports.filter((port) => port.protocol === protocol);
    return own.length === 0 ? "" : `${protocol}/${own.map(({ port }) => port).join()}`;
  });
  return parts.filter((part) => part !== "").join(" ");
}
