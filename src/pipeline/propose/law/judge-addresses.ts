import { intersect, overlaps, union } from "../../../core/net/interval-set.ts";
import {
  type Cidr,
  countIp,
  formatCidr,
  formatIpSet,
  intersectIp,
  ipSetKey,
  type IpSet,
  ipSetOf,
  ipSetOfAll,
  noAddresses,
  overlapsIp,
  subtractIp,
  toCidrs,
  unionIp,
} from "../../../core/net/ip-set.ts";
import { familyMax } from "../../../core/net/ip.ts";
import { anyL4, countL4, formatL4Set, type L4Set } from "../../../core/net/l4.ts";
import { noRule } from "../../../core/policy/column.ts";
import type { SymbolicDestination } from "../../../core/policy/compile.ts";
import type { EgressPolicy } from "../../../core/policy/model.ts";
import type { Breach } from "./breach.ts";
import type { LawDemand, LawDestinations } from "./law.ts";
import { type DecidedRegion, openByPort, type Openings, ruleWords, writtenIndex } from "./openings.ts";
import { familiesOf } from "./policy-kinds.ts";

/** Longest list of addresses that a message repeats. */
const longest = 160;

function addressWords(addresses: IpSet): string {
  const text = formatIpSet(addresses);
  return text.length <= longest ? text : `${text.slice(0, text.lastIndexOf(",", longest))} and more`;
}

export function portWords(l4: L4Set): string {
  const text = formatL4Set(l4);
  if (text === "any") return "every protocol and port";
  return text.length <= longest ? text : `${text.slice(0, text.lastIndexOf(",", longest))} and more`;
}

/** What rules decide of the destinations: each rule's parts, ports of the same addresses joined. */
function reached(regions: readonly DecidedRegion[], addresses: IpSet, l4: L4Set): readonly DecidedRegion[] {
  const parts = new Map<string, DecidedRegion>();
  for (const region of regions) {
    const ports = intersect(region.l4, l4);
    if (ports.length === 0 || !overlapsIp(region.addresses, addresses)) continue;
    const own = { ...region, addresses: intersectIp(region.addresses, addresses), l4: ports };
    const key = `${region.by} ${ipSetKey(own.addresses)}`;
    const before = parts.get(key);
    parts.set(key, before === undefined ? own : { ...before, l4: union(before.l4, ports) });
  }
  return [...parts.values()].toSorted((a, b) => a.by - b.by);
}

/** One breach for each rule, told by the first of its parts. */
function byRule(
  policy: EgressPolicy,
  parts: readonly DecidedRegion[],
  message: (who: string, what: string, first: DecidedRegion) => string,
): readonly Breach[] {
  return [...Map.groupBy(parts, ({ by }) => by)].map(([by, [first, ...others]]) => {
    const more = others.length === 0 ? "" : " and more";
    const what = `${addressWords(first!.addresses)} on ${portWords(first!.l4)}${more}`;
    return { message: message(ruleWords(policy, by), what, first!), rule: writtenIndex(policy, by) };
  });
}

export function opensAddresses({ open }: Openings, { blocks, l4 }: LawDestinations): readonly DecidedRegion[] {
  return blocks.length === 0 ? [] : reached(open, ipSetOfAll(blocks), l4);
}

/** No part of it is open, nor behind a rule that leads where nobody can tell, such as a group of blocks that another object holds. */
export function judgeForbidden(openings: Openings, to: LawDestinations): readonly Breach[] {
  const { policy } = openings;
  const parts = opensAddresses(openings, to);
  const open = byRule(policy, parts, (who, what) => `${who} opens ${what}, which is forbidden`);
  const untold = beforeDenies(openings, to, "unknown").map(({ index, addresses }) => ({
    message:
      `${ruleWords(policy, index)} may open ${addressWords(addresses)}, which is forbidden: nobody can tell here where it leads, ` +
      "so name its blocks, or deny it in an earlier rule",
    rule: writtenIndex(policy, index),
  }));
  return [...open, ...untold];
}

/** As forbidden, and no name may be asked before the deny: whoever answers for the name could send pods there. */
export function judgeMustDeny(openings: Openings, to: LawDestinations): readonly Breach[] {
  const { policy } = openings;
  const doubtful = beforeDenies(openings, to, "name").map(({ index, addresses }): Breach => {
    const message =
      `${ruleWords(policy, index)} is asked before the deny of ${addressWords(addresses)}: whoever answers for the name ` +
      "decides whether it is reached, so deny it in an earlier rule";
    return { message, rule: writtenIndex(policy, index) };
  });
  return [...judgeForbidden(openings, to), ...doubtful];
}

interface BeforeDeny {
  readonly index: number;
  /** What later rules deny, or nothing allows. */
  readonly addresses: IpSet;
}

