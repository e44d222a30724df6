import type { IpAddress } from "../../../core/net/ip.ts";
import type { NameEvidence } from "../../flows/harvest.ts";
import type { KnowledgeIndex } from "../knowledge/knowledge-index.ts";
import type { RangeGroup } from "../knowledge/knowledge.ts";
import type { AddressKey } from "./address-key.ts";

/** Addresses that share all but so many bits are in one neighbourhood: what one registration or announcement usually holds. */
const neighbourBits = { 4: 16, 6: 96 } as const;

/**
 * Whether to believe a client that says in TLS which name it wants at an address. Where DNS gave addresses for the name and
 * this is none of them, it may be a client that hides behind a name everybody trusts. The answers that were recorded are
 * rarely all there were, so the claim still counts near an answered address: in the same /16 (IPv4) or /32 (IPv6), in a
 * published group with it, or announced by the same network.
 */
export function believer(
  evidence: readonly NameEvidence[],
  knowledge: KnowledgeIndex,
): (claim: Pick<NameEvidence, "name" | "address">) => boolean {
  // Of names that nobody claims, nobody asks.
  const claimed = new Map<string, Answers | undefined>();
  for (const { name, from } of evidence) if (from === "tls-sni") claimed.set(name, undefined);
  let last: string | undefined;
  let answers: Answers | undefined;
  for (const { name, address, from } of evidence) {
    if (from !== "dns-answer") continue;
    // Evidence is sorted by name.
    if (name !== last) {
      last = name;
      answers = claimed.get(name);
      if (answers === undefined && claimed.has(name)) claimed.set(name, (answers = new Answers(knowledge)));
    }
    answers?.add(address);
  }
  return ({ name, address }) => claimed.get(name)?.isNear(address) ?? true;
}

/** Addresses that DNS gave for one name. */
class Answers {
  readonly #knowledge: KnowledgeIndex;
  readonly #addresses: IpAddress[] = [];
  readonly #neighbourhoods = new Set<AddressKey>();
  #owners: ReadonlySet<RangeGroup | number> | undefined;

  constructor(knowledge: KnowledgeIndex) {
    this.#knowledge = knowledge;
  }

  add(address: IpAddress): void {
    this.#addresses.push(address);
    this.#neighbourhoods.add(neighbourhoodOf(address));
  }

  isNear(address: IpAddress): boolean {
    if (this.#neighbourhoods.has(neighbourhoodOf(address))) return true;
    this.#owners ??= new Set(this.#addresses.flatMap((answer) => this.#ownersOf(answer)));
    return this.#ownersOf(address).some((owner) => this.#owners!.has(owner));
  }

  /** The smallest group only: the larger ones hold the whole cloud, with everybody's machines in it. */
  #ownersOf(address: IpAddress): readonly (RangeGroup | number)[] {
    const group = this.#knowledge.publishedHolding(address)[0];
    const asn = this.#knowledge.ownerOf(address)?.asn;
    return [...(group === undefined ? [] : [group]), ...(asn === undefined ? [] : [asn])];
  }
}

function neighbourhoodOf({ family, value }: IpAddress): AddressKey {
  // A number where one will do: there may be millions of answers.
  return family === 4
    ? Math.floor(Number(value) / 2 ** neighbourBits[4])
    : (value >> BigInt(neighbourBits[6])).toString(36);
}
