import { formatIp } from "../../../core/net/ip.ts";
import { hasPorts } from "../../../core/net/l4.ts";
import type { Edge } from "../../../pipeline/flows/edge.ts";

/** `198.51.100.7`, or the block where the source recorded blocks. */
export function edgeAddress({ address, prefixLength }: Edge): string {
  return prefixLength === undefined ? formatIp(address) : `${formatIp(address)}/${prefixLength}`;
}

/** `tcp/443`, `icmp`. */
export function edgePort({ protocol, port }: Edge): string {
  return hasPorts(protocol) ? `${protocol}/${port}` : protocol;
}

/** `api.payments.example (198.51.100.7)`, or the address alone. */
export function edgeDestination(edge: Edge): string {
  const [name, second] = edge.names;
  if (name === undefined) return edgeAddress(edge);
  return `${name}${second === undefined ? "" : ` and ${edge.names.length - 1} more`} (${edgeAddress(edge)})`;
}
