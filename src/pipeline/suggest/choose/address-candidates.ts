import { type Cidr, cidrAround, ipSetOfAll, toCidrs } from "../../../core/net/ip-set.ts";
import { familyBits } from "../../../core/net/ip.ts";
import type { Novelty } from "../../baseline/statistics/novelty.ts";
import { blockNovelty, type UseStatistics } from "../../baseline/statistics/use-statistics.ts";
import { blockOf } from "../needs.ts";
import { breakageOfUnits, nothingBreaks } from "./breakage.ts";
import { type Candidate, openAddresses } from "./candidate.ts";
import { type ChooseInput, isKnownToRotate, isOwnPool, priorOf } from "./choose-input.ts";
import { forecast, newAddresses } from "./forecast.ts";
import { networkElsewhere } from "./network-share.ts";
import { outsideChance } from "./outside-chance.ts";

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
  { 4: 11, 6: 34 },
  { 4: 10, 6: 32 },
];

/** Of what rotates, so much of the belief in surprises is left with each coarser level: the pool is somewhere near. */
const nearness = 0.55;

/**
 * The addresses that were seen or told, and the blocks around them at several sizes. Where no address was ever new, a size
 * that holds no fewer blocks than the finer one before it is no way to break less, so it is left out.
 */
export function addressCandidates({ use, statistics, network, sampling }: ChooseInput): readonly Candidate[] {
  const given = use.edges.filter(({ prefixLength }) => prefixLength !== undefined).map(blockOf);
  const prior = priorOf(use, statistics);
  const rotates = isKnownToRotate(use);
  const isNear = rotates || isOwnPool(use, statistics);
  const outsideOf = outsideChances(statistics);
  const elsewhereOf =
    network === undefined ? undefined : networkElsewhere(network.statistics.histories, statistics.histories);
  const found: Candidate[] = [];
  let finer: Novelty | undefined;
  let quietLevels = 0;
  for (const [level, lengths] of levels.entries()) {
    const novelty = level === 0 ? statistics.exact : blockNovelty(statistics, lengths);
    const isSame = finer !== undefined && novelty.units === finer.units;
    if (isSame && statistics.addresses === 1 && !(rotates && novelty.trials === 0)) continue;
    if (level > 0 && novelty.units === 0) break;
    finer = novelty;
    if (level > 0 && novelty.surprises === 0) quietLevels += 1;
    const known = elsewhereOf?.(lengths) ?? 0;
    const outside = outsideOf[level]!;
    const believed = isNear ? prior * nearness ** level : prior * Math.max(outside, known);
    const safer = outside * widerIsSafer ** Math.max(0, quietLevels - 1);
    const elsewhere = level === 0 ? 0 : elsewhereBelief(statistics) * Math.max(safer, known);
    const blocks = (): readonly Cidr[] => blocksAround(statistics, lengths, given);
    found.push({
      kind: level === 0 ? "addresses" : "consolidated",
      key: `${level}`,
      title: () => titleOf(statistics, { lengths, level, blocks: blocks().length, hasGiven: given.length > 0 }),
      rules: novelty.units + given.length,
      ...opened(statistics, lengths, given),
      breakage:
        novelty.units === 0
          ? nothingBreaks
          : breakageOfUnits(novelty, statistics, { prior: believed + elsewhere, sampling }),
      malus: 0,
      targets: () => blocks().map((cidr) => ({ kind: "cidr", cidr })),
      because: () => because(novelty, statistics, level),
    });
  }
  return found;
}

/**
 * Chance for each level that the next address lies in none of its blocks. What leaves a block leaves the finer ones inside it
 * as well, so no level is left less often than a coarser one.
 * @param place what counts as one observation for everything coarser; absent: the next finer level, as services stand in
 * clusters of clusters, while a content network's places are spread by its providers
 */
function outsideChances(statistics: UseStatistics, place?: (typeof levels)[number]): readonly number[] {
  const chances: number[] = levels.map(() => 1);
  for (let level = levels.length - 1; level > 0; level -= 1) {
    const finer = place !== undefined && level > finestOfNetwork ? place : levels[level - 1]!;
    const own = outsideChance(statistics, levels[level]!, finer);
    chances[level] = level === levels.length - 1 ? own : Math.max(own, chances[level + 1]!);
  }
  return chances;
}

/** Blocks of this size and coarser are tried around a content network's addresses. */
const finestOfNetwork = 2;

/** New addresses that are expected while as much time passes as was observed, once there was one. */
const surprisesAhead = 2.5;

