import { allAddresses, type IpSet, noAddresses } from "../net/ip-set.ts";
import { anyL4 } from "../net/l4.ts";
import { compileParts, type RulePart } from "./compile-parts.ts";
import { type CompiledRules, compile, type CompileOptions, type SymbolicDestination } from "./compile.ts";
import { type Connection, type Decider, evaluate, type UnknownReason, type Verdict } from "./evaluate.ts";
import type { Action, EgressPolicy, Rule } from "./model.ts";
import { type AskedPart, askedParts } from "./tiers.ts";

/**
 * The policies that bear on one pod, compiled. On OVN-Kubernetes an egress firewall and the network policies are two
 * stages that cannot override each other: a connection passes only if both allow it (policy-semantics §0, §3.6). The
 * network policies are asked tier by tier: admin policies, those of the namespace, the baseline, and then allow.
 */
export interface EffectivePolicy {
  readonly firewall: Half | undefined;
  readonly networkPolicy: Half | undefined;
  /** Answers given so far, by those of the two halves: recorded traffic asks for the same few again and again. */
  readonly answers: Map<HalfVerdict, Map<HalfVerdict, EffectiveVerdict>>;
}

export interface Origin {
  readonly policy: EgressPolicy;
  /** Index in the object's own list; `otherwise` for what is done when none of its rules matches. */
  readonly written: Decider;
}

export interface Half {
  readonly list: CompiledRules;
  /** Object and rule behind each index of the list. */
  readonly origins: readonly Origin[];
  readonly policies: readonly EgressPolicy[];
  /** Something about the objects makes any answer a guess, or decides everything: said instead of evaluating. */
  readonly override: Override | undefined;
  /** Answers given so far, by verdict and deciding rule. */
  readonly answers: Map<string | number, HalfVerdict>;
}

type Override =
  | { readonly kind: "deny"; readonly why: "two-policies" }
  | { readonly kind: "unknown"; readonly why: "not-applied" };

export type EffectiveReason = UnknownReason | "two-policies";

export interface HalfVerdict {
  readonly half: "egress-firewall" | "network-policy";
  readonly kind: Action | "unknown";
  /** The object whose rule decides, or the only object when its default does; undefined when no object applies. */
  readonly policy: EgressPolicy | undefined;
  /** Index as written in the object, of a rule that passes where nobody decides; `otherwise` when no rule matches. */
  readonly rule: Decider;
  readonly text: string;
  readonly why: EffectiveReason | undefined;
  /** Rules before it that left the connection to a later tier, in the order they were asked; undefined where none did. */
  readonly passed?: readonly PassingRule[];
}

export interface PassingRule {
  readonly policy: EgressPolicy;
  readonly rule: Decider;
  readonly text: string;
}

export interface EffectiveVerdict {
  readonly kind: Action | "unknown";
  /** The half that settles it: the denying one, else the unknown one, else the first that has an object. */
  readonly decidedBy: HalfVerdict;
  readonly halves: readonly [HalfVerdict, HalfVerdict];
}

export interface EffectiveOptions {
  /** Pod networks: egress firewalls never filter these. */
  readonly clusterNetworks?: IpSet;
  readonly resolve?: (to: SymbolicDestination) => IpSet | undefined;
  /** Policies with a place of their own that may or may not select the pod: its labels or its namespace's are not known. */
  readonly uncertain?: ReadonlySet<EgressPolicy>;
  /** Policies of the whole cluster compiled before with the same `resolve`; filled as it goes. */
  readonly compiled?: Map<EgressPolicy, CompiledRules>;
}

/** @param policies those of the pod's namespace and of the whole cluster that select the pod, or may */
export function effectivePolicy(policies: readonly EgressPolicy[], options: EffectiveOptions = {}): EffectivePolicy {
  const resolve = options.resolve === undefined ? {} : { resolve: options.resolve };
  const firewalls = firewallsInForce(policies);
  const isolating = policies.filter((policy) => !isFirewall(policy) && policy.isolates);
  return {
    firewall: firewallHalf(firewalls, { ...resolve, excluded: options.clusterNetworks ?? noAddresses }),
    networkPolicy: networkPolicyHalf(isolating, resolve, options),
    answers: new Map(),
  };
}

