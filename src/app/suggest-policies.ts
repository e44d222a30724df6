import { alone } from "../core/policy/alone.ts";
import { compare } from "../core/policy/compare.ts";
import { compile } from "../core/policy/compile.ts";
import type { DraftKind, DraftPolicy } from "../core/policy/draft.ts";
import { exposure } from "../core/policy/exposure.ts";
import { documentedRules } from "../core/policy/kinds/egress-firewall/read.ts";
import type { EgressPolicy, RuleList } from "../core/policy/model.ts";
import { isOnlyFor, selectsNamespace } from "../core/policy/subject.ts";
import { workloadFormatter } from "../core/workload/workload.ts";
import { type NamespaceBaseline, namespaceBaselines } from "../pipeline/baseline/namespace-baseline.ts";
import { addressKey } from "../pipeline/baseline/services/address-key.ts";
import type { Edge } from "../pipeline/flows/edge.ts";
import type { FlowWindow } from "../pipeline/flows/harvest.ts";
import { draftCompanions } from "../pipeline/suggest/companion/draft-companions.ts";
import { tooManyClusterRules } from "../pipeline/suggest/draft-cluster-policy.ts";
import { readinessOf } from "../pipeline/suggest/readiness/readiness-of.ts";
import { PolicyWorld } from "../pipeline/verify/policy-world.ts";
import { replay } from "../pipeline/verify/replay.ts";
import { type Verification, verifySuggestion } from "../pipeline/verify/verify-suggestion.ts";
import { baselineRefusal } from "./baseline-singleton.ts";
import { type CompanionProof, proveCompanions } from "./companion-policies.ts";
import { draftNamespace } from "./draft-namespace.ts";
import { apiServerCautions, changeCautions, connectionText, suggestionCautions } from "./suggest-cautions.ts";
import { type SuggestContext, suggestContext } from "./suggest-context.ts";
import type {
  ManifestPort,
  RefusedSuggestion,
  SuggestProgress,
  SuggestRequest,
  SuggestResult,
  Suggestion,
} from "./suggestion.ts";

export type {
  ManifestPort,
  RefusedSuggestion,
  SuggestProgress,
  SuggestRequest,
  SuggestResult,
  Suggestion,
} from "./suggestion.ts";

/** Learns, drafts, prints, reads back and proves one policy per namespace. */
export function suggestPolicies(
  request: SuggestRequest,
  manifests: ManifestPort,
  progress: SuggestProgress = () => {},
): SuggestResult {
  const context = suggestContext(request);
  const { edges, nameEvidence, window, samplingMax } = request.harvest;
  const evidence = { knowledge: context.knowledge, nameEvidence, window, samplingMax };
  const baselines = namespaceBaselines(edges, context.guardrails, evidence);
  const wanted = new Set(request.namespaces);
  const chosen = baselines.filter(({ namespace }) => wanted.size === 0 || wanted.has(namespace));
  const suggestions: Suggestion[] = [];
  const refused: RefusedSuggestion[] = [];
  const names = chosen.map(({ namespace }) => namespace);
  const refusal = baselineRefusal(request.kind, names, request.existing);
  for (const [done, baseline] of chosen.entries()) {
    progress(done, chosen.length, baseline.namespace);
    const { namespace } = baseline;
    const outcome =
      refusal === undefined
        ? suggestFor(baseline, request, context, manifests)
        : { namespace, failures: [refusal], verification: undefined };
    if ("failures" in outcome) refused.push(outcome);
    else suggestions.push(outcome);
  }
  const seen = new Set(baselines.map(({ namespace }) => namespace));
  return { suggestions, refused, withoutTraffic: request.namespaces.filter((namespace) => !seen.has(namespace)) };
}

const wideOpen: RuleList = { rules: [], otherwise: "allow" };

function suggestFor(
  baseline: NamespaceBaseline,
  request: SuggestRequest,
  context: SuggestContext,
  manifests: ManifestPort,
): Suggestion | RefusedSuggestion {
  const { harvest, facts, kind, posture = "balanced" } = request;
  const { resolve, labels, clusterNetworks } = context;
  const { namespace } = baseline;
  const { window } = harvest;
  const { firewalls = [], networkPolicies = [] } = context.today.get(namespace) ?? {};
  const wide = context.today.get("")?.networkPolicies ?? [];
  const ofNamespace = labels.namespaces.get(namespace);
  const today = [
    ...firewalls,
    ...networkPolicies,
    ...wide.filter((policy) => selectsNamespace(policy, namespace, ofNamespace) !== false),
  ];
  const name = nameToReplace(kind, today);
  const known = today.find(
    (policy) => policy.kind === kind && (name === undefined || policy.name === name) && isOnlyFor(policy, namespace),
  );
  const { drafted, choices, needs, guardrails } = draftNamespace(baseline, request, context, { name, replaces: known });
  const tooMany = tooManyRules(drafted.draft);
  if (tooMany !== undefined) return { namespace, failures: [tooMany], verification: undefined };
  const manifest = manifests.print(drafted.draft);
  const { policy, findings } = manifests.read(manifest);
  if (policy === undefined) {
    const why = findings[0]?.message ?? "it is not one policy";
    return { namespace, failures: [`the printed policy cannot be read back: ${why}`], verification: undefined };
  }
  const exempt = new Set(drafted.notExpressible.map(({ edge }) => edge));
  const compiled = compile(alone(policy), { excluded: clusterNetworks });
  const worldOf = (policies: readonly EgressPolicy[]): PolicyWorld =>
    new PolicyWorld(policies, labels, resolve, clusterNetworks);
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
  const companions =
    request.companions === true && kind === "EgressFirewall"
      ? proveCompanions(
          draftCompanions({ baseline, facts, guardrails, window }, needs),
          policy,
          baseline.sanctioned.filter((edge) => !exempt.has(edge)),
          { manifests, worldOf, clusterNetworks, others },
        )
      : undefined;
  if (companions !== undefined && companions.counterexamples.length > 0) {
    return { namespace, failures: companionFailures(companions), verification };
  }
  const compiledBefore = compile(alone(replaces ?? wideOpen), { excluded: clusterNetworks });
  const edges = [...baseline.sanctioned, ...baseline.notLearned.map(({ edge }) => edge)];
  const impact = replay(edges, worldOf(today), others.length === 0 ? byItself : worldOf([...others, policy]));
  const passing = new Set(impact.filter(({ after }) => after.kind === "allow").map(({ edge }) => edge));
  const readiness = readinessOf({
    namespace,
    choices,
    seen: edges,
    leftOut: {
      notLearned: baseline.notLearned.filter(({ edge }) => !passing.has(edge)),
      notExpressible: drafted.notExpressible,
    },
    facts,
    window,
    unobservedHours: context.unobservedHours,
    samplingMax: harvest.samplingMax,
    isComplete: harvest.isComplete,
  });
  const cautions = [
    ...drafted.cautions,
    ...changeCautions(choices, window),
    ...suggestionCautions({
      baseline,
      draft: drafted.draft,
      policy,
      replaces,
      others,
      exempt,
      impact,
      alone: byItself,
    }),
    ...apiServerCautions(facts, guardrails),
    ...(companions?.cautions ?? []),
  ];
  return {
    namespace,
    kind,
    posture,
    manifest,
    draft: drafted.draft,
    policy,
    reasons: drafted.reasons,
    choices,
    learned: learnedFrom(baseline.sanctioned, window),
    notLearned: baseline.notLearned,
    notExpressible: drafted.notExpressible,
    cautions,
    verification,
    companions,
    readiness,
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
