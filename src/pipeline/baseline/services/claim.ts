import { formatIp, type IpAddress } from "../../../core/net/ip.ts";
import type { NameEvidence } from "../../flows/harvest.ts";
import type { KnowledgeIndex } from "../knowledge/knowledge-index.ts";

/** Addresses that share so many leading bits are in one neighbourhood: what one registration or announcement usually holds. */
const neighbourBits = { 4: 16n, 6: 96n } as const;

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
  const claimed = new Set<string>();
  for (const { name, from } of evidence) if (from === "tls-sni") claimed.add(name);
  const answered = new Map<string, IpAddress[]>();
  for (const { name, address, from } of evidence) {
    if (from !== "dns-answer" || !claimed.has(name)) continue;
    const known = answered.get(name);
    if (known === undefined) answered.set(name, [address]);
    else known.push(address);
  }
  const verdicts = new Map<string, boolean>();
  return ({ name, address }) => {
    const answers = answered.get(name);
    if (answers === undefined) return true;
    const key = `${name} ${formatIp(address)}`;
    const known = verdicts.get(key);
    if (known !== undefined) return known;
    const verdict = answers.some((answer) => isNeighbour(answer, address)) || sharesOwner(answers, address, knowledge);
    verdicts.set(key, verdict);
    return verdict;
  };
}

function isNeighbour(a: IpAddress, b: IpAddress): boolean {
  return a.family === b.family && a.value >> neighbourBits[a.family] === b.value >> neighbourBits[b.family];
}

function sharesOwner(answers: readonly IpAddress[], address: IpAddress, knowledge: KnowledgeIndex): boolean {
  // Only the smallest group: the larger ones hold the whole cloud, with everybody's machines in it.
  const [group] = knowledge.publishedHolding(address);
  const asn = knowledge.ownerOf(address)?.asn;
  if (group === undefined && asn === undefined) return false;
  return answers.some(
    (answer) =>
      (group !== undefined && knowledge.publishedHolding(answer)[0] === group) ||
      (asn !== undefined && knowledge.ownerOf(answer)?.asn === asn),
  );
}
