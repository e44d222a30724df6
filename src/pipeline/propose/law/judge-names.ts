import { intersect, overlaps, subtract, union } from "../../../core/net/interval-set.ts";
import { allAddresses, countIp, noAddresses, unionIp } from "../../../core/net/ip-set.ts";
import type { L4Set } from "../../../core/net/l4.ts";
import { fixedLabels, overlapsPattern } from "../../../core/net/name-overlap.ts";
import { formatNamePattern, includesPattern, type NamePattern } from "../../../core/net/name-pattern.ts";
import { quoted } from "../../../core/quoted.ts";
import type { Breach } from "./breach.ts";
import { isMostOf, portWords } from "./judge-addresses.ts";
import type { LawDemand, LawDestinations } from "./law.ts";
import { type DecidedRegion, openByPort, type Openings, regionsWith, ruleWords, writtenIndex } from "./openings.ts";
import { familiesOf } from "./policy-kinds.ts";

/** A rule that opens a name, and on which ports. */
export interface NameOpening {
  readonly name: NamePattern;
  readonly by: number;
  readonly l4: L4Set;
}

/**
 * Rules that open some name of the pattern: a rule by a name they share, or one that opens most of a family, behind which any name can be.
 * A name that an earlier rule denies is not open.
 */
export function opensNames(openings: Openings, { names, l4 }: LawDestinations): readonly NameOpening[] {
  return names.flatMap((name) => {
    const byName = openings.symbolic.filter(
      ({ to, l4: own }) => to.kind === "name" && overlapsPattern(to.pattern, name) && overlaps(own, l4),
    );
    const shared = byName.flatMap(({ index, to, l4: own }): readonly NameOpening[] => {
      // What both have in common is judged: the narrower of the two, where one is.
      const pattern = to.kind === "name" && !includesPattern(to.pattern, name) ? to.pattern : name;
      const ports = intersect(intersect(decided(regionsFor(openings, pattern), index), own), l4);
      return ports.length === 0 ? [] : [{ name, by: index, l4: ports }];
    });
    return [...shared, ...opensWidely(openings, name, l4)];
  });
}

/** Ports on which a rule decides anywhere. */
function decided(regions: readonly DecidedRegion[], by: number): L4Set {
  return regions
    .filter((region) => region.by === by)
    .map((region) => region.l4)
    .reduce<L4Set>(union, []);
}

/** What is decided when every rule that surely speaks of all names of the pattern takes every address. */
function regionsFor({ policy, list, regions }: Openings, name: NamePattern): readonly DecidedRegion[] {
  const speaks = list.symbolic.some(({ to }) => to.kind === "name" && includesPattern(to.pattern, name));
  if (!speaks) return regions;
  return regionsWith(policy, (to) =>
    to.kind === "name" && includesPattern(to.pattern, name) ? allAddresses : undefined,
  );
}

/** Ports on which rules by address leave most of a family open, with the rule that opens most. */
interface WideOpening {
  readonly l4: L4Set;
  readonly by: number;
}

const known = new WeakMap<readonly DecidedRegion[], readonly WideOpening[]>();

/** A name may be behind every address that rules by address leave open; what is denied by name is not. */
function opensWidely(openings: Openings, name: NamePattern, l4: L4Set): readonly NameOpening[] {
  const regions = regionsFor(openings, name);
  let wide = known.get(regions);
  if (wide === undefined) known.set(regions, (wide = wideOpenings(openings, regions)));
  return wide.flatMap(({ l4: ports, by }) => {
    const shared = intersect(ports, l4);
    return shared.length === 0 ? [] : [{ name, by, l4: shared }];
  });
}

function wideOpenings({ policy, list }: Openings, regions: readonly DecidedRegion[]): readonly WideOpening[] {
  const open = regions.filter(({ action, by }) => action === "allow" && list.rules[by]?.to.kind !== "name");
  return openByPort(open).flatMap(({ l4, regions: own }) => {
    const addresses = own.map((region) => region.addresses).reduce(unionIp, noAddresses);
    if (!familiesOf(policy.kind).some((family) => isMostOf(addresses, family))) return [];
    const widest = own.reduce((a, b) => (countIp(b.addresses) > countIp(a.addresses) ? b : a));
    return [{ l4, by: widest.by }];
  });
}

export function judgeForbiddenNames(openings: Openings, to: LawDestinations): readonly Breach[] {
  const { policy } = openings;
  const byRule = Map.groupBy(opensNames(openings, to), ({ by, name }) => `${by} ${formatNamePattern(name)}`);
  return [...byRule.values()].map((same): Breach => {
    const { by, name } = same[0]!;
    const l4 = same.map((one) => one.l4).reduce<L4Set>(union, []);
    const message = `${ruleWords(policy, by)} opens ${quoted(formatNamePattern(name))} on ${portWords(l4)}, which is forbidden`;
    return { message, rule: writtenIndex(policy, by) };
  });
}

/**
 * A name may stand for any address, so it counts as allowed on a port when the rules let it through at most addresses of a family: denies of
 * a few blocks before it do not take it away, one deny of everything does.
 */
export function judgeRequiredNames(openings: Openings, { names, l4 }: LawDestinations): readonly Breach[] {
  const { policy } = openings;
  return names.flatMap((name): readonly Breach[] => {
    const open = regionsFor(openings, name).filter(({ action }) => action === "allow");
    const allowed = openByPort(open)
      .filter(({ regions }) => {
        const addresses = regions.map((region) => region.addresses).reduce(unionIp, noAddresses);
        return familiesOf(policy.kind).some((family) => isMostOf(addresses, family));
      })
      .map((group) => group.l4)
      .reduce<L4Set>(union, []);
    const missing = subtract(l4, allowed);
    if (missing.length === 0) return [];
    const message = `no rule allows ${quoted(formatNamePattern(name))} on ${portWords(missing)}, which must stay allowed`;
    return [{ message, rule: undefined }];
  });
}

type Names = Extract<LawDemand, { kind: "names" }>;

/** What names rules may use. Rules that can never decide are looked at as well: they are one edit away. */
export function judgeNames({ policy }: Openings, { wildcards, leastLabels, only }: Names): readonly Breach[] {
  return policy.rules.flatMap(({ action, to, text, written }): readonly Breach[] => {
    if (action !== "allow" || to.kind !== "name") return [];
    const { pattern } = to;
    const isWildcard = pattern.kind !== "exact";
    const rule = `rule ${written}, \`${text}\`,`;
    if (isWildcard && !wildcards)
      return [{ message: `${rule} has a wildcard, and only exact names are allowed`, rule: written }];
    if (isWildcard && fixedLabels(pattern) < leastLabels) {
      const message = `${rule} has a wildcard before ${fixedLabels(pattern)} of at least ${leastLabels} labels`;
      return [{ message, rule: written }];
    }
    if (only === undefined || only.some((each) => includesPattern(each, pattern))) return [];
    return [{ message: `${rule} is none of the names that are allowed`, rule: written }];
  });
}
