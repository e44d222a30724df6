import { alone } from "../core/policy/alone.ts";
import { compare } from "../core/policy/compare.ts";
import { compile, type CompiledRules } from "../core/policy/compile.ts";
import type { DraftKind, DraftPolicy } from "../core/policy/draft.ts";
import { exposure } from "../core/policy/exposure.ts";
import { documentedRules } from "../core/policy/kinds/egress-firewall/read.ts";
import type { EgressPolicy, RuleList } from "../core/policy/model.ts";
import { isOnlyFor, selectsNamespace } from "../core/policy/subject.ts";
import { fail, ok, type Result } from "../core/result.ts";
import { workloadFormatter } from "../core/workload/workload.ts";
import type { NamespaceBaseline } from "../pipeline/baseline/namespace-baseline.ts";
import { addressKey } from "../pipeline/baseline/services/address-key.ts";
import type { Edge } from "../pipeline/flows/edge.ts";
import type { FlowWindow } from "../pipeline/flows/harvest.ts";
import { draftCompanions } from "../pipeline/suggest/companion/draft-companions.ts";
import { tooManyClusterRules } from "../pipeline/suggest/draft-cluster-policy.ts";
import { readinessOf } from "../pipeline/suggest/readiness/readiness-of.ts";
import { PolicyWorld } from "../pipeline/verify/policy-world.ts";
import { replay } from "../pipeline/verify/replay.ts";
import { type Verification, verifySuggestion } from "../pipeline/verify/verify-suggestion.ts";
import { type CompanionProof, proveCompanions } from "./companion-policies.ts";
import { type DraftedNamespace, draftNamespace } from "./draft-namespace.ts";
import { apiServerCautions, changeCautions, connectionText, suggestionCautions } from "./suggest-cautions.ts";
import type { SuggestContext } from "./suggest-context.ts";
import type { ManifestPort, RefusedSuggestion, SuggestRequest, Suggestion } from "./suggestion.ts";

/** A namespace's policy as it was printed and read back, before what it changes is told. */
interface ProvenPolicy extends DraftedNamespace {
  readonly manifest: string;
  readonly policy: EgressPolicy;
  readonly compiled: CompiledRules;
  readonly verification: Verification;
  /** In force today, the one that it takes the place of, and those that stay beside it. */
  readonly today: readonly EgressPolicy[];
  readonly replaces: EgressPolicy | undefined;
  readonly others: readonly EgressPolicy[];
  /** Needed, and not to be said in policies of the kind. */
  readonly exempt: ReadonlySet<Edge>;
  /** The namespace with this policy alone, or with any. */
  readonly byItself: PolicyWorld;
  readonly worldOf: (policies: readonly EgressPolicy[]) => PolicyWorld;
}

/** Drafts, prints, reads back and proves the policy of one namespace, and tells what it changes and what it risks. */
export function suggestNamespace(
  baseline: NamespaceBaseline,
  request: SuggestRequest,
  context: SuggestContext,
  manifests: ManifestPort,
): Suggestion | RefusedSuggestion {
  const proven = provePolicy(baseline, request, context, manifests);
  if ("failures" in proven) return proven;
  const companions = provenCompanions(baseline, request, context, { proven, manifests });
  if (companions !== undefined && companions.counterexamples.length > 0) {
    const { namespace } = baseline;
    return { namespace, failures: companionFailures(companions), verification: proven.verification };
  }
  return toldSuggestion(baseline, request, context, { proven, companions });
}

