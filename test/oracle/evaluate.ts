/**
 * The obvious version of first-match evaluation, which every fast one must agree with: no sets, no cache, linear, and
 * never optimised.
 */
import type { IpAddress } from "../../src/core/net/ip.ts";
import { l4Point, type Protocol } from "../../src/core/net/l4.ts";
import type { Action, Destination, RuleList } from "../../src/core/policy/model.ts";

export interface Connection {
  readonly address: IpAddress;
  readonly protocol: Protocol;
  /** Ignored where the protocol has none. */
  readonly port: number;
}

export type OracleVerdict = { readonly kind: Action | "unknown"; readonly by: number | "default" };

/** Addresses that are known to stand behind a symbolic destination; undefined means that nothing is known about it. */
export type KnownAddresses = (to: Destination) => readonly IpAddress[] | undefined;

export function oracleEvaluate(list: RuleList, connection: Connection, known: KnownAddresses): OracleVerdict {
  const { family, value } = connection.address;
  const point = l4Point(connection.protocol, connection.port);
  for (const [by, { action, to, l4 }] of list.rules.entries()) {
    if (!l4.some(({ first, last }) => first <= point && point <= last)) continue;
    if (to.kind === "addresses") {
      const intervals = family === 4 ? to.addresses.v4 : to.addresses.v6;
      if (intervals.some(({ first, last }) => first <= value && value <= last)) return { kind: action, by };
      continue;
    }
    const addresses = known(to);
    if (addresses === undefined) return { kind: "unknown", by };
    if (addresses.some((address) => address.family === family && address.value === value)) return { kind: action, by };
  }
  return { kind: list.otherwise, by: "default" };
}
