import { type Cidr, ipSetOfAll, toCidrs } from "../../../core/net/ip-set.ts";
import { formatNamePattern, matchesName, type NamePattern } from "../../../core/net/name-pattern.ts";
import { addressHistories } from "../../baseline/statistics/address-history.ts";
import type { NameAgreement } from "../../baseline/statistics/name-agreement.ts";
import { nameAgreement } from "../../baseline/statistics/name-agreement.ts";
import { eachAddress, noveltyOf, walkOf } from "../../baseline/statistics/novelty.ts";
import { unseenCount } from "../../baseline/statistics/unseen.ts";
import type { Edge } from "../../flows/edge.ts";
import { blockOf } from "../needs.ts";
import { opened } from "./address-candidates.ts";
import { anyBreaks, type Breakage, breakageOfName, breakageOfUnits, eitherBreaks } from "./breakage.ts";
import type { Candidate } from "./candidate.ts";
import type { KindAbilities } from "./choice.ts";
import { type ChooseInput, isKnownToRotate, priorOf } from "./choose-input.ts";
import { type NamedEdges, namesOfEdges } from "./names-of-edges.ts";

/** Every name is resolved by every node, again and again. */
const perName = 0.2;
/** As many rules as a person still reads beside a name. */
const mostBeside = 64;
const exactLengths = { 4: 32, 6: 128 } as const;

/** Names, wildcards, and names with a form by address beside them: what the name misses, the addresses let through. */
export function nameCandidates(input: ChooseInput, byAddress: readonly Candidate[]): readonly Candidate[] {
  const { use, abilities, names: book } = input;
  if (abilities.names === "none" || use.names.length === 0) return [];
  const named = namesOfEdges(use, book);
  if (named.names.size === 0) return [];
  const exact = exactNames(input, named);
  const wildcard = wildcardNames(input, named);
  const alone = wildcard === undefined ? [exact] : [exact, wildcard];
  const isStable = input.statistics.histories.every(({ addresses }) => addresses.length === 1);
  return [
    ...alone,
    ...(isStable ? [] : byAddress.filter(({ rules }) => rules <= mostBeside).map((form) => beside(exact, form))),
  ];
}

function exactNames(input: ChooseInput, named: NamedEdges): Candidate {
  const { statistics } = input;
  const names = [...named.names.keys()];
  const agreements = [...named.names].map(([name, edges]) => ({ name, agreement: agreementOf(input, name, edges) }));
  const rest = namelessPart(input, named);
  const { opens, addressBits } = opened(statistics, exactLengths, []);
  const unseen = unseenCount(statistics.exact);
  return {
    kind: rest.rules === 0 ? "name" : "name-and-range",
    key: "exact",
    title: () => titleOf(names) + (rest.rules === 0 ? "" : `, and ${addressesText(rest.rules)} that no name leads to`),
    rules: names.length + rest.rules,
    opens: opens + unseen,
    addressBits,
    breakage: anyBreaks([...agreements.map(({ agreement }) => nameBreakage(input, agreement)), rest.breakage]),
    malus: perName * names.length,
    targets: () => [
      ...names.map((name) => ({ kind: "name" as const, pattern: { kind: "exact" as const, name } })),
      ...exactBlocks(named.nameless).map((cidr) => ({ kind: "cidr" as const, cidr })),
    ],
    because: () => agreementText(agreements, input),
  };
}

function exactBlocks(edges: readonly Edge[]): readonly Cidr[] {
  return toCidrs(ipSetOfAll(edges.map(blockOf)));
}

function agreementOf({ statistics, names }: ChooseInput, name: string, edges: readonly Edge[]): NameAgreement {
  return nameAgreement(edges, names.record(name), statistics.days);
}

function nameBreakage(input: ChooseInput, agreement: NameAgreement): Breakage {
  const { statistics, use, abilities } = input;
  const quiet: NameAgreement = { ...agreement, misses: 0, missedShare: 0, isByAnswers: true };
  if (abilities.namesFollowPods === true) return breakageOfName(quiet, { isRotating: false, newAddressesPerDay: 0 });
  return breakageOfName(agreement, {
    isRotating: isKnownToRotate(use) && (agreement.addresses > 1 || agreement.trials < 12),
    newAddressesPerDay: statistics.newAddressesPerDay,
  });
}