/** Kinds of the first half; all others are network policies of some kind. */
export function isFirewall({ kind }: EgressPolicy): boolean {
  return kind === "EgressFirewall" || kind === "EgressNetworkPolicy";
}

/**
 * OVN-Kubernetes, which reads EgressFirewalls, ignores the legacy kind: beside one, a forgotten policy has no effect. A
 * namespace holds one EgressFirewall, `default`: under another name the API server refuses it, and of two the last one
 * written stays.
 */
function firewallsInForce(policies: readonly EgressPolicy[]): readonly EgressPolicy[] {
  const current = policies.filter(({ kind }) => kind === "EgressFirewall");
  if (current.length === 0) return policies.filter(({ kind }) => kind === "EgressNetworkPolicy");
  return [current.findLast(({ name }) => name === "default") ?? current.at(-1)!];
}

function firewallHalf(policies: readonly EgressPolicy[], options: CompileOptions): Half | undefined {
  const [policy] = policies;
  if (policy === undefined) return undefined;
  const applied = policies.filter(({ notApplied }) => notApplied === undefined).length;
  const half = {
    list: compile(policy, options),
    origins: policy.rules.map(({ written }) => ({ policy, written })),
    policies,
    answers: new Map<string | number, HalfVerdict>(),
  };
  // OpenShift SDN drops all external traffic of a namespace with two EgressNetworkPolicies (policy-semantics §2).
  if (applied > 1) return { ...half, override: { kind: "deny", why: "two-policies" } };
  // One that is refused may still be there as it was before.
  return { ...half, override: applied < policies.length ? { kind: "unknown", why: "not-applied" } : undefined };
}

function networkPolicyHalf(
  policies: readonly EgressPolicy[],
  compileOptions: CompileOptions,
  { uncertain, compiled }: EffectiveOptions,
): Half | undefined {
  if (policies.length === 0) return undefined;
  const parts = askedParts(policies, uncertain);
  const [only] = parts;
  const half = { policies, answers: new Map<string | number, HalfVerdict>() };
  // Network policies add up: any rule of any policy that selects the pod allows, everything else is denied.
  const isPlain = only!.rules.every(({ action }) => action !== "pass") || only!.doubt === "not-applied";
  if (parts.length === 1 && only!.end !== undefined && only!.doubt !== "unknown-labels" && isPlain) {
    return {
      ...half,
      list: compile({ rules: only!.rules, otherwise: only!.end.action }, compileOptions),
      origins: only!.origins,
      override: only!.doubt === "not-applied" ? { kind: "unknown", why: "not-applied" } : undefined,
    };
  }
  const lists = parts.flatMap((part) => listsOf(part, compileOptions, compiled));
  return {
    ...half,
    list: compileParts(lists, "allow"),
    origins: lists.flatMap(({ origins }) => origins),
    override: undefined,
  };
}

type OriginPart = RulePart & { readonly origins: readonly Origin[] };

/** The rules of a part, and behind the last part of a tier what the tier does in the end. */
function listsOf(
  part: AskedPart,
  options: CompileOptions,
  compiled: EffectiveOptions["compiled"],
): readonly OriginPart[] {
  const { rules, origins, end, tier, rank, doubt, key } = part;
  const place = { tier, rank, doubt };
  const known = key === undefined ? undefined : compiled?.get(key);
  const list = known ?? compile({ rules, otherwise: "pass" }, options);
  if (key !== undefined) compiled?.set(key, list);
  const own: OriginPart = { ...place, list, origins };
  if (end === undefined) return [own];
  const rest: Rule = { action: end.action, to: everywhere, l4: anyL4, text: noMatch, written: 0 };
  const last: OriginPart = {
    tier,
    rank: rank + 1,
    doubt: end.doubt,
    list: compile({ rules: [rest], otherwise: "pass" }),
    origins: [{ policy: end.policy, written: "otherwise" }],
  };
  return [own, last];
}

