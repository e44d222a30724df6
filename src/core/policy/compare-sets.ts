import type { IpSet } from "../net/ip-set.ts";
import { compare } from "./compare.ts";
import { type CompiledRules, compile } from "./compile.ts";
import type { Difference } from "./difference.ts";
import { type EffectivePolicy, effectivePolicy } from "./effective.ts";
import type { Decider } from "./evaluate.ts";
import { type Exposure, exposure } from "./exposure.ts";
import { areDisjointSelectors } from "./label-selector.ts";
import type { EgressPolicy, SourceLocation } from "./model.ts";
import { formatPolicyName, type NamespacePolicies, policiesByNamespace } from "./namespace-policies.ts";
import { formatPodClass, type PodClass, podClasses, policiesOfClass } from "./pod-class.ts";

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
}

export interface NamespaceDifference {
  readonly namespace: string;
  readonly objects: readonly ObjectDifference[];
  /** Scopes that have a policy on either side, changed or not. */
  readonly scopes: readonly ScopeDifference[];
}

export interface CompareSetsOptions {
  /** Pod networks, which egress firewalls never filter. */
  readonly clusterNetworks?: IpSet;
}

/**
 * What changes for connections when one set of policies replaces another. Namespaces without any object that is added,
 * removed or rewritten are left out. Network policies add up per pod, and the pods are not known here, so they are
 * compared per {@link PodClass}: equal for pods that match one selector means equal for pods that match several, but for
 * policies that come to isolate or stop isolating pods, for which the pairs are compared as well.
 */
export function compareSets(
  before: readonly EgressPolicy[],
  after: readonly EgressPolicy[],
  options: CompareSetsOptions = {},
): readonly NamespaceDifference[] {
  const olds = new Map(policiesByNamespace(before).map((own) => [own.namespace, own]));
  const news = new Map(policiesByNamespace(after).map((own) => [own.namespace, own]));
  const names = [...new Set([...olds.keys(), ...news.keys()])].toSorted();
  return names.flatMap((namespace) => {
    const none: NamespacePolicies = { namespace, firewalls: [], networkPolicies: [], setAside: [] };
    const a = olds.get(namespace) ?? none;
    const b = news.get(namespace) ?? none;
    const objects = objectDifferences([...a.firewalls, ...a.networkPolicies], [...b.firewalls, ...b.networkPolicies]);
    if (objects.every(({ change }) => change === "unchanged")) return [];
    const scopes = [...firewallScopes(a, b, options), ...networkPolicyScopes(a.networkPolicies, b.networkPolicies)];
    return [{ namespace, objects, scopes }];
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
function writtenForm({ rules, podSelector, isolates, notApplied }: EgressPolicy): string {
  return JSON.stringify([
    rules.map(({ text, written }) => [text, written]),
    podSelector ?? null,
    isolates,
    notApplied ?? null,
  ]);
}

type Half = EffectivePolicy["firewall"];

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

const pairedSelectors = 24;

function networkPolicyScopes(
  before: readonly EgressPolicy[],
  after: readonly EgressPolicy[],
): readonly ScopeDifference[] {
  const isolating = [...before, ...after].filter(({ isolates }) => isolates);
  if (isolating.length === 0) return [];
  const classes = podClasses(isolating);
  const sideOf = (group: PodClass, policies: readonly EgressPolicy[]): Half =>
    effectivePolicy(policiesOfClass(group, policies)).networkPolicy;
  const compared = classes.map((group) => ({ group, a: sideOf(group, before), b: sideOf(group, after) }));
  const scopeOf = (group: PodClass, a: Half, b: Half): ScopeDifference =>
    scope("network-policy", formatPodClass(group, classes.length === 1), a, b);
  const scopes = compared
    .filter(({ a, b }) => a !== undefined || b !== undefined)
    .map(({ group, a, b }) => scopeOf(group, a, b));
  const turned = compared.filter(({ a, b }) => (a === undefined) !== (b === undefined));
  if (turned.length === 0 || classes.length > pairedSelectors || scopes.some(({ changes }) => changes.length > 0))
    return scopes;
  const pairs = compared.flatMap(({ group }, i) =>
    compared.slice(i + 1).map((other): PodClass => ({ selectors: [...group.selectors, ...other.group.selectors] })),
  );
  const possible = pairs.filter(
    ({ selectors: [x, y] }) => x !== undefined && y !== undefined && !areDisjointSelectors(x, y),
  );
  const changed = possible
    .map((group) => scopeOf(group, sideOf(group, before), sideOf(group, after)))
    .filter(({ changes }) => changes.length > 0);
  return [...scopes, ...changed];
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
  const changes = compare(a, b).map((difference) => ({
    difference,
    before: decidedBy(before, difference.before),
    after: decidedBy(after, difference.after),
  }));
  const side = (own: Half, list: CompiledRules): ScopeSide => ({
    exposure: exposure(list, outOfScope),
    caution: cautionOf(own),
  });
  return { half, pods, before: side(before, a), after: side(after, b), changes };
}

function listOf(half: Half): CompiledRules {
  if (half === undefined) return allowEverything;
  return half.override?.kind === "deny" ? denyEverything : half.list;
}

const twoPolicies = "two EgressNetworkPolicies in one namespace: OpenShift SDN drops everything";

function cautionOf(half: Half): string | undefined {
  if (half?.override === undefined) return undefined;
  return half.override.kind === "deny"
    ? twoPolicies
    : half.policies.find(({ notApplied }) => notApplied !== undefined)?.notApplied;
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
