import { fail, ok, type Result } from "../result.ts";
import * as intervals from "./interval-set.ts";
import type { Interval, IntervalSet } from "./interval-set.ts";

/** `other` is every IP protocol that policies cannot name: only a rule without ports covers it, as with ICMP. */
export type Protocol = "tcp" | "udp" | "sctp" | "icmp" | "other";

export type PortProtocol = "tcp" | "udp" | "sctp";

/**
 * Protocol and port as one whole number, so that "which protocols and ports" is an ordinary interval set: TCP, UDP and
 * SCTP take 65,536 points each, ICMP (v4 and v6 alike) and all other protocols one point each.
 */
export type L4Point = number;
export type L4Set = IntervalSet<number>;

const base = { tcp: 0, udp: 0x10000, sctp: 0x20000, icmp: 0x30000, other: 0x30001 } as const;
export const l4Last: L4Point = base.other;
export const protocols: readonly Protocol[] = ["tcp", "udp", "sctp", "icmp", "other"];

export const anyL4: L4Set = [{ first: 0, last: l4Last }];

export function hasPorts(protocol: Protocol): protocol is PortProtocol {
  return protocol === "tcp" || protocol === "udp" || protocol === "sctp";
}

/** `port` is ignored where the protocol has none. */
export function l4Point(protocol: Protocol, port: number): L4Point {
  return hasPorts(protocol) ? base[protocol] + port : base[protocol];
}

export function l4Ports(protocol: PortProtocol, first: number, last = first): Interval<number> {
  return { first: base[protocol] + first, last: base[protocol] + last };
}

export function l4Protocol(protocol: Protocol): Interval<number> {
  return hasPorts(protocol) ? l4Ports(protocol, 0, 65535) : { first: base[protocol], last: base[protocol] };
}

export function readL4Point(point: L4Point): { readonly protocol: Protocol; readonly port: number } {
  const protocol = protocols.findLast((candidate) => point >= base[candidate]) ?? "tcp";
  return { protocol, port: point - base[protocol] };
}

/** How many points: a port of a protocol each, and one for each protocol without ports. */
export function countL4(set: L4Set): number {
  return set.reduce((sum, { first, last }) => sum + last - first + 1, 0);
}

/** `tcp/443`, `icmp`. */
export function formatL4Point(point: L4Point): string {
  const { protocol, port } = readL4Point(point);
  return hasPorts(protocol) ? `${protocol}/${port}` : protocol;
}

/** `any`, `tcp/443,8443`, `udp`, `tcp/1000-2000 udp/53`. */
export function formatL4Set(set: L4Set): string {
  if (intervals.equal(set, anyL4)) return "any";
  const parts = protocols.flatMap((protocol) => {
    const whole = l4Protocol(protocol);
    const pieces = intervals.intersect(set, [whole]);
    if (pieces.length === 0) return [];
    if (!hasPorts(protocol) || intervals.equal(pieces, [whole])) return [protocol];
    const from = base[protocol];
    const ports = pieces.map(({ first, last }) =>
      first === last ? `${first - from}` : `${first - from}-${last - from}`,
    );
    return [`${protocol}/${ports.join(",")}`];
  });
  return parts.length === 0 ? "none" : parts.join(" ");
}

export interface PortSyntaxError {
  readonly code: "port_syntax";
  readonly message: string;
}

/** A port of a policy or of a person's question: 1–65535. */
export function parsePort(text: string): Result<number, PortSyntaxError> {
  const port = /^[0-9]{1,5}$/.test(text) ? Number(text) : 0;
  if (port >= 1 && port <= 65535) return ok(port);
  return fail({ code: "port_syntax", message: `\`${text}\` is not a port, use 1 to 65535` });
}
