import { type Cidr, type IpSet, ipSetOfAll } from "../core/net/ip-set.ts";
import { compare } from "../core/policy/compare.ts";
import { compile } from "../core/policy/compile.ts";
import type { Difference } from "../core/policy/difference.ts";
import type { DraftKind, DraftPolicy } from "../core/policy/draft.ts";
import { type Exposure, exposure } from "../core/policy/exposure.ts";
import { documentedRules } from "../core/policy/kinds/egress-firewall/read.ts";
import type { EgressPolicy, Finding, RuleList } from "../core/policy/model.ts";
import { type NamespacePolicies, policiesByNamespace } from "../core/policy/namespace-policies.ts";
import { builtInGuardrails, type Guardrail } from "../pipeline/baseline/guardrails.ts";
import {
  type NamespaceBaseline,
  namespaceBaselines,
  type NotLearned,
} from "../pipeline/baseline/namespace-baseline.ts";
import type { ClusterFacts } from "../pipeline/flows/cluster-facts.ts";
import type { Edge } from "../pipeline/flows/edge.ts";
import type { FlowWindow, Harvest } from "../pipeline/flows/harvest.ts";
import type { NotExpressible, RuleReason } from "../pipeline/suggest/draft-input.ts";
import { draftSuggestion } from "../pipeline/suggest/draft-suggestion.ts";
import { seenNeeds } from "../pipeline/suggest/seen-needs.ts";
import { knownAddresses, type Resolve } from "../pipeline/verify/known-addresses.ts";
import { PolicyWorld, type WorkloadLabels, workloadLabels } from "../pipeline/verify/policy-world.ts";
import { replay, type ReplayRow } from "../pipeline/verify/replay.ts";
import { type Verification, verifySuggestion } from "../pipeline/verify/verify-suggestion.ts";
import { apiServerCautions, connectionText, suggestionCautions } from "./suggest-cautions.ts";

/** How a draft becomes the text people commit, and how that text is read again. */
export interface ManifestPort {
  print(draft: DraftPolicy): string;
  /** Reads what {@link print} printed; exactly one policy. */
  read(text: string): { readonly policy: EgressPolicy | undefined; readonly findings: readonly Finding[] };
}

export interface SuggestRequest {
  readonly harvest: Harvest;
  readonly facts: ClusterFacts;
  readonly kind: DraftKind;
  /** Empty means every namespace with traffic. */
  readonly namespaces: readonly string[];
  /** What the cluster holds today; empty means that egress is wide open. */
  readonly existing: readonly EgressPolicy[];
  /** Blocks the organisation never allows. */
  readonly never: readonly Cidr[];
}

export interface Suggestion {
  readonly namespace: string;
  readonly kind: DraftKind;
  /** The exact bytes to commit. */
  readonly manifest: string;
  readonly draft: DraftPolicy;
  /** As read back from `manifest`. */
  readonly policy: EgressPolicy;
  /** Why each rule is there, same index as the draft's rules. */
  readonly reasons: readonly RuleReason[];
  readonly learned: {
    readonly flows: number;
    readonly connections: number;
    readonly destinations: number;
    readonly workloads: number;
    readonly window: FlowWindow | undefined;
  };
  readonly notLearned: readonly NotLearned[];
  readonly notExpressible: readonly NotExpressible[];
  readonly cautions: readonly string[];
  readonly verification: Verification;
  /** The policy of this kind that is replaced; undefined when there is none. */
  readonly replaces: EgressPolicy | undefined;
  readonly exposureBefore: Exposure;
  /** Against the replaced policy, or against wide open egress. */
  readonly changes: readonly Difference[];
  /** Every recorded connection under today's policies and under the suggestion in place of the replaced one. */
  readonly impact: readonly ReplayRow[];
}

export interface RefusedSuggestion {
  readonly namespace: string;
  /** One sentence each: which check failed, and what would break. */
  readonly failures: readonly string[];
  readonly verification: Verification | undefined;
}

