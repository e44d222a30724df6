/**
 * The obvious version of first-match evaluation, which every fast one must agree with: no sets, no cache, linear, and
 * never optimised.
 */
import type { IpAddress } from "../../src/core/net/ip.ts";
import { l4Point, type Protocol } from "../../src/core/net/l4.ts";
import type { Destination, RuleAction, RuleList } from "../../src/core/policy/model.ts";

export interface Connection {
  readonly address: IpAddress;
  readonly protocol: Protocol;
  /** Ignored where the protocol has none. */
  readonly port: number;
}

/** `by` is the index of the rule that decides, or of the first one whose unknown addresses could change the answer. */
export type OracleVerdict = { readonly kind: RuleAction | "unknown"; readonly by: number | "otherwise" };

/** Addresses that are known to stand behind a symbolic destination; undefined means that nothing is known about it. */
export type KnownAddresses = (to: Destination) => readonly IpAddress[] | undefined;

export function oracleEvaluate(list: RuleList, connection: Connection, known: KnownAddresses): OracleVerdict {
  const doubts: { readonly action: RuleAction; readonly by: number }[] = [];
  const decide = (kind: RuleAction, by: number | "otherwise"): OracleVerdict => {
    const doubt = doubts.find(({ action }) => action !== kind);
    return doubt === undefined ? { kind, by } : { kind: "unknown", by: doubt.by };
  };
  const point = l4Point(connection.protocol, connection.port);
  for (const [by, { action, to, l4 }] of list.rules.entries()) {
    if (!l4.some(({ first, last }) => first <= point && point <= last)) continue;
    const match = matchAddress(to, connection.address, known);
    if (match === "yes") return decide(action, by);
    if (match === "unknown") doubts.push({ action, by });
  }
  return decide(list.otherwise, "otherwise");
}

function matchAddress(to: Destination, { family, value }: IpAddress, known: KnownAddresses): "yes" | "no" | "unknown" {
  if (to.kind === "addresses") {
    const intervals = family === 4 ? to.addresses.v4 : to.addresses.v6;
    return intervals.some(({ first, last }) => first <= value && value <= last) ? "yes" : "no";
  }
  const addresses = known(to);
  if (addresses === undefined) return "unknown";
  return addresses.some((address) => address.family === family && address.value === value) ? "yes" : "no";
}
