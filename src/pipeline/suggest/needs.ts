import { type Cidr, cidrAround, formatCidr, ipSetOfAll, lastOf, toCidrs } from "../../core/net/ip-set.ts";
import { familyBits } from "../../core/net/ip.ts";
import { hasPorts, type PortProtocol } from "../../core/net/l4.ts";
import { formatNamePattern } from "../../core/net/name-pattern.ts";
import type { Port } from "../baseline/port.ts";
import type { Edge } from "../flows/edge.ts";
import type { Need } from "./choose/choice.ts";

/** Which name speaks for an address; undefined where no evidence gives a usable one. */
export type NameOf = (edge: Edge) => string | undefined;

/**
 * Groups edges into needs. Edges with a name become one need per name; the rest are grouped by the ports they use, and
 * the addresses of a group are joined into the fewest blocks that hold exactly them. Edges without ports (ICMP) are the
 * caller's business. Names first in order of text, then blocks in order of address.
 */
export function needsOf(edges: readonly Edge[], nameOf: NameOf): readonly Need[] {
  return group(
    edges.filter(({ protocol }) => hasPorts(protocol)),
    nameOf,
    portsOf,
  );
}

/** {@link needsOf} for kinds without ports: every edge counts, `ports` is empty. */
export function destinationsOf(edges: readonly Edge[], nameOf: NameOf): readonly Need[] {
  return group(edges, nameOf, () => []);
}

type PortsOf = (edges: readonly Edge[]) => readonly Port[];

function group(edges: readonly Edge[], nameOf: NameOf, ports: PortsOf): readonly Need[] {
  const byName = new Map<string, Edge[]>();
  const byTarget = new Map<string, Target>();
  for (const edge of edges) {
    const name = nameOf(edge);
    if (name !== undefined) push(byName, name, edge);
    else {
      const block = blockOf(edge);
      const key = formatCidr(block);
      const known = byTarget.get(key);
      if (known === undefined) byTarget.set(key, { block, edges: [edge] });
      else known.edges.push(edge);
    }
  }
  const named = [...byName].map(([name, own]): Need => ({
    to: { kind: "name", pattern: { kind: "exact", name } },
    ports: ports(own),
    edges: own,
    choice: undefined,
  }));
  named.sort((a, b) => (nameText(a) < nameText(b) ? -1 : 1));
  return [...named, ...blocksOf([...byTarget.values()], ports)];
}

function nameText({ to }: Need): string {
  return to.kind === "name" ? formatNamePattern(to.pattern) : "";
}

/** The block an edge stands for: one address, unless the record named a block. */
export function blockOf({ address, prefixLength }: Edge): Cidr {
  return cidrAround(address, prefixLength ?? familyBits[address.family]);
}

interface Target {
  readonly block: Cidr;
  readonly edges: Edge[];
}

function blocksOf(targets: readonly Target[], portsOfEdges: PortsOf): readonly Need[] {
  const byPorts = new Map<string, { readonly ports: readonly Port[]; readonly targets: Target[] }>();
  for (const target of targets) {
    const ports = portsOfEdges(target.edges);
    const key = ports.map(({ protocol, port }) => `${protocol}/${port}`).join();
    const known = byPorts.get(key);
    if (known === undefined) byPorts.set(key, { ports, targets: [target] });
    else known.targets.push(target);
  }
  const needs = [...byPorts.values()].flatMap(({ ports, targets: alike }) => {
    const edgesIn = edgesByBlock(alike.flatMap(({ edges }) => edges));
    return toCidrs(ipSetOfAll(alike.map(({ block }) => block))).map((cidr): Need => ({
      to: { kind: "cidr", cidr },
      ports,
      edges: edgesIn(cidr),
      choice: undefined,
    }));
  });
  return needs.sort(compareBlocks);
}

/** Looks edges up by block through their sorted first addresses, so that thousands of blocks stay cheap. */
function edgesByBlock(edges: readonly Edge[]): (cidr: Cidr) => readonly Edge[] {
  const sorted = edges
    .map((edge) => ({ edge, block: blockOf(edge) }))
    .sort(
      (a, b) =>
        a.block.family - b.block.family || (a.block.first < b.block.first ? -1 : a.block.first > b.block.first ? 1 : 0),
    );
  return (cidr) => {
    const { family, first } = cidr;
    const last = lastOf(cidr);
    let low = 0;
    let high = sorted.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const { block } = sorted[middle]!;
      if (block.family < family || (block.family === family && block.first < first)) low = middle + 1;
      else high = middle;
    }
    const found: Edge[] = [];
    for (let at = low; at < sorted.length; at += 1) {
      const { block, edge } = sorted[at]!;
      if (block.family !== family || block.first > last) break;
      found.push(edge);
    }
    return found;
  };
}

function compareBlocks(a: Need, b: Need): number {
  if (a.to.kind !== "cidr" || b.to.kind !== "cidr") return 0;
  const [x, y] = [a.to.cidr, b.to.cidr];
  if (x.family !== y.family) return x.family - y.family;
  return x.first < y.first ? -1 : x.first > y.first ? 1 : x.prefixLength - y.prefixLength;
}

const protocolOrder: readonly PortProtocol[] = ["tcp", "udp", "sctp"];

function portsOf(edges: readonly Edge[]): readonly Port[] {
  const ports = new Map<string, Port>();
  for (const { protocol, port } of edges) {
    if (hasPorts(protocol)) ports.set(`${protocol}/${port}`, { protocol, port });
  }
  return [...ports.values()].sort(
    (a, b) => protocolOrder.indexOf(a.protocol) - protocolOrder.indexOf(b.protocol) || a.port - b.port,
  );
}

function push<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const known = map.get(key);
  if (known === undefined) map.set(key, [value]);
  else known.push(value);
}