function provePolicy(
  baseline: NamespaceBaseline,
  request: SuggestRequest,
  context: SuggestContext,
  manifests: ManifestPort,
): ProvenPolicy | RefusedSuggestion {
  const { kind } = request;
  const { resolve, labels, clusterNetworks } = context;
  const { namespace } = baseline;
  const today = policiesToday(namespace, context);
  const name = nameToReplace(kind, today);
  const known = today.find(
    (policy) => policy.kind === kind && (name === undefined || policy.name === name) && isOnlyFor(policy, namespace),
  );
  const draft = draftNamespace(baseline, request, context, { name, replaces: known });
  const printed = printAndRead(draft.drafted.draft, manifests);
  if (!printed.ok) return { namespace, failures: [printed.error], verification: undefined };
  const { manifest, policy, findings } = printed.value;
  const exempt = new Set(draft.drafted.notExpressible.map(({ edge }) => edge));
  const compiled = compile(alone(policy), { excluded: clusterNetworks });
  const worldOf = (policies: readonly EgressPolicy[]): PolicyWorld =>
    new PolicyWorld(policies, labels, resolve, clusterNetworks);
  const { guardrails } = draft;
  const byItself = worldOf([policy]);
  const verification = verifySuggestion({
    policy,
    findings,
    baseline,
    exempt,
    guardrails,
    compiled,
    world: byItself,
    clusterNetworks,
  });
  if (!verification.passed) return { namespace, failures: failuresOf(verification), verification };
  const replaces = today.find((candidate) => candidate.kind === kind && candidate.name === policy.name);
  const others = today.filter((candidate) => candidate !== replaces);
  return { ...draft, manifest, policy, compiled, verification, today, replaces, others, exempt, byItself, worldOf };
}

/** Everything in force that selects the namespace. */
function policiesToday(namespace: string, { today, labels }: SuggestContext): readonly EgressPolicy[] {
  const { firewalls = [], networkPolicies = [] } = today.get(namespace) ?? {};
  const wide = today.get("")?.networkPolicies ?? [];
  const ofNamespace = labels.namespaces.get(namespace);
  return [
    ...firewalls,
    ...networkPolicies,
    ...wide.filter((policy) => selectsNamespace(policy, namespace, ofNamespace) !== false),
  ];
}

/** The text that would be committed, and the policy that it says; or why there is none. */
function printAndRead(
  draft: DraftPolicy,
  manifests: ManifestPort,
): Result<
  { readonly manifest: string; readonly policy: EgressPolicy } & Pick<ReturnType<ManifestPort["read"]>, "findings">,
  string
> {
  const tooMany = tooManyRules(draft);
  if (tooMany !== undefined) return fail(tooMany);
  const manifest = manifests.print(draft);
  const { policy, findings } = manifests.read(manifest);
  if (policy !== undefined) return ok({ manifest, policy, findings });
  return fail(`the printed policy cannot be read back: ${findings[0]?.message ?? "it is not one policy"}`);
}

/** Network policies beside a firewall; undefined where nobody asked for any. */
function provenCompanions(
  baseline: NamespaceBaseline,
  { harvest: { window }, facts, kind, companions = false }: SuggestRequest,
  { clusterNetworks }: SuggestContext,
  { proven, manifests }: { readonly proven: ProvenPolicy; readonly manifests: ManifestPort },
): CompanionProof | undefined {
  if (!companions || kind !== "EgressFirewall") return undefined;
  const { guardrails, needs, policy, exempt, worldOf, others } = proven;
  return proveCompanions(
    draftCompanions({ baseline, facts, guardrails, window }, needs),
    policy,
    baseline.sanctioned.filter((edge) => !exempt.has(edge)),
    { manifests, worldOf, clusterNetworks, others },
  );
}

const wideOpen: RuleList = { rules: [], otherwise: "allow" };

