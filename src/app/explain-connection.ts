import {
  allAddresses,
  containsIp,
  formatIpSet,
  type IpSet,
  ipSetOf,
  ipSetOfAll,
  isEmptyIp,
  unionIp,
} from "../core/net/ip-set.ts";
import { formatIp, type IpAddress } from "../core/net/ip.ts";
import { l4Point, type Protocol } from "../core/net/l4.ts";
import { effectivePolicy, type EffectivePolicy } from "../core/policy/effective.ts";
import type { Decider } from "../core/policy/evaluate.ts";
import { selects } from "../core/policy/label-selector.ts";
import type { Action, EgressPolicy, RuleAction, SourceLocation } from "../core/policy/model.ts";
import { formatPolicyName, type NamespacePolicies, policiesByNamespace } from "../core/policy/namespace-policies.ts";
import {
  type ConditionOf,
  conditionsIn,
  formatPodClass,
  podClasses,
  policiesOfClass,
} from "../core/policy/pod-class.ts";
import { type TierWalk, type Unsure, walkTiers } from "../core/policy/walk-tiers.ts";
import { type NearMiss, type Outcome, type Target, walk, type Walk } from "../core/policy/walk.ts";
import { formatWorkload } from "../core/workload/workload.ts";
import type { ClusterFacts, Labels } from "../pipeline/flows/cluster-facts.ts";
import type { Edge } from "../pipeline/flows/edge.ts";
import type { Harvest } from "../pipeline/flows/harvest.ts";
import { knownAddresses, type Resolve } from "../pipeline/verify/known-addresses.ts";
import { podAddresses, serviceReason } from "./explain-inside.ts";
import { reasonOf } from "./explain-reason.ts";
import { type AllowingRule, allowingRule, type ExplainContext, type ExplainHost } from "./explain-remedy.ts";
import type { PolicyReading } from "./policy-source.ts";

export interface ExplainRequest {
  readonly namespace: string;
  /** `Deployment/web` or `web`; undefined asks about any pod of the namespace. */
  readonly workload: string | undefined;
  /** Of the pod; undefined when they are to be looked up, or are not known. */
  readonly labels: Labels | undefined;
  readonly host: ExplainHost;
  readonly protocol: Protocol;
  readonly port: number;
  readonly reading: PolicyReading;
  readonly facts: ClusterFacts;
  readonly harvest: Harvest | undefined;
}

/** Where a rule stands and what it says. */
export interface RuleReference {
  readonly policy: EgressPolicy;
  /** Index in the object's own list; `otherwise` for what it does when none of its rules matches. */
  readonly written: Decider;
  readonly text: string;
  readonly at: SourceLocation | undefined;
}

export interface ExplainedOutcome {
  readonly action: Action;
  /** Undefined when no rule matches. */
  readonly rule: RuleReference | undefined;
  readonly addresses: IpSet;
  readonly isByName: boolean;
}

export interface ExplainedNearMiss {
  readonly why: NearMiss["why"];
  readonly rule: RuleReference;
}

/** One of the two stages that both have to let a connection pass. */
export interface ExplainedHalf {
  readonly half: "egress-firewall" | "network-policy";
  readonly kind: Action | "unknown";
  /** Objects that apply to the pod; empty: nothing restricts it here. */
  readonly policies: readonly EgressPolicy[];
  /** Rules that leave the connection to a later tier, in the order they are asked. */
  readonly passed: readonly RuleReference[];
  /** The first one settles it, unless addresses are treated differently. */
  readonly outcomes: readonly ExplainedOutcome[];
  /** Rules that would have to be known to be sure. */
  readonly doubts: readonly RuleReference[];
  /** Why the objects do not do what their rules say; undefined when they do. */
  readonly override: string | undefined;
  readonly nearMisses: readonly ExplainedNearMiss[];
  /** Undefined when the half allows, or when no rule of its kind could. */
  readonly remedy: AllowingRule | undefined;
}

