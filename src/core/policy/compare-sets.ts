import { type IpSet, ipSetKey } from "../net/ip-set.ts";
import { isSame } from "./acting-form.ts";
import { compareFully } from "./compare.ts";
import { type CompiledRules, compile } from "./compile.ts";
import type { Difference } from "./difference.ts";
import { type EffectiveOptions, type EffectivePolicy, effectivePolicy } from "./effective.ts";
import type { Decider } from "./evaluate.ts";
import { type Exposure, exposure } from "./exposure.ts";
import type { EgressPolicy, SourceLocation } from "./model.ts";
import { formatPolicyName, type NamespacePolicies, policiesByNamespace } from "./namespace-policies.ts";
import {
  type ConditionOf,
  conditionsIn,
  conditionsOutside,
  formatPodClass,
  type PodClass,
  podClasses,
  policiesOfClass,
  remembered,
} from "./pod-class.ts";
import { decidingConditions, onlyAllows, severalConditions } from "./several-conditions.ts";

export type ObjectChange = "added" | "removed" | "rewritten" | "unchanged";

export interface ObjectDifference {
  readonly change: ObjectChange;
  readonly before: EgressPolicy | undefined;
  readonly after: EgressPolicy | undefined;
}

/** What decides on one side of a difference. */
export interface DecidedBy {
  /** Undefined when no object applies. */
  readonly policy: EgressPolicy | undefined;
  readonly rule: Decider;
  readonly text: string;
  readonly at: SourceLocation | undefined;
}

export interface ScopeChange {
  readonly difference: Difference;
  readonly before: DecidedBy;
  readonly after: DecidedBy;
}

export interface ScopeSide {
  readonly exposure: Exposure;
  /** Why a cluster would not do what the rules say; undefined when it would. */
  readonly caution: string | undefined;
}

/** One place where rules act: a namespace's egress firewall, or the network policies of one class of its pods. */
export interface ScopeDifference {
  readonly half: "egress-firewall" | "network-policy";
  /** Who it is about, `all pods`. */
  readonly pods: string;
  readonly before: ScopeSide;
  readonly after: ScopeSide;
  readonly changes: readonly ScopeChange[];
  /** False: no more was compared than could be, and no change does not mean equal. */
  readonly isComplete: boolean;
}

export interface NamespaceDifference {
  /** Empty: the policies of the whole cluster, and the pods of namespaces that have no policies of their own. */
  readonly namespace: string;
  readonly objects: readonly ObjectDifference[];
  /** Scopes that have a policy on either side, changed or not. */
  readonly scopes: readonly ScopeDifference[];
  /** What there was too much of to compare, one phrase each: unless it is empty, no change does not mean equal. */
  readonly notCompared: readonly string[];
}

export interface CompareSetsOptions {
  /** Pod networks, which egress firewalls never filter. */
  readonly clusterNetworks?: IpSet;
  /** Labels of namespaces as far as they are known, which policies of the whole cluster may ask for. */
  readonly namespaceLabels?: ReadonlyMap<string, Readonly<Record<string, string>>>;
}

/**
 * What changes for connections when one set of policies replaces another. Namespaces without any object that is added,
 * removed or rewritten are left out, unless a policy of the whole cluster changes something there. The pods are not known
 * here, so network policies are compared per {@link PodClass}: where policies only add up, equal for pods that meet one
 * condition means equal for pods that meet several, but for policies that come to isolate or stop isolating pods, for
 * which the pairs are compared as well; where policies deny or stand in an order, so are all that matter ({@link
 * decidingConditions}). Larger sets are left out once something differs, or where there are too many, which is told.
 */