/** Rules that allow somewhere without an address, and are asked before the destinations are denied. */
function beforeDenies(
  { regions, symbolic }: Openings,
  { blocks, l4 }: LawDestinations,
  asked: SymbolicDestination["kind"],
): readonly BeforeDeny[] {
  if (blocks.length === 0) return [];
  const denied = reached(
    regions.filter(({ action }) => action !== "allow"),
    ipSetOfAll(blocks),
    l4,
  );
  return symbolic.flatMap(({ index, to: { kind }, l4: own }): readonly BeforeDeny[] => {
    if (kind !== asked) return [];
    const left = denied.filter((region) => region.by > index && overlaps(region.l4, own));
    if (left.length === 0) return [];
    return [{ index, addresses: left.map((region) => region.addresses).reduce(unionIp) }];
  });
}

export function judgeMustAllow({ policy, regions }: Openings, { blocks, l4 }: LawDestinations): readonly Breach[] {
  if (blocks.length === 0) return [];
  const wanted = cutToFamilies(ipSetOfAll(blocks), policy);
  const stopped = reached(
    regions.filter(({ action }) => action !== "allow"),
    wanted,
    l4,
  );
  return byRule(policy, stopped, (who, what, { by }) => {
    const verb = by === noRule ? "no rule allows" : `${who} denies`;
    return `${verb} ${what}, which must stay allowed`;
  });
}

function cutToFamilies(addresses: IpSet, { kind }: EgressPolicy): IpSet {
  return familiesOf(kind).length === 2 ? addresses : { v4: addresses.v4, v6: [] };
}

type WidestPrefix = Extract<LawDemand, { kind: "widestPrefix" }>;

interface WideBlock {
  readonly block: Cidr;
  l4: L4Set;
  readonly rules: Set<number>;
}

/** Whole blocks that are open, however many rules they are open by. */
export function judgeWidestPrefix({ policy, open }: Openings, demand: WidestPrefix): readonly Breach[] {
  const except = ipSetOfAll(demand.except);
  const found = new Map<string, WideBlock>();
  for (const { l4, regions } of openByPort(open)) {
    const all = regions.map(({ addresses }) => addresses).reduce(unionIp, noAddresses);
    for (const block of toCidrs(subtractIp(all, except))) {
      const limit = block.family === 4 ? demand.v4 : demand.v6;
      if (limit === undefined || block.prefixLength >= limit) continue;
      const own = found.get(formatCidr(block)) ?? { block, l4: [], rules: new Set<number>() };
      own.l4 = union(own.l4, l4);
      for (const { addresses, by } of regions) if (overlapsIp(addresses, ipSetOf(block))) own.rules.add(by);
      found.set(formatCidr(block), own);
    }
  }
  const limitWords = ({ family }: Cidr): string => `/${family === 4 ? demand.v4! : demand.v6!}`;
  // One rule that opens everything leaves many blocks around what others deny: the widest of each speaks for them.
  const byRules = Map.groupBy(
    [...found.values()],
    ({ rules, block }) => `${block.family} ${[...rules].toSorted((a, b) => a - b).join()}`,
  );
  return [...byRules.values()].map((same): Breach => {
    const widest = same.reduce((a, b) => (b.block.prefixLength < a.block.prefixLength ? b : a));
    const rules = [...widest.rules].toSorted((a, b) => a - b);
    const first = rules[0]!;
    const others = rules.length === 1 ? "" : ` with ${rules.length - 1} other${rules.length === 2 ? "" : "s"}`;
    const more = same.length === 1 ? "" : ` and ${same.length - 1} more`;
    const message =
      `${ruleWords(policy, first)}${others} opens ${formatCidr(widest.block)}${more} on ${portWords(widest.l4)}: ` +
      `the widest block that may be open is ${limitWords(widest.block)}`;
    return { message, rule: writtenIndex(policy, first) };
  });
}

/** Nothing is open because no rule says anything of it, and of no family most is open. */
export function judgeDefaultDeny({ policy, open }: Openings): readonly Breach[] {
  const unnamed = open.filter(({ by }) => by === noRule);
  if (unnamed.length > 0) {
    const addresses = unnamed.map((region) => region.addresses).reduce(unionIp);
    const both = addresses.v4.length > 0 && addresses.v6.length > 0;
    const which = both ? "" : addresses.v4.length > 0 ? " over IPv4" : " over IPv6";
    return [
      { message: `what no rule names is open${which}: end the policy with a deny of everything`, rule: undefined },
    ];
  }
  return familiesOf(policy.kind).flatMap((family) => {
    const pairs = ({ addresses, l4 }: DecidedRegion): bigint => countIp(addresses, [family]) * BigInt(countL4(l4));
    const sizes = open.map((region) => ({ region, size: pairs(region) }));
    const all = (familyMax[family] + 1n) * BigInt(countL4(anyL4));
    if (sizes.reduce((sum, { size }) => sum + size, 0n) * 2n <= all) return [];
    const { by } = sizes.reduce((a, b) => (b.size > a.size ? b : a)).region;
    const message = `${ruleWords(policy, by)} opens most of IPv${family}, so that nothing is denied by default`;
    return [{ message, rule: writtenIndex(policy, by) }];
  });
}

/** More than half of a family's addresses. */
export function isMostOf(addresses: IpSet, family: 4 | 6): boolean {
  return countIp(addresses, [family]) * 2n > familyMax[family];
}