export interface SuggestResult {
  /** In order of namespace. */
  readonly suggestions: readonly Suggestion[];
  /** Namespaces whose suggestion failed its own proof: nothing is printed for them. */
  readonly refused: readonly RefusedSuggestion[];
  /** Namespaces that were asked for and had no traffic. */
  readonly withoutTraffic: readonly string[];
}

/** Called before each namespace; throwing stops the work. */
export type SuggestProgress = (done: number, total: number, namespace: string) => void;

/** Learns, drafts, prints, reads back and proves one policy per namespace. */
export function suggestPolicies(
  request: SuggestRequest,
  manifests: ManifestPort,
  progress: SuggestProgress = () => {},
): SuggestResult {
  const context = contextOf(request);
  const baselines = namespaceBaselines(request.harvest.edges, context.guardrails, request.harvest);
  const wanted = new Set(request.namespaces);
  const chosen = baselines.filter(({ namespace }) => wanted.size === 0 || wanted.has(namespace));
  const suggestions: Suggestion[] = [];
  const refused: RefusedSuggestion[] = [];
  for (const [done, baseline] of chosen.entries()) {
    progress(done, chosen.length, baseline.namespace);
    const outcome = suggestFor(baseline, request, context, manifests);
    if ("failures" in outcome) refused.push(outcome);
    else suggestions.push(outcome);
  }
  const seen = new Set(baselines.map(({ namespace }) => namespace));
  return { suggestions, refused, withoutTraffic: request.namespaces.filter((namespace) => !seen.has(namespace)) };
}

const wideOpen: RuleList = { rules: [], otherwise: "allow" };

interface Context {
  readonly guardrails: readonly Guardrail[];
  readonly resolve: Resolve;
  readonly labels: WorkloadLabels;
  readonly clusterNetworks: IpSet;
  readonly evidenceOf: ReadonlyMap<string, Harvest["nameEvidence"]>;
  /** What is in force today, by namespace. */
  readonly today: ReadonlyMap<string, NamespacePolicies>;
}

function contextOf({ harvest, facts, never, existing }: SuggestRequest): Context {
  // `0.0.0.0/32` is forbidden for everybody, and the legacy kind would read it as everything.
  const cidrs = never.filter(({ family, first, prefixLength }) => family === 6 || first !== 0n || prefixLength !== 32);
  const own: readonly Guardrail[] =
    cidrs.length === 0 ? [] : [{ reason: "the organisation never allows it", cidrs, isWritten: true }];
  return {
    guardrails: [...own, ...builtInGuardrails],
    labels: workloadLabels(facts),
    resolve: knownAddresses(harvest.edges, harvest.nameEvidence, facts),
    clusterNetworks: ipSetOfAll(harvest.clusterNetworks.pods),
    evidenceOf: Map.groupBy(harvest.nameEvidence, ({ namespace }) => namespace),
    today: new Map(policiesByNamespace(existing).map((each) => [each.namespace, each])),
  };
}

