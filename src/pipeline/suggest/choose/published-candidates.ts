import { type Cidr, ipSetOfAll, lastOf, toCidrs } from "../../../core/net/ip-set.ts";
import { familyBits } from "../../../core/net/ip.ts";
import type { RangeGroup } from "../../baseline/knowledge/knowledge.ts";
import { isTenantSpace } from "../../baseline/knowledge/tenant-space.ts";
import type { AddressHistory } from "../../baseline/statistics/address-history.ts";
import { noveltyOf, type StartsUnit } from "../../baseline/statistics/novelty.ts";
import { elsewhereBelief } from "./address-candidates.ts";
import { breakageOfUnits } from "./breakage.ts";
import { type Candidate, openAddresses } from "./candidate.ts";
import { type ChooseInput, priorOf } from "./choose-input.ts";
import { forecast, newAddresses } from "./forecast.ts";

/** Larger groups that hold the same are no better. */
const triedGroups = 3;
/** A provider begins to use a block it did not publish before: rarely, and it publishes it first. */
const publishedPrior = 0.004;
/** What speaks against room that anybody can rent, in bits. */
const tenantMalus = 4;

/** All blocks of a published group, and only those of them that were met. */
export function publishedCandidates({ use, statistics, sampling }: ChooseInput): readonly Candidate[] {
  if (use.edges.some(({ prefixLength }) => prefixLength !== undefined)) return [];
  const families = new Set(statistics.histories.map(({ family }) => family));
  return use.published.slice(0, triedGroups).flatMap((group, rank) => {
    const cidrs = toCidrs(ipSetOfAll(group.cidrs.filter(({ family }) => families.has(family))));
    const malus = isTenantSpace(group) ? tenantMalus : 0;
    const addresses = newAddresses(statistics);
    const everything = { ...statistics.exact, surprises: 0, blockedShare: 0, once: 0, twice: 0 };
    const whole: Candidate = {
      kind: "published",
      key: `${rank} all`,
      title: () => `${titleOf(group)}, ${cidrs.length === 1 ? "1 block" : `${cidrs.length} blocks`}`,
      rules: cidrs.length,
      ...openedBy(cidrs),
      breakage: breakageOfUnits(everything, statistics, { prior: publishedPrior, sampling: 1 }),
      malus,
      targets: () => cidrs.map((cidr) => ({ kind: "cidr", cidr })),
      because: () => [...forecast(statistics, addresses), "the provider publishes where they come from"].join(", and "),
    };
    const met = metBlocks(statistics.histories, cidrs);
    if (met.cidrs.length === cidrs.length || [...met.units.values()].some((units) => units.includes(-1)))
      return [whole];
    const novelty = noveltyOf(statistics.histories, eachMetBlock(met.units), statistics.walk);
    const unmetShare = 1 - openedBy(met.cidrs).opens / openedBy(cidrs).opens;
    const part: Candidate = {
      kind: "published",
      key: `${rank} part`,
      title: () => `${met.cidrs.length} of the ${cidrs.length} blocks of ${titleOf(group)}`,
      rules: met.cidrs.length,
      ...openedBy(met.cidrs),
      breakage: breakageOfUnits(novelty, statistics, {
        prior: priorOf(use, statistics) / 4 + elsewhereBelief(statistics) * unmetShare,
        sampling,
      }),
      malus,
      targets: () => met.cidrs.map((cidr) => ({ kind: "cidr", cidr })),
      because: () =>
        forecast(statistics, addresses, { novelty, one: "published block", many: "published blocks" }).join(", and "),
    };
    return [whole, part];
  });
}

export function titleOf({ provider, service, region }: RangeGroup): string {
  const what = service === "" ? provider : `${provider} ${service}`;
  return region === "" ? what : `${what} in ${region}`;
}

export function openedBy(cidrs: readonly Cidr[]): { readonly opens: number; readonly addressBits: number } {
  let opens = 0;
  let all = 0;
  for (const { family, prefixLength } of cidrs) {
    opens += openAddresses(family, prefixLength);
    all += 2 ** (familyBits[family] - prefixLength);
  }
  return { opens, addressBits: Math.log2(all) };
}

/** The blocks in which some address lies, and which of them each address lies in; -1 for none. `cidrs` ascend. */
export function metBlocks(
  histories: readonly AddressHistory[],
  cidrs: readonly Cidr[],
): { readonly cidrs: readonly Cidr[]; readonly units: ReadonlyMap<AddressHistory, readonly number[]> } {
  const met: Cidr[] = [];
  const units = new Map<AddressHistory, readonly number[]>();
  for (const history of histories) {
    const own = cidrs.filter(({ family }) => family === history.family);
    let at = 0;
    let last: Cidr | undefined;
    let end = own.length === 0 ? 0n : lastOf(own[0]!);
    const unitOf = history.addresses.map((address) => {
      while (at < own.length && end < address) {
        at += 1;
        if (at < own.length) end = lastOf(own[at]!);
      }
      const block = own[at];
      if (block === undefined || block.first > address) return -1;
      if (block !== last) {
        met.push(block);
        last = block;
      }
      return met.length - 1;
    });
    units.set(history, unitOf);
  }
  return { cidrs: met, units };
}

/** Units as {@link metBlocks} tells them; what lies in none is a unit of its own. */
export function eachMetBlock(units: ReadonlyMap<AddressHistory, readonly number[]>): StartsUnit {
  return (history, index) => {
    const own = units.get(history)!;
    return own[index] === -1 || own[index] !== own[index - 1];
  };
}