export function compareSets(
  before: readonly EgressPolicy[],
  after: readonly EgressPolicy[],
  options: CompareSetsOptions = {},
): readonly NamespaceDifference[] {
  const olds = new Map(policiesByNamespace(before).map((own) => [own.namespace, own]));
  const news = new Map(policiesByNamespace(after).map((own) => [own.namespace, own]));
  const of = (side: ReadonlyMap<string, NamespacePolicies>, namespace: string): NamespacePolicies =>
    side.get(namespace) ?? { namespace, firewalls: [], networkPolicies: [], setAside: [] };
  const wide = [of(olds, "").networkPolicies, of(news, "").networkPolicies] as const;
  const isWideChanged = objectDifferences(...wide).some(({ change }) => change !== "unchanged");
  const names = [...new Set([...olds.keys(), ...news.keys()])].toSorted();
  const compiled: Compiled = new Map();
  return names.flatMap((namespace) => {
    const a = of(olds, namespace);
    const b = of(news, namespace);
    const objects = objectDifferences([...a.firewalls, ...a.networkPolicies], [...b.firewalls, ...b.networkPolicies]);
    const isOwnChanged = objects.some(({ change }) => change !== "unchanged");
    if (!isOwnChanged && !isWideChanged) return [];
    if (namespace === "") {
      return isWideChanged
        ? [{ namespace, objects, ...networkPolicyScopes(...wide, remembered(conditionsOutside(names)), compiled) }]
        : [];
    }
    const conditionOf = remembered(conditionsIn(namespace, options.namespaceLabels?.get(namespace)));
    const all = [
      [...a.networkPolicies, ...wide[0]],
      [...b.networkPolicies, ...wide[1]],
    ] as const;
    if (!isOwnChanged && isSame(selecting(all[0], conditionOf), selecting(all[1], conditionOf))) return [];
    const own = networkPolicyScopes(...all, conditionOf, compiled);
    const scopes = [...firewallScopes(a, b, options), ...own.scopes];
    const { notCompared } = own;
    const isTold = isOwnChanged || notCompared.length > 0 || scopes.some(({ changes }) => changes.length > 0);
    return isTold ? [{ namespace, objects, scopes, notCompared }] : [];
  });
}

function objectDifferences(
  before: readonly EgressPolicy[],
  after: readonly EgressPolicy[],
): readonly ObjectDifference[] {
  const olds = new Map(before.map((policy) => [formatPolicyName(policy), policy]));
  const news = new Map(after.map((policy) => [formatPolicyName(policy), policy]));
  return [...new Set([...olds.keys(), ...news.keys()])].toSorted().map((name) => {
    const a = olds.get(name);
    const b = news.get(name);
    return { change: objectChange(a, b), before: a, after: b };
  });
}

function objectChange(a: EgressPolicy | undefined, b: EgressPolicy | undefined): ObjectChange {
  if (a === undefined) return "added";
  if (b === undefined) return "removed";
  return writtenForm(a) === writtenForm(b) ? "unchanged" : "rewritten";
}

/** All of an object that can bear on egress, as it was written: order of rules included, comments not. */
function writtenForm(policy: EgressPolicy): string {
  const { rules, podSelector, isolates, notApplied, subject, place, otherwise } = policy;
  return JSON.stringify([
    // What a rule points to by a selector may change while its text does not.
    rules.map(({ text, written, to }) => [text, written, to.kind === "addresses" ? ipSetKey(to.addresses) : ""]),
    podSelector ?? null,
    isolates,
    notApplied ?? null,
    subject ?? null,
    place ?? null,
    otherwise,
  ]);
}

function selecting(policies: readonly EgressPolicy[], conditionOf: ConditionOf): readonly EgressPolicy[] {
  return policies.filter((policy) => policy.isolates && conditionOf(policy) !== undefined);
}

type Half = EffectivePolicy["firewall"];

/** Policies of the whole cluster are in the sets of many pods. */
type Compiled = NonNullable<EffectiveOptions["compiled"]>;

function firewallScopes(
  a: NamespacePolicies,
  b: NamespacePolicies,
  { clusterNetworks }: CompareSetsOptions,
): readonly ScopeDifference[] {
  if (a.firewalls.length + b.firewalls.length === 0) return [];
  const effective = clusterNetworks === undefined ? {} : { clusterNetworks };
  const halfOf = (policies: readonly EgressPolicy[]): Half => effectivePolicy(policies, effective).firewall;
  return [scope("egress-firewall", "all pods", halfOf(a.firewalls), halfOf(b.firewalls), clusterNetworks)];
}