/** With what the policy changes for recorded traffic, what it opens, and how safe it is to enforce. */
function toldSuggestion(
  baseline: NamespaceBaseline,
  { harvest, facts, kind, posture = "balanced" }: SuggestRequest,
  { clusterNetworks, unobservedHours }: SuggestContext,
  { proven, companions }: { readonly proven: ProvenPolicy; readonly companions: CompanionProof | undefined },
): Suggestion {
  const { namespace, sanctioned, notLearned } = baseline;
  const { drafted, choices, guardrails, manifest, policy, replaces, others, exempt, byItself, worldOf } = proven;
  const { draft, reasons, notExpressible } = drafted;
  const { window, samplingMax, isComplete } = harvest;
  const before = compile(alone(replaces ?? wideOpen), { excluded: clusterNetworks });
  const seen = [...sanctioned, ...notLearned.map(({ edge }) => edge)];
  const after = others.length === 0 ? byItself : worldOf([...others, policy]);
  const impact = replay(seen, worldOf(proven.today), after);
  const passing = new Set(impact.filter((own) => own.after.kind === "allow").map(({ edge }) => edge));
  const leftOut = { notLearned: notLearned.filter(({ edge }) => !passing.has(edge)), notExpressible };
  return {
    namespace,
    kind,
    posture,
    manifest,
    draft,
    policy,
    reasons,
    choices,
    learned: learnedFrom(sanctioned, window),
    notLearned,
    notExpressible,
    cautions: [
      ...drafted.cautions,
      ...changeCautions(choices, window),
      ...suggestionCautions({ baseline, draft, policy, replaces, others, exempt, impact, alone: byItself }),
      ...apiServerCautions(facts, guardrails),
      ...(companions?.cautions ?? []),
    ],
    verification: proven.verification,
    companions,
    readiness: readinessOf({
      namespace,
      choices,
      seen,
      leftOut,
      facts,
      window,
      unobservedHours,
      samplingMax,
      isComplete,
    }),
    replaces,
    exposureBefore: exposure(before, clusterNetworks),
    changes: compare(before, proven.compiled),
    impact,
  };
}

/** A namespace has at most one legacy policy in force; replacing it under another name would make two. */
function nameToReplace(kind: DraftKind, today: readonly EgressPolicy[]): string | undefined {
  if (kind !== "EgressNetworkPolicy") return undefined;
  const names = today.filter((policy) => policy.kind === kind).map((policy) => policy.name);
  return names.includes("default") ? "default" : names[0];
}

function tooManyRules(draft: DraftPolicy): string | undefined {
  const { kind, rules } = draft;
  if (kind === "AdminNetworkPolicy" || kind === "BaselineAdminNetworkPolicy" || kind === "ClusterNetworkPolicy") {
    return tooManyClusterRules(draft);
  }
  if (kind !== "EgressFirewall" || rules.length <= documentedRules) return undefined;
  const [taken, held] = [rules.length, documentedRules].map((number) => number.toLocaleString("en-US"));
  return (
    `it takes ${taken} rules and an EgressFirewall holds ${held}: record flows with names, so that one rule stands for ` +
    "many addresses, list blocks in the plain form, or move some workloads to a namespace of their own"
  );
}

function learnedFrom(edges: readonly Edge[], window: FlowWindow | undefined): Suggestion["learned"] {
  const format = workloadFormatter();
  return {
    flows: edges.reduce((sum, { flows }) => sum + flows, 0),
    connections: edges.length,
    destinations: new Set(edges.map(({ address }) => addressKey(address))).size,
    workloads: new Set(edges.map(({ workload }) => format(workload))).size,
    window,
  };
}

function companionFailures({ counterexamples, judged }: CompanionProof): readonly string[] {
  const worst = counterexamples
    .slice(0, 5)
    .map(({ edge, verdict }) => `${connectionText(edge)} would be stopped by ${verdict.decidedBy.text}`);
  const passing = judged - counterexamples.length;
  return [`firewall and network policies together: ${passing} of ${judged} recorded connections pass`, ...worst];
}

function failuresOf({ checks, counterexamples }: Verification): readonly string[] {
  const failed = checks.filter(({ passed }) => !passed).map(({ name, detail }) => `${name}: ${detail}`);
  const worst = counterexamples
    .slice(0, 5)
    .map(({ edge, verdict }) => `${connectionText(edge)} would be stopped by ${verdict.decidedBy.text}`);
  return [...failed, ...worst];
}