/** The answer for pods that the same policies select. */
export interface ExplainedPods {
  readonly pods: string;
  readonly kind: Action | "unknown";
  readonly halves: readonly [ExplainedHalf, ExplainedHalf];
}

export interface Explanation {
  readonly kind: Action | "unknown";
  /** Why it is unknown, as a sentence; undefined when it is known. */
  readonly reason: string | undefined;
  /** What the question was taken to mean: addresses of the name, names of the address. */
  readonly addresses: readonly string[];
  readonly names: readonly string[];
  /** Empty for a service address, of which policies only see the endpoints. */
  readonly cases: readonly ExplainedPods[];
  readonly setAside: NamespacePolicies["setAside"];
  /** Recorded traffic of the namespace (and workload) to the same place; undefined when no flows were given. */
  readonly seen: readonly Edge[] | undefined;
}

/** Says what happens to one connection, which rules decide, what came close, and what would allow it. */
export function explainConnection(request: ExplainRequest): Explanation {
  const { reading, namespace, facts, harvest, host } = request;
  const own = policiesFor(namespace, reading.policies);
  const recorded = knownAddresses(harvest?.edges ?? [], harvest?.nameEvidence ?? [], facts);
  const target = targetOf(request);
  const excluded = unionIp(ipSetOfAll(facts.clusterNetworks), ipSetOfAll(harvest?.clusterNetworks.pods ?? []));
  const isInside = host.kind === "address" && containsIp(excluded, host.address);
  const resolve: Resolve = (to) => (to.kind === "pods" && isInside ? podAddresses(to, namespace, facts) : recorded(to));
  const context = { target, resolve, excluded, host, protocol: request.protocol, port: request.port };
  const service =
    host.kind === "address" ? serviceReason(facts, host.address, request.protocol, request.port) : undefined;
  const groups = service === undefined ? podGroups(request, own) : [];
  const cases = groups.map(({ pods, policies }) => explainPods(pods, policies, context));
  const kinds = new Set(cases.map(({ kind }) => kind));
  const kind = kinds.size === 1 ? cases[0]!.kind : "unknown";
  return {
    kind,
    reason: kind === "unknown" ? (service ?? reasonOf(cases, host.kind)) : undefined,
    addresses:
      host.kind === "address"
        ? [formatIp(host.address)]
        : isEverywhere(target)
          ? []
          : formatIpSet(target.addresses).split(", "),
    names: target.names,
    cases,
    setAside: own.setAside,
    seen: harvest === undefined ? undefined : seenTraffic(request, target, harvest),
  };
}

/** Those of the namespace, and those of the whole cluster, which may be for it. */
function policiesFor(namespace: string, policies: readonly EgressPolicy[]): NamespacePolicies {
  const none = { namespace, firewalls: [], networkPolicies: [], setAside: [] };
  const sorted = policiesByNamespace(policies);
  const own = sorted.find((each) => each.namespace === namespace) ?? none;
  const wide = sorted.find((each) => each.namespace === "") ?? none;
  return { ...own, networkPolicies: [...own.networkPolicies, ...wide.networkPolicies] };
}

function isEverywhere({ addresses }: Target): boolean {
  return addresses === allAddresses;
}

/** Names stand for the addresses that the flows showed behind them; without any, for every address. */
function targetOf({ host, protocol, port, harvest }: ExplainRequest): Target {
  const l4 = l4Point(protocol, port);
  const evidence = harvest?.nameEvidence ?? [];
  const edges = harvest?.edges ?? [];
  if (host.kind === "address") {
    const at = (address: IpAddress): boolean =>
      address.family === host.address.family && address.value === host.address.value;
    const names = [
      ...edges.filter(({ address }) => at(address)).flatMap((edge) => edge.names),
      ...evidence.filter(({ address }) => at(address)).map(({ name }) => name),
    ];
    return { addresses: ipSetOf(host.address), names: [...new Set(names)].toSorted(), l4 };
  }
  const addresses = ipSetOfAll([
    ...edges.filter(({ names }) => names.includes(host.name)).map(({ address }) => address),
    ...evidence.filter(({ name }) => name === host.name).map(({ address }) => address),
  ]);
  return { addresses: isEmptyIp(addresses) ? allAddresses : addresses, names: [host.name], l4 };
}

