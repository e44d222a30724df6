import { intervalSet } from "../../../core/net/interval-set.ts";
import { formatIpSet, ipSetOfAll } from "../../../core/net/ip-set.ts";
import { formatIp } from "../../../core/net/ip.ts";
import { formatL4Set, l4Point } from "../../../core/net/l4.ts";
import type { Edge } from "../../../pipeline/flows/edge.ts";
import { count, listed } from "./count.ts";
import { edgeAddress, edgeDestination, edgePort } from "./edge.ts";

/** Nobody reads more destinations than this in one line. */
const named = 3;
const readableRanges = 3;
const readablePorts = 8;

/**
 * Where several connections went, in a few words: `api.example.com tcp/443 (2 addresses)`, and a scan as what it
 * covers, `29 destinations in 10.20.30.38-10.20.30.42, tcp/22,80,443`.
 * @param most how many others to name
 */
export function formatDestinations(edges: readonly Edge[], most = named): string {
  const alike = Map.groupBy(edges, (edge) => `${edge.names[0] ?? edgeAddress(edge)} ${edgePort(edge)}`);
  const labels = [...alike.values()].map(labelOf);
  if (labels.length <= named + 1) return listed(labels);
  const covered = coverage(edges, labels.length);
  if (covered !== undefined || labels.length <= most) return covered ?? listed(labels);
  return `${labels.slice(0, most).join(", ")} and ${labels.length - most} more destinations`;
}

function labelOf(edges: readonly Edge[]): string {
  const edge = edges[0]!;
  const addresses = new Set(edges.map(edgeAddress));
  if (addresses.size === 1) return `${edgeDestination(edge)} ${edgePort(edge)}`;
  return `${edge.names[0]!} ${edgePort(edge)} (${count(addresses.size, "address", "addresses")})`;
}

/** Undefined where names would be lost, or where it is no shorter. */
function coverage(edges: readonly Edge[], destinations: number): string | undefined {
  if (edges.some(({ names, prefixLength }) => names.length > 0 || prefixLength !== undefined)) return undefined;
  const points = new Set(edges.map(({ protocol, port }) => l4Point(protocol, port)));
  const l4 = intervalSet([...points].map((point) => ({ first: point, last: point })));
  const addresses = ipSetOfAll(edges.map(({ address }) => address));
  const ranges = addresses.v4.length + addresses.v6.length;
  if (ranges > readableRanges || l4.length > readablePorts) return undefined;
  const single = new Set(edges.map(({ address }) => formatIp(address))).size === 1;
  const where = single ? formatIp(edges[0]!.address) : formatIpSet(addresses).replaceAll(/\/(?:32|128)(?=,|$)/g, "");
  return `${destinations} destinations in ${where}, ${formatL4Set(l4)}`;
}