const everywhere = { kind: "addresses", addresses: allAddresses } as const;
const noMatch = "no rule matches";

export function evaluateEffective(policy: EffectivePolicy, connection: Connection): EffectiveVerdict {
  const firewall = halfVerdict("egress-firewall", policy.firewall, connection);
  const network = halfVerdict("network-policy", policy.networkPolicy, connection);
  let byNetwork = policy.answers.get(firewall);
  if (byNetwork === undefined) policy.answers.set(firewall, (byNetwork = new Map<HalfVerdict, EffectiveVerdict>()));
  let known = byNetwork.get(network);
  if (known === undefined) byNetwork.set(network, (known = both(firewall, network)));
  return known;
}

function both(firewall: HalfVerdict, network: HalfVerdict): EffectiveVerdict {
  const halves = [firewall, network] as const;
  for (const kind of ["deny", "unknown"] as const) {
    const decidedBy = halves.find((half) => half.kind === kind);
    if (decidedBy !== undefined) return { kind, decidedBy, halves };
  }
  return { kind: "allow", decidedBy: halves.find((half) => half.policy !== undefined) ?? firewall, halves };
}

function halfVerdict(name: HalfVerdict["half"], half: Half | undefined, connection: Connection): HalfVerdict {
  if (half === undefined) return withoutPolicy[name];
  if (half.override !== undefined) {
    let settled = half.answers.get("override");
    if (settled === undefined) half.answers.set("override", (settled = overridden(name, half, half.override)));
    return settled;
  }
  // A half has as many answers as rules.
  const verdict = evaluate(half.list, connection);
  const key = keyOf(verdict);
  let known = half.answers.get(key);
  if (known === undefined) half.answers.set(key, (known = answerOf(name, half, verdict)));
  return known;
}

function overridden(name: HalfVerdict["half"], { policies }: Half, { kind, why }: Override): HalfVerdict {
  const doubtful = policies.find(({ notApplied }) => notApplied !== undefined) ?? policies[0]!;
  const text =
    why === "two-policies" ? "two policies in one namespace drop everything" : (doubtful.notApplied ?? "not applied");
  return { half: name, kind, policy: doubtful, rule: "otherwise", text, why };
}

/** A number in all but rare cases: every edge asks. */
function keyOf({ kind, by, passed }: Verdict): string | number {
  if (passed === undefined && kind !== "unknown" && by !== "otherwise") return by * 4 + places[kind];
  return `${kind} ${by} ${passed?.join() ?? ""}`;
}

const places = { allow: 0, deny: 1, pass: 2 } as const;

function answerOf(half: HalfVerdict["half"], { list, origins, policies }: Half, verdict: Verdict): HalfVerdict {
  const { by, passed } = verdict;
  // Nothing is asked after the last list, and what nobody denies is allowed.
  const kind = verdict.kind === "pass" ? "allow" : verdict.kind;
  const why = verdict.kind === "unknown" ? verdict.why : undefined;
  const ruleAt = (index: number): PassingRule => {
    const { policy, written } = origins[index]!;
    return { policy, rule: written, text: list.rules[index]!.text };
  };
  const passing = (passed ?? []).map(ruleAt);
  // Where nobody decides, the last rule that passed has let the connection go.
  const last = by === "otherwise" ? passing.pop() : ruleAt(by);
  const decided = last ?? { policy: policies[0], rule: "otherwise", text: noMatch };
  return { half, kind, ...decided, why, ...(passing.length === 0 ? {} : { passed: passing }) };
}

function noPolicy(half: HalfVerdict["half"]): HalfVerdict {
  return { half, kind: "allow", policy: undefined, rule: "otherwise", text: "no policy applies", why: undefined };
}

const withoutPolicy = {
  "egress-firewall": noPolicy("egress-firewall"),
  "network-policy": noPolicy("network-policy"),
} as const;