interface PodGroup {
  readonly pods: string;
  readonly policies: readonly EgressPolicy[];
}

/** One group when the pod's labels are known, otherwise one per class of pods. */
function podGroups(
  { workload, labels, namespace, facts }: ExplainRequest,
  own: NamespacePolicies,
): readonly PodGroup[] {
  const { firewalls, networkPolicies } = own;
  const known = labels ?? labelsOf(namespace, workload, facts);
  const namespaceLabels = facts.namespaces.find(({ name }) => name === namespace)?.labels;
  const inNamespace = conditionsIn(namespace, namespaceLabels);
  // Labels of the pod that are known answer for it; those of the namespace may still be open.
  const conditionOf: ConditionOf = (policy) => {
    const condition = inNamespace(policy);
    if (condition?.pods === undefined || known === undefined) return condition;
    return selects(condition.pods, known) ? { ...condition, pods: undefined } : undefined;
  };
  const isolating = networkPolicies.filter((policy) => policy.isolates && conditionOf(policy) !== undefined);
  const classes = podClasses(isolating, conditionOf);
  const subject = workload ?? (known === undefined ? "every pod" : "the pod");
  return classes.map((group) => ({
    pods: classes.length === 1 ? subject : formatPodClass(group, false),
    policies: [...firewalls, ...policiesOfClass(group, isolating, conditionOf)],
  }));
}

function labelsOf(namespace: string, workload: string | undefined, { pods }: ClusterFacts): Labels | undefined {
  if (workload === undefined) return undefined;
  return pods.find((pod) => pod.namespace === namespace && isWorkload(workload, pod.workload))?.labels;
}

function isWorkload(wanted: string, workload: Edge["workload"]): boolean {
  return wanted.toLowerCase() === formatWorkload(workload).toLowerCase() || wanted === workload.name;
}

function explainPods(pods: string, policies: readonly EgressPolicy[], context: ExplainContext): ExplainedPods {
  const { firewall, networkPolicy } = effectivePolicy(policies, { resolve: context.resolve });
  const halves = [
    explainHalf("egress-firewall", firewall, context),
    explainHalf("network-policy", networkPolicy, { ...context, excluded: { v4: [], v6: [] } }),
  ] as const;
  const kinds = new Set(halves.map(({ kind }) => kind));
  return { pods, kind: kinds.has("deny") ? "deny" : kinds.has("unknown") ? "unknown" : "allow", halves };
}

type Half = NonNullable<EffectivePolicy["firewall"]>;

function explainHalf(name: ExplainedHalf["half"], half: Half | undefined, context: ExplainContext): ExplainedHalf {
  if (half === undefined) {
    const outcome = { action: "allow", rule: undefined, addresses: context.target.addresses, isByName: false } as const;
    const nothing = { policies: [], passed: [], doubts: [], override: undefined, nearMisses: [], remedy: undefined };
    return { half: name, kind: "allow", outcomes: [outcome], ...nothing };
  }
  const { list, origins, policies, override } = half;
  const found =
    list.parts === undefined
      ? { ...walk(list, context.target, context), passes: [], unsure: [] }
      : walkTiers(list, context.target, context);
  const reference = (index: number): RuleReference => {
    const { policy, written } = origins[index]!;
    const at = written === "otherwise" ? policy.at : policy.ruleLocations[written];
    return { policy, written, text: list.rules[index]!.text, at };
  };
  const kind = override?.kind ?? settle(found, context);
  return {
    half: name,
    kind,
    policies,
    passed: found.passes.flatMap(({ by }) => (by === "otherwise" ? [] : reference(by))),
    outcomes: found.outcomes.map(({ by, ...outcome }) => ({
      ...outcome,
      action: inTheEnd(outcome.action),
      rule: by === "otherwise" ? undefined : reference(by),
    })),
    doubts: found.doubts.map(reference),
    override: override === undefined ? unsureText(found.unsure, half) : overrideText(half),
    nearMisses: found.nearMisses
      .filter((miss) => isTelling(miss, found, inTheEnd(list.rules[miss.rule]!.action)))
      .map(({ rule, why }) => ({ why, rule: reference(rule) })),
    remedy: kind === "allow" || override !== undefined ? undefined : allowingRule(half, found, context),
  };
}

