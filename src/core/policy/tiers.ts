import { noAddresses } from "../net/ip-set.ts";
import type { Decider } from "./evaluate.ts";
import type { Action, EgressPolicy, PolicyKind, Rule, TierPlace } from "./model.ts";
import type { PartDoubt, PartPlace } from "./settle.ts";

/** Where policies stand that do not choose: NetworkPolicies and Cilium's add up there, in the order Calico gives them. */
export const defaultPlace: TierPlace = { tier: "default", tierOrder: 1_000_000, order: 1_000 };

/** Before every policy of a namespace. */
export const adminTier = { tier: "admin", tierOrder: 1_000 } as const;

/** After them. */
export const baselineTier = { tier: "baseline", tierOrder: 10_000_000 } as const;

export function placeOf(policy: EgressPolicy): TierPlace {
  return addsUp(policy) ? defaultPlace : (policy.place ?? defaultPlace);
}

/** Kinds whose objects have no order among themselves: what any of them denies is denied, else what any allows allowed. */
export function addsUp({ kind }: EgressPolicy): boolean {
  return kind === "NetworkPolicy" || kind === "CiliumNetworkPolicy" || kind === "CiliumClusterwideNetworkPolicy";
}

/** Policies that are asked at one place of the order. */
export interface AskedPart extends PartPlace {
  readonly rules: readonly Rule[];
  /** Object and rule behind each rule. */
  readonly origins: readonly { readonly policy: EgressPolicy; readonly written: Decider }[];
  /** What the tier does when none of its rules matches, behind its last part; undefined: it passes. */
  readonly end:
    | { readonly action: Action; readonly policy: EgressPolicy; readonly doubt: PartDoubt | undefined }
    | undefined;
  /** The policy, where it is one of the whole cluster and can be compiled once for all pods. */
  readonly key: EgressPolicy | undefined;
}

/**
 * Network policies in the order in which they are asked: tiers, in a tier the policies by order and then by name. Those
 * without a place of their own add up: all that deny come before all that allow, whoever wrote them (policy-semantics
 * §3.1, §3.4). A tier ends with a deny when any of its policies says so.
 * @param policies that isolate
 * @param uncertain those that may not select the pod
 */
export function askedParts(
  policies: readonly EgressPolicy[],
  uncertain: ReadonlySet<EgressPolicy> = new Set(),
): readonly AskedPart[] {
  const tiers = Map.groupBy(policies, (policy) => tierKey(placeOf(policy)));
  return [...tiers.values()]
    .toSorted((a, b) => compareTiers(placeOf(a[0]!), placeOf(b[0]!)))
    .flatMap((own, tier) => tierParts(own, tier, uncertain));
}

function tierKey({ tier, tierOrder }: TierPlace): string {
  return `${tierOrder} ${tier}`;
}

export function compareTiers(a: TierPlace, b: TierPlace): number {
  // Calico leaves orders open, which is Infinity here: differences would not be numbers.
  return compareValues(a.tierOrder, b.tierOrder) || compareValues(a.tier, b.tier);
}

function compareValues<T extends number | string>(a: T, b: T): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

interface Draft {
  readonly order: number;
  readonly name: string;
  /** Undefined where names settle the order. */
  readonly kind: PolicyKind | undefined;
  readonly part: Omit<AskedPart, "tier" | "rank" | "end">;
}

function tierParts(
  policies: readonly EgressPolicy[],
  tier: number,
  uncertain: ReadonlySet<EgressPolicy>,
): readonly AskedPart[] {
  const drafts = policies.filter((policy) => !addsUp(policy)).map((policy) => ownPart(policy, uncertain));
  const adding = policies.filter(addsUp);
  if (adding.length > 0) drafts.push(addedPart(adding));
  drafts.sort((a, b) => compareValues(a.order, b.order) || compareValues(a.name, b.name));
  const end = endOf(policies, uncertain);
  let rank = -1;
  return drafts.map(({ part, ...place }, i): AskedPart => {
    const before = drafts[i - 1];
    const isTied = before !== undefined && (isUnordered(before, place) || isBesideAdded(adding, before, place));
    if (!isTied) rank += 1;
    return { ...part, tier, rank, end: i === drafts.length - 1 ? end : undefined };
  });
}

