import { type Cidr, cidrAround, ipSetOfAll, toCidrs } from "../../../core/net/ip-set.ts";
import { familyBits } from "../../../core/net/ip.ts";
import type { Novelty } from "../../baseline/statistics/novelty.ts";
import { blockNovelty, type UseStatistics } from "../../baseline/statistics/use-statistics.ts";
import type { Edge } from "../../flows/edge.ts";
import { blockOf } from "../needs.ts";
import { breakageOfUnits } from "./breakage.ts";
import { type Candidate, openAddresses } from "./candidate.ts";
import { type ChooseInput, isKnownToRotate, priorOf } from "./choose-input.ts";
import { forecast } from "./forecast.ts";

/** Lengths of the blocks that are tried, finest first. What is narrower than /64 in IPv6 is one customer's anyway. */
const levels: readonly { readonly 4: number; readonly 6: number }[] = [
  { 4: 32, 6: 128 },
  { 4: 28, 6: 64 },
  { 4: 24, 6: 60 },
  { 4: 22, 6: 56 },
  { 4: 20, 6: 52 },
  { 4: 18, 6: 48 },
  { 4: 16, 6: 44 },
  { 4: 14, 6: 40 },
  { 4: 12, 6: 36 },
];

/** Of what rotates, so much of the belief in surprises is left with each coarser level: the pool is somewhere near. */
const nearness = 0.55;

/**
 * The addresses that were seen, and the blocks around them at several sizes. A size that holds no fewer blocks than the
 * finer one before it is no way to allow less often or in fewer rules, so it is left out.
 */
export function addressCandidates({ use, statistics, sampling }: ChooseInput): readonly Candidate[] {
  const given = use.edges.filter(({ prefixLength }) => prefixLength !== undefined).map(blockOf);
  const prior = priorOf(use);
  const rotates = isKnownToRotate(use);
  const found: Candidate[] = [];
  let before = Infinity;
  for (const [level, lengths] of levels.entries()) {
    const novelty = level === 0 ? statistics.exact : blockNovelty(statistics, lengths);
    if (level > 0 && novelty.units === before && !(rotates && novelty.trials === 0)) continue;
    if (level > 0 && novelty.units === 0) break;
    before = novelty.units;
    const known = { prior: rotates ? prior * nearness ** level : prior, sampling };
    found.push({
      kind: level === 0 ? "addresses" : "consolidated",
      key: `${level}`,
      title: () => titleOf(use.edges, lengths, level),
      rules: novelty.units + given.length,
      ...opened(statistics, lengths, given),
      breakage: novelty.units === 0 ? { day: 0, week: 0, share: 0 } : breakageOfUnits(novelty, statistics, known),
      malus: 0,
      targets: () => blocksAround(use.edges, lengths).map((cidr) => ({ kind: "cidr", cidr })),
      because: () => because(novelty, statistics, level),
    });
  }
  return found;
}

/** The blocks of these lengths around the addresses, joined where they touch, and the blocks that records named. */
export function blocksAround(
  edges: readonly Edge[],
  lengths: { readonly 4: number; readonly 6: number },
): readonly Cidr[] {
  const blocks = new Map<string, Cidr>();
  for (const edge of edges) {
    const { address, prefixLength } = edge;
    const block = prefixLength === undefined ? cidrAround(address, lengths[address.family]) : blockOf(edge);
    blocks.set(`${block.first} ${block.prefixLength} ${block.family}`, block);
  }
  return toCidrs(ipSetOfAll([...blocks.values()]));
}

/** How much the blocks of these lengths, and the given ones, open. */
export function opened(
  { histories }: UseStatistics,
  lengths: { readonly 4: number; readonly 6: number },
  given: readonly Cidr[],
): { readonly opens: number; readonly addressBits: number } {
  let opens = 0;
  let all = 0;
  const add = (family: 4 | 6, prefixLength: number): void => {
    opens += openAddresses(family, prefixLength);
    all += 2 ** (familyBits[family] - prefixLength);
  };
  for (const { family, addresses } of histories) {
    const hostBits = BigInt(familyBits[family] - lengths[family]);
    let block: bigint | undefined;
    for (const address of addresses) {
      if (address >> hostBits === block) continue;
      block = address >> hostBits;
      add(family, lengths[family]);
    }
  }
  for (const { family, prefixLength } of given) add(family, prefixLength);
  return { opens, addressBits: Math.log2(all) };
}

function titleOf(edges: readonly Edge[], lengths: { readonly 4: number; readonly 6: number }, level: number): string {
  const exact = blocksAround(edges, levels[0]!);
  const isPlain = exact.every(({ family, prefixLength }) => prefixLength === familyBits[family]);
  const addresses = new Set(edges.map(({ address }) => `${address.family} ${address.value}`)).size;
  if (level === 0) {
    if (!isPlain && edges.some(({ prefixLength }) => prefixLength !== undefined))
      return "the blocks that were recorded";
    return addresses === 1 ? "the address that was seen" : `the ${addresses} addresses that were seen`;
  }
  const families = new Set(edges.map(({ address }) => address.family));
  const sizes = [...families].sort((a, b) => a - b).map((family) => `/${lengths[family]}`);
  const blocks = blocksAround(edges, lengths).length;
  const around = addresses === 1 ? "the address" : `the ${addresses} addresses`;
  return blocks === 1
    ? `the ${sizes.join(" and ")} around ${around}`
    : `the ${sizes.join(" and ")} blocks around ${around}`;
}

function because(novelty: Novelty, statistics: UseStatistics, level: number): string {
  const exact = forecast(statistics.exact, statistics, "address", "addresses");
  if (level === 0) return exact;
  return `${exact}, ${forecast(novelty, statistics, "block", "blocks")}`;
}
