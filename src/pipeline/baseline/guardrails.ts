import {
  type Cidr,
  containsIp,
  type IpSet,
  ipSetOf,
  ipSetOfAll,
  isSubsetIp,
  parseCidr,
  toCidrs,
} from "../../core/net/ip-set.ts";
import type { IpAddress } from "../../core/net/ip.ts";
import { linkLocal, multicast, ownHost } from "../flows/address-classes.ts";

/** Destinations that no policy may open, whatever the traffic says. */
export interface Guardrail {
  /** Why, as the end of a sentence: `it is the cloud's instance metadata service`. */
  readonly reason: string;
  readonly cidrs: readonly Cidr[];
  /** Written into policies as explicit denies, so that a later broad allow does not open them. */
  readonly isWritten: boolean;
  /** Whoever begins to ask there wants more than an application does. */
  readonly handsOutCredentials?: boolean;
}

function cidrs(...texts: readonly string[]): readonly Cidr[] {
  return texts.map((text) => {
    const parsed = parseCidr(text);
    if (!parsed.ok) throw new TypeError(parsed.error.message);
    return parsed.value;
  });
}

/** Addresses that lead to credentials or nowhere: RFC 3927, RFC 4291, and the providers' documented metadata hosts. */
export const builtInGuardrails: readonly Guardrail[] = [
  {
    reason: "it is the cloud's instance metadata service, which hands out the node's credentials",
    cidrs: cidrs("169.254.169.254/32", "fd00:ec2::254/128"),
    isWritten: true,
    handsOutCredentials: true,
  },
  {
    // Google Cloud's over IPv6, where OpenShift has none today: never learned, and not worth a rule in every policy.
    reason: "it is the cloud's instance metadata service, which hands out the node's credentials",
    cidrs: cidrs("fd20:ce::254/128"),
    isWritten: false,
    handsOutCredentials: true,
  },
  {
    reason: "it is link-local, which never leaves the node's network",
    cidrs: toCidrs(linkLocal),
    isWritten: false,
  },
  {
    reason: "it is multicast or broadcast",
    cidrs: toCidrs(multicast),
    isWritten: false,
  },
  {
    reason: "it is loopback or unspecified",
    cidrs: toCidrs(ownHost),
    isWritten: false,
  },
];

export interface GuardrailIndex {
  readonly guardrails: readonly Guardrail[];
  readonly sets: readonly IpSet[];
  /** All of them together: hardly any address is in it. */
  readonly all: IpSet;
}

export function indexGuardrails(guardrails: readonly Guardrail[]): GuardrailIndex {
  return {
    guardrails,
    sets: guardrails.map(({ cidrs: blocks }) => ipSetOfAll(blocks)),
    all: ipSetOfAll(guardrails.flatMap(({ cidrs: blocks }) => blocks)),
  };
}

/** The first guardrail that forbids the address, or all of the block. */
export function forbiddenBy({ guardrails, sets, all }: GuardrailIndex, to: IpAddress | Cidr): Guardrail | undefined {
  if (!("prefixLength" in to)) {
    return containsIp(all, to) ? guardrails[sets.findIndex((set) => containsIp(set, to))] : undefined;
  }
  const block = ipSetOf(to);
  return guardrails[sets.findIndex((set) => isSubsetIp(block, set))];
}
