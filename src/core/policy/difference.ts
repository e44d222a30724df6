import { contains } from "../net/interval-set.ts";
import type { IpSet } from "../net/ip-set.ts";
import type { IpAddress } from "../net/ip.ts";
import { hasPorts, l4Point, type L4Point, type L4Set, readL4Point } from "../net/l4.ts";
import { noRule } from "./column.ts";
import type { Decider } from "./evaluate.ts";

export type Change = "newly allowed" | "newly denied";

/**
 * Connections whose verdict changes, all decided by one rule before and one rule after. `addresses` × `l4` changes
 * whole; `example` is one connection of it.
 */
export interface AddressDifference {
  readonly change: Change;
  readonly to: "addresses";
  readonly addresses: IpSet;
  readonly l4: L4Set;
  readonly before: Decider;
  readonly after: Decider;
  readonly example: { readonly address: IpAddress; readonly l4: L4Point };
}

/** Connections to the addresses behind a name or selector whose verdict changes, whatever those addresses are. */
export interface NamedDifference {
  readonly change: Change;
  readonly to: "named";
  /** All of them; more than one where an address rule takes many names in one place. */
  readonly destinations: readonly string[];
  /** The name or selector; two joined by ` and ` where only an address behind both is decided differently. */
  readonly destination: string;
  /** Where in the address space the difference applies; both families whole for most. */
  readonly addresses: IpSet;
  readonly l4: L4Set;
  readonly before: Decider;
  readonly after: Decider;
  readonly example: { readonly name: string; readonly l4: L4Point };
}

export type Difference = AddressDifference | NamedDifference;

/** What was found, and whether all there is was looked at: only then does finding nothing mean equal. */
export interface Comparison<D extends Difference = Difference> {
  readonly differences: readonly D[];
  readonly isComplete: boolean;
}

export function deciderOf(index: number): Decider {
  return index === noRule ? "otherwise" : index;
}

/** HTTPS where the set has it, otherwise its first port that can be dialled. */
export function examplePoint(l4: L4Set): L4Point {
  const https = l4Point("tcp", 443);
  if (contains(l4, https)) return https;
  const { first, last } = l4[0]!;
  return readL4Point(first).port === 0 && first < last && hasPorts(readL4Point(first).protocol) ? first + 1 : first;
}