/** The blocks in which the service's content network was met by anybody: one's own addresses are only some of them. */
export function networkCandidates({ use, statistics, network, sampling }: ChooseInput): readonly Candidate[] {
  if (network === undefined || use.edges.some(({ prefixLength }) => prefixLength !== undefined)) return [];
  const outsideOf = outsideChances(network.statistics, levels[finestOfNetwork]);
  return levels.slice(finestOfNetwork).map((lengths, i): Candidate => {
    const novelty = blockNovelty(network.statistics, lengths);
    const outside = outsideOf[i + finestOfNetwork]!;
    const prior = (priorOf(use, statistics) + elsewhereBelief(network.statistics) * widerIsSafer ** i) * outside;
    const size = (["4", "6"] as const).filter((family) =>
      statistics.histories.some((own) => `${own.family}` === family),
    );
    const sizes = size.map((family) => `/${lengths[family === "4" ? 4 : 6]}`).join(" and ");
    return {
      kind: "consolidated",
      key: `network ${i}`,
      title: () => `the ${sizes} blocks in which ${network.name} was met`,
      rules: novelty.units,
      ...opened(network.statistics, lengths, []),
      breakage: breakageOfUnits(novelty, network.statistics, { prior, sampling }),
      malus: 0,
      targets: () => blocksAround(network.statistics, lengths, []).map((cidr) => ({ kind: "cidr", cidr })),
      because: () => because(novelty, statistics, i + finestOfNetwork),
    };
  });
}

/** The next size up is left by a new address so much more seldom. */
const widerIsSafer = 0.7;

/**
 * Surprises that are believed in of blocks that no new address left so far: a service that gets new addresses will get one
 * elsewhere some day, and a single one that stayed near says little about the next.
 */
export function elsewhereBelief({ exact }: UseStatistics): number {
  return (surprisesAhead * exact.surprises) / (exact.surprises + 1);
}

/** The blocks of these lengths around the addresses, joined where they touch, and the given ones. */
export function blocksAround(
  { histories }: Pick<UseStatistics, "histories">,
  lengths: { readonly 4: number; readonly 6: number },
  given: readonly Cidr[],
): readonly Cidr[] {
  const blocks: Cidr[] = [...given];
  for (const { family, addresses, common } of histories) {
    for (const [i, value] of addresses.entries())
      if (common[i]! < lengths[family]) blocks.push(cidrAround({ family, value }, lengths[family]));
  }
  return toCidrs(ipSetOfAll(blocks));
}

/** How much the blocks of these lengths, and the given ones, open. */
export function opened(
  { histories }: UseStatistics,
  lengths: { readonly 4: number; readonly 6: number },
  given: readonly Cidr[],
): { readonly opens: number; readonly addressBits: number } {
  let opens = 0;
  let all = 0;
  for (const { family, common } of histories) {
    let blocks = 0;
    for (const bits of common) if (bits < lengths[family]) blocks += 1;
    opens += blocks * openAddresses(family, lengths[family]);
    all += blocks * 2 ** (familyBits[family] - lengths[family]);
  }
  for (const { family, prefixLength } of given) {
    opens += openAddresses(family, prefixLength);
    all += 2 ** (familyBits[family] - prefixLength);
  }
  return { opens, addressBits: Math.log2(all) };
}

function titleOf(
  { histories }: UseStatistics,
  {
    lengths,
    level,
    blocks,
    hasGiven,
  }: {
    readonly lengths: { readonly 4: number; readonly 6: number };
    readonly level: number;
    readonly blocks: number;
    readonly hasGiven: boolean;
  },
): string {
  const addresses = histories.reduce((sum, history) => sum + history.addresses.length, 0);
  if (addresses === 0) return "the blocks that were recorded";
  if (level === 0) {
    const seen = histories.reduce((sum, { flows }) => sum + flows.filter((own) => own > 0).length, 0);
    const which = seen === addresses ? "seen" : "seen or told";
    const exact = addresses === 1 ? `the address that was ${which}` : `the ${addresses} addresses that were ${which}`;
    return hasGiven ? `${exact} and the blocks that were recorded` : exact;
  }
  const sizes = histories.map(({ family }) => `/${lengths[family]}`).join(" and ");
  const around = addresses === 1 ? "the address" : `the ${addresses} addresses`;
  return blocks === 1 ? `the ${sizes} around ${around}` : `the ${sizes} blocks around ${around}`;
}

function because(novelty: Novelty, statistics: UseStatistics, level: number): string {
  const blocks = level === 0 ? [] : [{ novelty, one: "block", many: "blocks" }];
  return forecast(statistics, newAddresses(statistics), ...blocks).join(", ");
}