/** Edges that no name leads to are written as they were seen. */
function namelessPart(
  { use, statistics, sampling }: ChooseInput,
  { nameless }: NamedEdges,
): { readonly rules: number; readonly breakage: Breakage } {
  if (nameless.length === 0) return { rules: 0, breakage: { day: 0, week: 0, share: 0 } };
  const { clock } = statistics;
  const histories = addressHistories(nameless, clock);
  const novelty = noveltyOf(histories, eachAddress, walkOf(histories, clock));
  const part = nameless.length / use.edges.length;
  const breakage = breakageOfUnits(novelty, statistics, { prior: priorOf(use, statistics) * part, sampling });
  const blocks = nameless.filter(({ prefixLength }) => prefixLength !== undefined).length;
  return { rules: novelty.units + blocks, breakage: { ...breakage, share: breakage.share * part } };
}

/**
 * One wildcard where the kind has them: the catalogue's own, or the parent that many names have in common. A wildcard's
 * addresses are those that pods were told (policy-semantics §1.5), so it does not miss as an exact name does.
 */
function wildcardNames({ use, statistics, abilities }: ChooseInput, named: NamedEdges): Candidate | undefined {
  const names = [...named.names.keys()];
  if (named.nameless.length > 0 || names.length === 0) return undefined;
  const pattern = wildcardFor(names, use.service.catalogue?.patterns ?? [], abilities.names);
  if (pattern === undefined) return undefined;
  const { opens, addressBits } = opened(statistics, exactLengths, []);
  const more = 1 + names.length / 2;
  return {
    kind: "wildcard",
    key: formatNamePattern(pattern),
    title: () => `the names ${formatNamePattern(pattern)}`,
    rules: 1,
    opens: (opens + unseenCount(statistics.exact)) * more,
    addressBits: addressBits + Math.log2(more),
    breakage: { day: 0.002, week: 0.01, share: 0.001 },
    // Whoever can have a name below it is let through.
    malus: 2,
    targets: () => [{ kind: "name", pattern }],
    because: () => `${names.length} names of it were seen, and each can bring another`,
  };
}

/** Names that share a parent, from this many on. */
const manyNames = 4;

function wildcardFor(
  names: readonly string[],
  patterns: readonly NamePattern[],
  can: KindAbilities["names"],
): NamePattern | undefined {
  if (can !== "one-label" && can !== "subdomains") return undefined;
  const fits = (pattern: NamePattern): boolean => names.every((name) => matchesName(pattern, name));
  for (const pattern of patterns) {
    if (pattern.kind !== "one-label" && pattern.kind !== "subdomains") continue;
    const own: NamePattern = { kind: can, suffix: pattern.suffix };
    if (fits(own)) return own;
  }
  const [first = ""] = names;
  const suffix = first.slice(first.indexOf(".") + 1);
  const parent: NamePattern = { kind: can, suffix };
  return names.length >= manyNames && suffix.split(".").length >= 2 && fits(parent) ? parent : undefined;
}

function beside(name: Candidate, form: Candidate): Candidate {
  const targets = (): ReturnType<Candidate["targets"]> => {
    const byName = name.targets().filter(({ kind }) => kind === "name");
    return [...byName, ...form.targets()];
  };
  return {
    kind: "name-and-range",
    key: `with ${form.key}`,
    title: () => `${name.kind === "name" ? name.title() : "the names that were seen"} with ${form.title()}`,
    rules: name.rules + form.rules,
    opens: Math.max(name.opens, form.opens),
    addressBits: Math.max(name.addressBits, form.addressBits),
    breakage: eitherBreaks(name.breakage, form.breakage),
    malus: name.malus + form.malus,
    targets,
    because: () => `${name.because()}, and ${form.because()}`,
  };
}

function titleOf(names: readonly string[]): string {
  return names.length === 1 ? `the name ${names[0]}` : `the ${names.length} names that were seen`;
}

function addressesText(count: number): string {
  return count === 1 ? "1 address" : `${count} addresses`;
}

function agreementText(
  agreements: readonly { readonly name: string; readonly agreement: NameAgreement }[],
  { statistics, abilities }: ChooseInput,
): string {
  if (abilities.namesFollowPods === true) return "the cluster learns a name's addresses from what pods are told";
  const trials = agreements.reduce((sum, { agreement }) => sum + agreement.trials, 0);
  const misses = agreements.reduce((sum, { agreement }) => sum + agreement.misses, 0);
  if (trials === 0) return "a name outlives its addresses";
  const share = misses / trials;
  if (share > 0.01)
    return `answers differed in ${Math.max(1, Math.round(share * 100))} % of the hours that can be compared`;
  const moved = statistics.walk === undefined ? 0 : statistics.exact.newPeriods;
  return moved === 0 ? "its answers never differed" : "its answers agreed while its addresses changed";
}