function networkPolicyScopes(
  before: readonly EgressPolicy[],
  after: readonly EgressPolicy[],
  conditionOf: ConditionOf,
  compiled: Compiled,
): Pick<NamespaceDifference, "scopes" | "notCompared"> {
  const isolating = selecting([...before, ...after], conditionOf);
  if (isolating.length === 0) return { scopes: [], notCompared: [] };
  const classes = podClasses(isolating, conditionOf);
  const sideOf = (group: PodClass, policies: readonly EgressPolicy[]): Half =>
    effectivePolicy(policiesOfClass(group, policies, conditionOf), { compiled }).networkPolicy;
  const compared = classes.map((group) => ({ group, a: sideOf(group, before), b: sideOf(group, after) }));
  const scopeOf = (group: PodClass, a: Half, b: Half): ScopeDifference =>
    scope("network-policy", formatPodClass(group, classes.length === 1), a, b);
  const scopes = compared
    .filter(({ a, b }) => a !== undefined || b !== undefined)
    .map(({ group, a, b }) => scopeOf(group, a, b));
  const isTurned = compared.some(({ a, b }) => (a === undefined) !== (b === undefined));
  const isOrdered = !isolating.every(onlyAllows);
  const isDecided = !isTurned && !isOrdered;
  const isChanged = ({ changes }: ScopeDifference): boolean => changes.length > 0;
  const notCompared = scopes.filter(({ isComplete }) => !isComplete).map(manyNames);
  if (isDecided || scopes.some(isChanged)) return { scopes, notCompared };
  const singles = classes.slice(1);
  const sides = [selecting(before, conditionOf), selecting(after, conditionOf)] as const;
  for (const { size, classes: larger } of severalConditions(
    singles,
    decidingConditions(...sides),
    sides,
    conditionOf,
  )) {
    if (larger === undefined) {
      const told = `pods that meet ${size} or more of ${singles.length} conditions at once: there are too many to compare`;
      return { scopes, notCompared: [...notCompared, told] };
    }
    const own = larger.map((group) => scopeOf(group, sideOf(group, before), sideOf(group, after)));
    notCompared.push(...own.filter(({ isComplete }) => !isComplete).map(manyNames));
    const changed = own.filter(isChanged);
    if (changed.length > 0) return { scopes: [...scopes, ...changed], notCompared };
  }
  return { scopes, notCompared };
}

function manyNames({ pods }: ScopeDifference): string {
  return `${pods}: addresses behind several names or selectors at once, of which there are too many to compare`;
}

const allowEverything = compile({ rules: [], otherwise: "allow" });
const denyEverything = compile({ rules: [], otherwise: "deny" });

function scope(
  half: ScopeDifference["half"],
  pods: string,
  before: Half,
  after: Half,
  outOfScope?: IpSet,
): ScopeDifference {
  const a = listOf(before);
  const b = listOf(after);
  const isAlike = before !== undefined && after !== undefined && isSame(before.policies, after.policies);
  const { differences, isComplete } = isAlike ? { differences: [], isComplete: true } : compareFully(a, b);
  const changes = differences.map((difference) => ({
    difference,
    before: decidedBy(before, difference.before),
    after: decidedBy(after, difference.after),
  }));
  const side = (own: Half, list: CompiledRules): ScopeSide => ({
    exposure: exposure(list, outOfScope),
    caution: cautionOf(own),
  });
  return { half, pods, before: side(before, a), after: side(after, b), changes, isComplete };
}

function listOf(half: Half): CompiledRules {
  if (half === undefined) return allowEverything;
  return half.override?.kind === "deny" ? denyEverything : half.list;
}

const twoPolicies = "two EgressNetworkPolicies in one namespace: OpenShift SDN drops everything";

function cautionOf(half: Half): string | undefined {
  if (half === undefined) return undefined;
  if (half.override?.kind === "deny") return twoPolicies;
  return half.policies.find(({ notApplied }) => notApplied !== undefined)?.notApplied ?? undefinedOrder(half);
}

/** Policies of one priority of which nothing says which is asked first: they are compared in the order of their names. */
function undefinedOrder({ list: { parts = [] }, origins }: NonNullable<Half>): string | undefined {
  const second = parts.findIndex(
    ({ tier, rank, list }, i) =>
      i > 0 && parts[i - 1]!.tier === tier && parts[i - 1]!.rank === rank && list.rules.length > 0,
  );
  if (second < 0) return undefined;
  const names = [parts[second - 1]!, parts[second]!].map(({ first }) => formatPolicyName(origins[first]!.policy));
  return `${names.join(" and ")} have the same priority: nothing says which is asked first`;
}

/** Where a rule stands; the object itself for what it does when none matches. */
function placeOfRule(policy: EgressPolicy, written: Decider): SourceLocation | undefined {
  return written === "otherwise" ? policy.at : policy.ruleLocations[written];
}

function decidedBy(half: Half, by: Decider): DecidedBy {
  if (half === undefined) return { policy: undefined, rule: "otherwise", text: "no policy applies", at: undefined };
  const [first] = half.policies;
  if (by === "otherwise") {
    const text = half.override?.kind === "deny" ? twoPolicies : "no rule matches";
    return { policy: first, rule: by, text, at: first?.at };
  }
  const { policy, written } = half.origins[by]!;
  return { policy, rule: written, text: half.list.rules[by]!.text, at: placeOfRule(policy, written) };
}
