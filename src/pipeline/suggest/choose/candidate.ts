import type { Family } from "../../../core/net/ip.ts";
import type { Breakage } from "./breakage.ts";
import type { Form, FormKind, KindAbilities, Need, Posture } from "./choice.ts";
import { breakagePrice, exposurePrice, rulesPrice } from "./posture.ts";

/** A form before anybody decided for it: what it costs is known, its rules are only written out if it is taken. */
export interface Candidate {
  readonly kind: FormKind;
  /** Where it stands among candidates of its kind, finest first; ties are broken by it. */
  readonly key: string;
  readonly title: () => string;
  readonly rules: number;
  /** Addresses that it opens; of IPv6, /64 networks (see {@link openAddresses}). */
  readonly opens: number;
  /** log2 of all addresses, IPv6 in full. */
  readonly addressBits: number;
  readonly breakage: Breakage;
  /** What else speaks against it, in bits. */
  readonly malus: number;
  readonly targets: () => readonly Need["to"][];
  /** What speaks for it, as the end of a sentence. */
  readonly because: () => string;
}

/**
 * How many addresses a block counts as. One subnet of IPv6 has more addresses than all of IPv4 and is given to one customer
 * like one address, so a /64 counts as one.
 */
export function openAddresses(family: Family, prefixLength: number): number {
  return family === 4 ? 2 ** (32 - prefixLength) : 2 ** Math.max(0, 64 - prefixLength);
}

/** Protocol and port pairs that a rule of the kind opens per address. */
export function portsOpened(ports: number, abilities: KindAbilities): number {
  return abilities.ports ? Math.max(1, ports) : 3 * 65_536;
}

export function priceOf(
  { opens, breakage, rules, malus }: Candidate,
  ports: number,
  posture: Posture,
): { readonly open: number; readonly total: number } {
  const open = exposurePrice(Math.log2(opens * ports)) + malus + rulesPrice(rules);
  return { open, total: open + breakagePrice(breakage, posture) };
}

export function formOf(candidate: Candidate, ports: number, posture: Posture): Form {
  const { kind, title, targets, addressBits, breakage } = candidate;
  return {
    kind,
    title: title(),
    targets: targets(),
    exposure: addressBits + Math.log2(ports),
    blockedShare: breakage.share,
    breaksWithinDay: breakage.day,
    breaksWithinWeek: breakage.week,
    cost: priceOf(candidate, ports, posture).total,
  };
}
