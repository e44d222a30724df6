import { type Cidr, formatCidr, ipSetOfAll, lastOf, toCidrs } from "../../../core/net/ip-set.ts";
import { familyBits } from "../../../core/net/ip.ts";
import { hasPorts, type L4Set, l4Point } from "../../../core/net/l4.ts";
import { formatNamePattern } from "../../../core/net/name-pattern.ts";
import type { EgressPolicy } from "../../../core/policy/model.ts";
import type { Port } from "../../baseline/port.ts";
import { noveltyOf } from "../../baseline/statistics/novelty.ts";
import { breakageOfUnits } from "./breakage.ts";
import type { Candidate } from "./candidate.ts";
import type { Need } from "./choice.ts";
import { type ChooseInput, priorOf } from "./choose-input.ts";
import { eachMetBlock, metBlocks, openedBy } from "./published-candidates.ts";

/** One destination that a policy of today allows. */
export interface KeptRule {
  readonly to: Need["to"];
  readonly l4: L4Set;
}

/** What must be gained before a form that is in force is left, in bits. */
export const keptBonus = 3;

/** What the rules of a policy allow by block or by name. Node selectors are chosen the same every time. */
export function keptRules(policy: EgressPolicy | undefined): readonly KeptRule[] {
  if (policy === undefined) return [];
  return policy.rules.flatMap(({ action, to, l4 }): KeptRule[] => {
    if (action !== "allow") return [];
    if (to.kind === "name") return [{ to, l4 }];
    if (to.kind !== "addresses") return [];
    return toCidrs(to.addresses).map((cidr) => ({ to: { kind: "cidr", cidr }, l4 }));
  });
}

/** What is allowed today on all of these ports. */
export interface KeptTargets {
  readonly size: number;
  holds(to: Need["to"]): boolean;
}

export function keptTargets(kept: readonly KeptRule[], ports: readonly Port[]): KeptTargets {
  const known = kept.filter((rule) => covers(rule, ports));
  const texts = new Set(known.map(({ to }) => targetText(to)));
  return { size: known.length, holds: (to) => texts.has(targetText(to)) };
}

function targetText(to: Need["to"]): string {
  if (to.kind === "cidr") return formatCidr(to.cidr);
  return to.kind === "name" ? formatNamePattern(to.pattern) : JSON.stringify(to.selector);
}

function covers({ l4 }: KeptRule, ports: readonly Port[]): boolean {
  return ports.every(({ protocol, port }) => {
    const point = hasPorts(protocol) ? l4Point(protocol, port) : 0;
    return l4.some(({ first, last }) => first <= point && point <= last);
  });
}

/**
 * The blocks of today's policy that hold addresses of the service, and the addresses that none holds: so that a day with a
 * new address adds a rule and leaves the others as they are. A policy that opens everything holds nothing of anybody.
 */
export function keptCandidates({ use, statistics, kept, sampling }: ChooseInput): readonly Candidate[] {
  const blocks = kept
    .filter((rule) => covers(rule, use.ports))
    .flatMap(({ to }) => (to.kind === "cidr" && !isHuge(to.cidr) ? [to.cidr] : []))
    .sort(
      (a, b) =>
        a.family - b.family || (a.first < b.first ? -1 : a.first > b.first ? 1 : a.prefixLength - b.prefixLength),
    );
  const disjoint = blocks.filter(
    (cidr, i) => !blocks.slice(0, i).some((other) => other.family === cidr.family && lastOf(other) >= cidr.first),
  );
  if (disjoint.length === 0 || use.edges.some(({ prefixLength }) => prefixLength !== undefined)) return [];
  const met = metBlocks(statistics.histories, disjoint);
  if (met.cidrs.length === 0) return [];
  const fresh = toCidrs(
    ipSetOfAll(
      statistics.histories.flatMap((history) =>
        history.addresses
          .filter((_, i) => met.units.get(history)![i] === -1)
          .map((first) => ({ family: history.family, first, prefixLength: familyBits[history.family] })),
      ),
    ),
  );
  const cidrs = [...met.cidrs, ...fresh];
  const isWide = met.cidrs.some(({ family, prefixLength }) => prefixLength < familyBits[family]);
  return [
    {
      kind: isWide ? "consolidated" : "addresses",
      key: "kept",
      title: () =>
        fresh.length === 0 ? "the blocks of today's policy" : `the blocks of today's policy and ${fresh.length} more`,
      rules: cidrs.length,
      ...openedBy(cidrs),
      breakage: breakageOfUnits(noveltyOf(statistics.histories, eachMetBlock(met.units), statistics.walk), statistics, {
        prior: priorOf(use, statistics),
        sampling,
      }),
      malus: -keptBonus,
      targets: () => cidrs.map((cidr) => ({ kind: "cidr", cidr })),
      because: () => "they are in force today",
    },
  ];
}

function isHuge({ family, prefixLength }: Cidr): boolean {
  return prefixLength < (family === 4 ? 8 : 28);
}
