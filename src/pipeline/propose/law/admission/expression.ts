import { contains, intersect } from "../../../../core/net/interval-set.ts";
import { type Cidr, formatCidr } from "../../../../core/net/ip-set.ts";
import { type L4Set, l4Protocol, type PortProtocol, readL4Point } from "../../../../core/net/l4.ts";

/** What CEL can say of a demand. */
export interface Said {
  /** All of them must hold of `object`. */
  readonly expressions: readonly string[];
  /** Where it is not the same as the law, one sentence each. */
  readonly notes: readonly string[];
}

export type Translation = Said | { readonly because: string };

export function said(expressions: readonly string[], ...notes: readonly string[]): Said {
  return { expressions, notes };
}

/** Text of a CEL string: names and blocks of a law hold no quotes, and are escaped all the same. */
export function literal(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}

/** Whether the block or address in `text` shares an address with the block. */
export function overlapsBlock(text: string, block: Cidr): string {
  const own = literal(formatCidr(block));
  const blocks = `isCIDR(${text}) && (cidr(${own}).containsCIDR(${text}) || cidr(${text}).containsCIDR(${own}))`;
  return `((${blocks}) || (isIP(${text}) && cidr(${own}).containsIP(${text})))`;
}

export function holdsBlock(text: string, block: Cidr): string {
  return `(isCIDR(${text}) && cidr(${text}).containsCIDR(${literal(formatCidr(block))}))`;
}

const protocolNames = { tcp: "TCP", udp: "UDP", sctp: "SCTP" } as const;
const portProtocols: readonly PortProtocol[] = ["tcp", "udp", "sctp"];

/** Whether the entry `p` of a list of ports is in the set; `first` and `last` are expressions of its ends. */
export function portIsIn(set: L4Set, first: string, last: string, protocol: string): string {
  const parts = portProtocols.flatMap((name) => {
    const own = intersect(set, [l4Protocol(name)]);
    if (own.length === 0) return [];
    const ranges = own.map(({ first: low, last: high }) => {
      const [from, to] = [readL4Point(low).port, readL4Point(high).port];
      return from === to && first === last ? `${first} == ${from}` : `(${first} >= ${from} && ${last} <= ${to})`;
    });
    return [`(${protocol} == '${protocolNames[name]}' && (${ranges.join(" || ")}))`];
  });
  return parts.length === 0 ? "false" : `(${parts.join(" || ")})`;
}

/** Whether the entry shares a port with the set. */
export function portTouches(set: L4Set, first: string, last: string, protocol: string): string {
  const parts = portProtocols.flatMap((name) => {
    const own = intersect(set, [l4Protocol(name)]);
    if (own.length === 0) return [];
    const ranges = own.map(
      ({ first: low, last: high }) => `(${last} >= ${readL4Point(low).port} && ${first} <= ${readL4Point(high).port})`,
    );
    return [`(${protocol} == '${protocolNames[name]}' && (${ranges.join(" || ")}))`];
  });
  return parts.length === 0 ? "false" : `(${parts.join(" || ")})`;
}

/** Whether the set is every protocol and port, those without ports included. */
export function isEverything(set: L4Set): boolean {
  return set.length === 1 && contains(set, 0) && contains(set, l4Protocol("other").last);
}