/** Two policies of one tier with the same priority, of kinds whose API leaves open which comes first. */
function isUnordered(a: Omit<Draft, "part">, b: Omit<Draft, "part">): boolean {
  return a.kind !== undefined && b.kind !== undefined && a.order === b.order;
}

/**
 * A policy of Calico with the order that it gives to NetworkPolicies: their names decide, and what those are has changed
 * from release to release (`knp.default.web`, `web`).
 */
function isBesideAdded(adding: readonly EgressPolicy[], a: Pick<Draft, "order">, b: Pick<Draft, "order">): boolean {
  return adding.length > 0 && a.order === defaultPlace.order && b.order === defaultPlace.order;
}

/** Of these kinds two policies with one priority have no order (policy-semantics §3.2, §3.3). */
export function leavesOrderOpen(kind: PolicyKind): boolean {
  return kind === "AdminNetworkPolicy" || kind === "BaselineAdminNetworkPolicy" || kind === "ClusterNetworkPolicy";
}

function ownPart(policy: EgressPolicy, uncertain: ReadonlySet<EgressPolicy>): Draft {
  const { kind, namespace, name, notApplied } = policy;
  const isApplied = notApplied === undefined;
  const rules = isApplied ? policy.rules : [...policy.rules, markOf(notApplied)];
  const origins: AskedPart["origins"] = policy.rules.map(({ written }) => ({ policy, written }));
  return {
    order: placeOf(policy).order,
    name: `${namespace}/${name}`,
    kind: leavesOrderOpen(kind) ? kind : undefined,
    part: {
      rules,
      origins: isApplied ? origins : [...origins, { policy, written: "otherwise" }],
      doubt: isApplied ? (uncertain.has(policy) ? "unknown-labels" : undefined) : "not-applied",
      key: namespace === "" ? policy : undefined,
    },
  };
}

/** Matches nothing: it stands for an object of which nobody knows what it does. */
function markOf(text: string): Rule {
  return { action: "pass", to: { kind: "addresses", addresses: noAddresses }, l4: [], text, written: 0 };
}

function addedPart(policies: readonly EgressPolicy[]): Draft {
  const all = policies.flatMap((policy) => policy.rules.map((rule) => ({ policy, rule })));
  const ordered = [
    ...all.filter(({ rule }) => rule.action === "deny"),
    ...all.filter(({ rule }) => rule.action !== "deny"),
  ];
  const rules = ordered.map(({ rule }) => rule);
  const origins: AskedPart["origins"] = ordered.map(({ policy, rule }) => ({ policy, written: rule.written }));
  const doubtful = policies.find(({ notApplied }) => notApplied !== undefined);
  return {
    order: defaultPlace.order,
    name: "",
    kind: undefined,
    part: {
      rules: doubtful === undefined ? rules : [...rules, markOf(doubtful.notApplied!)],
      origins: doubtful === undefined ? origins : [...origins, { policy: doubtful, written: "otherwise" }],
      doubt: doubtful === undefined ? undefined : "not-applied",
      key: undefined,
    },
  };
}

function endOf(policies: readonly EgressPolicy[], uncertain: ReadonlySet<EgressPolicy>): AskedPart["end"] {
  for (const action of ["deny", "allow"] as const) {
    const saying = policies.filter(({ otherwise }) => otherwise === action);
    const applied = saying.filter(({ notApplied }) => notApplied === undefined);
    const certain = applied.find((policy) => !uncertain.has(policy));
    if (certain !== undefined) return { action, policy: certain, doubt: undefined };
    if (applied.length > 0) return { action, policy: applied[0]!, doubt: "unknown-labels" };
    if (saying.length > 0) return { action, policy: saying[0]!, doubt: "not-applied" };
  }
  return undefined;
}
