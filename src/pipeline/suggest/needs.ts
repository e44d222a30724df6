import { type Cidr, cidrAround, ipSetOfAll, lastOf, toCidrs } from "../../core/net/ip-set.ts";
import { familyBits } from "../../core/net/ip.ts";
import type { Edge } from "../flows/edge.ts";
import type { Need } from "./choose/choice.ts";

/** The block an edge stands for: one address, unless the record named a block. */
export function blockOf({ address, prefixLength }: Edge): Cidr {
  const { family, value } = address;
  return prefixLength === undefined
    ? { family, first: value, prefixLength: familyBits[family] }
    : cidrAround(address, prefixLength);
}

/** Exactly the destinations of the edges, in the fewest blocks, for rules without ports; in order of address. */
export function destinationsOf(edges: readonly Edge[]): readonly Need[] {
  const edgesIn = edgesByBlock(edges);
  return toCidrs(ipSetOfAll(edges.map(blockOf))).map((cidr) => ({
    to: { kind: "cidr", cidr },
    ports: [],
    edges: edgesIn(cidr),
    choice: undefined,
  }));
}

/** Looks edges up by block through their sorted first addresses, so that thousands of blocks stay cheap. */
export function edgesByBlock(edges: readonly Edge[]): (cidr: Cidr) => readonly Edge[] {
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