/** What nobody decides is allowed. */
function inTheEnd(action: RuleAction): Action {
  return action === "pass" ? "allow" : action;
}

/**
 * One verdict for all addresses. A name that a rule names is decided by it, although earlier rules take away some
 * addresses it hardly ever has: only when those are most of a family is the answer open.
 */
function settle({ outcomes, doubts, unsure }: TierWalk, { target }: ExplainContext): Action | "unknown" {
  if (doubts.length > 0 || unsure.length > 0) return "unknown";
  const actions = new Set(outcomes.map(({ action }) => inTheEnd(action)));
  if (actions.size === 1) return inTheEnd(outcomes[0]!.action);
  const named = outcomes.find(({ isByName }) => isByName);
  if (named === undefined || !isEverywhere(target)) return "unknown";
  return isMostOfAFamily(outcomes.filter(({ action }) => action !== named.action)) ? "unknown" : inTheEnd(named.action);
}

function isMostOfAFamily(outcomes: readonly Outcome[]): boolean {
  const size = (ranges: IpSet["v4"]): bigint => ranges.reduce((sum, { first, last }) => sum + last - first + 1n, 0n);
  const { v4, v6 } = ipSetUnion(outcomes);
  return size(v4) > 1n << 31n || size(v6) > 1n << 127n;
}

function ipSetUnion(outcomes: readonly Outcome[]): IpSet {
  return {
    v4: outcomes.flatMap(({ addresses }) => addresses.v4),
    v6: outcomes.flatMap(({ addresses }) => addresses.v6),
  };
}

function overrideText({ override, policies }: Half): string {
  if (override?.why === "two-policies") {
    return `${policies.map(formatPolicyName).join(" and ")}: two policies in one namespace drop everything`;
  }
  return policies.find(({ notApplied }) => notApplied !== undefined)?.notApplied ?? "not applied";
}

function unsureText(unsure: readonly Unsure[], { list, origins }: Half): string | undefined {
  const [first] = unsure;
  if (first === undefined) return undefined;
  const name = formatPolicyName(origins[first.by]!.policy);
  const rule = list.rules[first.by]!.text;
  switch (first.why) {
    case "not-applied":
      return `${name} may be in force as it was before: ${rule}`;
    case "unknown-labels":
      return `labels that decide whether ${name} applies are not known: give a cluster dump with \`--cluster\``;
    case "undefined-order":
      return `${name} and another policy have the same priority and decide differently: nothing says which is asked first`;
    default:
      return first.why satisfies never;
  }
}

/** Worth telling: what would have changed the answer. */
function isTelling({ rule, why }: NearMiss, { outcomes }: Walk, action: Action): boolean {
  if (!outcomes.some((outcome) => outcome.action !== action)) return false;
  const last = outcomes.at(-1)!.by;
  return why === "too-late" || last === "otherwise" || rule < last;
}

function seenTraffic(request: ExplainRequest, target: Target, { edges }: Harvest): readonly Edge[] {
  const { namespace, workload, protocol, port, host } = request;
  return edges.filter(
    (edge) =>
      edge.namespace === namespace &&
      edge.protocol === protocol &&
      edge.port === port &&
      (workload === undefined || isWorkload(workload, edge.workload)) &&
      (host.kind === "name"
        ? edge.names.includes(host.name) || isKnownAt(target, edge)
        : containsIp(target.addresses, edge.address)),
  );
}

function isKnownAt(target: Target, { address }: Edge): boolean {
  return !isEverywhere(target) && containsIp(target.addresses, address);
}