function suggestFor(
  baseline: NamespaceBaseline,
  { harvest, facts, kind }: SuggestRequest,
  { guardrails, resolve, labels, clusterNetworks, evidenceOf, today: inForce }: Context,
  manifests: ManifestPort,
): Suggestion | RefusedSuggestion {
  const { namespace } = baseline;
  const nameEvidence = evidenceOf.get(namespace) ?? [];
  const { window } = harvest;
  const { firewalls = [], networkPolicies = [] } = inForce.get(namespace) ?? {};
  const today = [...firewalls, ...networkPolicies];
  const name = nameToReplace(kind, today);
  const needs = seenNeeds(baseline, nameEvidence, facts);
  const drafted = draftSuggestion(kind, { baseline, needs, guardrails, facts, window, name });
  const tooMany = tooManyRules(drafted.draft);
  if (tooMany !== undefined) return { namespace, failures: [tooMany], verification: undefined };
  const manifest = manifests.print(drafted.draft);
  const { policy, findings } = manifests.read(manifest);
  if (policy === undefined) {
    const why = findings[0]?.message ?? "it is not one policy";
    return { namespace, failures: [`the printed policy cannot be read back: ${why}`], verification: undefined };
  }
  const exempt = new Set(drafted.notExpressible.map(({ edge }) => edge));
  const compiled = compile(policy, { excluded: clusterNetworks });
  const worldOf = (policies: readonly EgressPolicy[]): PolicyWorld =>
    new PolicyWorld(policies, labels, resolve, clusterNetworks);
  const alone = worldOf([policy]);
  const verification = verifySuggestion({
    policy,
    findings,
    baseline,
    exempt,
    guardrails,
    compiled,
    world: alone,
    clusterNetworks,
  });
  if (!verification.passed) return { namespace, failures: failuresOf(verification), verification };
  const replaces = today.find((candidate) => candidate.kind === kind && candidate.name === policy.name);
  const others = today.filter((candidate) => candidate !== replaces);
  const compiledBefore = compile(replaces ?? wideOpen, { excluded: clusterNetworks });
  const edges = [...baseline.sanctioned, ...baseline.notLearned.map(({ edge }) => edge)];
  const impact = replay(edges, worldOf(today), others.length === 0 ? alone : worldOf([...others, policy]));
  const cautions = [
    ...drafted.cautions,
    ...suggestionCautions({ baseline, draft: drafted.draft, policy, replaces, others, exempt, impact, alone }),
    ...apiServerCautions(facts, guardrails),
  ];
  return {
    namespace,
    kind,
    manifest,
    draft: drafted.draft,
    policy,
    reasons: drafted.reasons,
    learned: learnedFrom(baseline.sanctioned, window),
    notLearned: baseline.notLearned,
    notExpressible: drafted.notExpressible,
    cautions,
    verification,
    replaces,
    exposureBefore: exposure(compiledBefore, clusterNetworks),
    changes: compare(compiledBefore, compiled),
    impact,
  };
}

/** A namespace has at most one legacy policy in force; replacing it under another name would make two. */
function nameToReplace(kind: DraftKind, today: readonly EgressPolicy[]): string | undefined {
  if (kind !== "EgressNetworkPolicy") return undefined;
  const names = today.filter((policy) => policy.kind === kind).map((policy) => policy.name);
  return names.includes("default") ? "default" : names[0];
}

function tooManyRules({ kind, rules }: DraftPolicy): string | undefined {
  if (kind !== "EgressFirewall" || rules.length <= documentedRules) return undefined;
  const [taken, held] = [rules.length, documentedRules].map((number) => number.toLocaleString("en-US"));
  return (
    `it takes ${taken} rules and an EgressFirewall holds ${held}: record flows with names, so that one rule stands for ` +
    "many addresses, list blocks in the plain form, or move some workloads to a namespace of their own"
  );
}

function learnedFrom(edges: readonly Edge[], window: FlowWindow | undefined): Suggestion["learned"] {
  return {
    flows: edges.reduce((sum, { flows }) => sum + flows, 0),
    connections: edges.length,
    destinations: new Set(edges.map(({ address }) => `${address.family} ${address.value}`)).size,
    workloads: new Set(edges.map(({ workload }) => `${workload.kind}/${workload.name}`)).size,
    window,
  };
}

function failuresOf({ checks, counterexamples }: Verification): readonly string[] {
  const failed = checks.filter(({ passed }) => !passed).map(({ name, detail }) => `${name}: ${detail}`);
  const worst = counterexamples
    .slice(0, 5)
    .map(({ edge, verdict }) => `${connectionText(edge)} would be stopped by ${verdict.decidedBy.text}`);
  return [...failed, ...worst];
}
