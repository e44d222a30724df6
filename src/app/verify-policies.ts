import { intersectIp, type IpSet, ipSetOfAll, isEmptyIp } from "../core/net/ip-set.ts";
import type { EffectivePolicy } from "../core/policy/effective.ts";
import type { Exposure } from "../core/policy/exposure.ts";
import type { EgressPolicy, Finding } from "../core/policy/model.ts";
import { formatPolicyName } from "../core/policy/namespace-policies.ts";
import { effectiveExposure, type Opener, openRegions, type OpenRegion } from "../core/policy/open-regions.ts";
import { formatWorkload, type Workload } from "../core/workload/workload.ts";
import type { Guardrail } from "../pipeline/baseline/guardrails.ts";
import { indexKnowledge } from "../pipeline/baseline/knowledge/knowledge-index.ts";
import type { Knowledge } from "../pipeline/baseline/knowledge/knowledge.ts";
import { type NamespaceBaseline, namespaceBaselines } from "../pipeline/baseline/namespace-baseline.ts";
import type { ClusterFacts } from "../pipeline/flows/cluster-facts.ts";
import type { Edge } from "../pipeline/flows/edge.ts";
import type { Harvest } from "../pipeline/flows/harvest.ts";
import { type Beyond, beyondRecorded, wideOpen } from "../pipeline/verify/beyond-recorded.ts";
import type { PolicyWorld } from "../pipeline/verify/policy-world.ts";
import { judge, type ReplayVerdict } from "../pipeline/verify/replay.ts";
import type { Check } from "../pipeline/verify/verify-suggestion.ts";
import { ownerOf, type PolicyReading } from "./policy-source.ts";
import { inForce, recordedWorld } from "./recorded-world.ts";

export interface VerifyRequest {
  readonly reading: PolicyReading;
  /** What was in force before; undefined: egress was wide open. */
  readonly against: PolicyReading | undefined;
  readonly harvest: Harvest;
  readonly facts: ClusterFacts;
  /** Everything that must stay closed, feeds included. */
  readonly guardrails: readonly Guardrail[];
  readonly knowledge: Knowledge;
  /** Empty: every namespace that a policy speaks of. */
  readonly namespaces: readonly string[];
}

/** Sanctioned traffic that would not pass for sure, or forbidden traffic that would not be stopped for sure. */
export interface Counterexample {
  readonly edge: Edge;
  readonly verdict: ReplayVerdict;
  /** Why it is forbidden; undefined for sanctioned traffic. */
  readonly forbidden: string | undefined;
}

/** A part of what must stay closed that the policies leave open. */
export interface OpenGuardrail {
  readonly reason: string;
  readonly addresses: IpSet;
  readonly by: Opener;
}

/** Workloads that the same policies decide for. */
export interface VerifiedScope {
  /** Empty: nothing of the namespace was recorded. */
  readonly workloads: readonly Workload[];
  readonly before: Exposure;
  readonly after: Exposure;
  /** Largest first. */
  readonly beyond: readonly Beyond[];
  /** Allow rules by a name or selector whose addresses nobody knows. */
  readonly unresolved: readonly { readonly policy: EgressPolicy; readonly text: string }[];
}

export interface VerifiedNamespace {
  readonly namespace: string;
  readonly policies: readonly EgressPolicy[];
  readonly passed: boolean;
  readonly checks: readonly Check[];
  readonly counterexamples: readonly Counterexample[];
  readonly open: readonly OpenGuardrail[];
  readonly scopes: readonly VerifiedScope[];
}

export interface VerifyReport {
  readonly passed: boolean;
  /** In order of name. */
  readonly namespaces: readonly VerifiedNamespace[];
  /** Namespaces with recorded traffic that no policy speaks of. */
  readonly ungoverned: readonly string[];
  readonly window: Harvest["window"];
}

/**
 * Whether policies, whoever wrote them, allow all sanctioned traffic of a recording and nothing that is forbidden, and what
 * else they allow. What cannot be known, such as the addresses of a name that nobody resolved, does not pass.
 */
export function verifyPolicies(request: VerifyRequest): VerifyReport {
  const { reading, harvest, facts, guardrails, knowledge } = request;
  const policies = inForce(reading.policies);
  const recorded = recordedWorld(harvest, facts);
  const { nameEvidence, window, samplingMax } = harvest;
  const evidence = { knowledge: indexKnowledge(knowledge), nameEvidence, window, samplingMax };
  const baselines = new Map(
    namespaceBaselines(harvest.edges, guardrails, evidence).map((own) => [own.namespace, own] as const),
  );
  const spoken = [...new Set(policies.map(({ namespace }) => namespace).filter((name) => name !== ""))];
  const isClusterWide = policies.some(({ namespace }) => namespace === "");
  const governed = isClusterWide ? [...new Set([...spoken, ...baselines.keys()])] : spoken;
  const wanted = new Set(request.namespaces);
  const after = recorded.worldOf(reading.policies);
  const before = recorded.worldOf(request.against?.policies ?? []);
  const sets = guardrails.map(({ reason, cidrs }) => ({ reason, addresses: ipSetOfAll(cidrs) }));
  const errors = reading.findings.flatMap((finding) => {
    const policy = finding.severity === "error" ? ownerOf(finding.at, reading.policies) : undefined;
    return policy === undefined ? [] : [{ policy, finding }];
  });
  const namespaces = governed
    .filter((name) => wanted.size === 0 || wanted.has(name))
    .toSorted()
    .map((namespace) =>
      verifyNamespace({
        namespace,
        policies: policies.filter((own) => own.namespace === namespace || own.namespace === ""),
        errors,
        baseline: baselines.get(namespace) ?? { namespace, sanctioned: [], notLearned: [] },
        before,
        after,
        sets,
        clusterNetworks: recorded.clusterNetworks,
      }),
    );
  return {
    passed: namespaces.every(({ passed }) => passed),
    namespaces,
    ungoverned: [...baselines.keys()].filter((name) => !governed.includes(name)),
    window,
  };
}

interface NamespaceInput {
  readonly namespace: string;
  readonly policies: readonly EgressPolicy[];
  readonly errors: readonly { readonly policy: EgressPolicy; readonly finding: Finding }[];
  readonly baseline: NamespaceBaseline;
  readonly before: PolicyWorld;
  readonly after: PolicyWorld;
  readonly sets: readonly { readonly reason: string; readonly addresses: IpSet }[];
  readonly clusterNetworks: IpSet;
}

/** Reasons for which traffic was set aside that a policy must not allow either. */
const forbiddenReasons: ReadonlySet<string> = new Set(["forbidden", "threat-feed"]);

function verifyNamespace(input: NamespaceInput): VerifiedNamespace {
  const { namespace, policies, baseline, after } = input;
  const lost = baseline.sanctioned
    .map((edge): Counterexample => ({ edge, verdict: judge(edge, after), forbidden: undefined }))
    .filter(({ verdict }) => verdict.kind !== "allow");
  const forbidden = baseline.notLearned.filter(({ reason }) => forbiddenReasons.has(reason));
  const passing = forbidden
    .map(({ edge, because }): Counterexample => ({ edge, verdict: judge(edge, after), forbidden: because }))
    .filter(({ verdict, edge }) => verdict.kind !== "deny" && isFiltered(policies, edge));
  const groups = groupsOf(input);
  const scopes = groups.map((group) => group.scope);
  const open = openGuardrails(
    groups.flatMap(({ regions }) => regions),
    input,
  );
  const voided = policies.filter(({ notApplied }) => notApplied !== undefined);
  const errors = input.errors.filter(({ policy }) => policies.includes(policy));
  const { length: needed } = baseline.sanctioned;
  const checks: Check[] = [
    {
      name: "a cluster applies them",
      passed: voided.length + errors.length === 0,
      detail:
        voided[0] === undefined
          ? (errors[0]?.finding.message ?? "no rule is refused or misread")
          : `${formatPolicyName(voided[0])}: ${voided[0].notApplied!}`,
    },
    {
      name: "all sanctioned traffic passes",
      passed: lost.length === 0,
      detail: needed === 0 ? "none was recorded" : `${needed - lost.length} of ${needed} recorded connections`,
    },
    {
      name: "nothing forbidden passes",
      passed: passing.length + open.length === 0,
      detail: `${forbidden.length - passing.length} of ${forbidden.length} recorded connections stopped, ${open.length === 0 ? "every guardrail closed" : `${open.length} left open`}`,
    },
  ];
  const passed = checks.every((check) => check.passed);
  return { namespace, policies, passed, checks, counterexamples: [...lost, ...passing], open, scopes };
}

/** OpenShift SDN, which the legacy kind belongs to, has no IPv6. */
function isFiltered(policies: readonly EgressPolicy[], { address }: Edge): boolean {
  return address.family === 4 || policies.some(({ kind }) => kind !== "EgressNetworkPolicy");
}

interface Group {
  readonly scope: VerifiedScope;
  readonly regions: readonly OpenRegion[];
}

/** One group for each set of policies that decides for some workload; one for all pods where nothing was recorded. */
function groupsOf({ namespace, baseline, before, after, clusterNetworks }: NamespaceInput): readonly Group[] {
  const edges = [...baseline.sanctioned, ...baseline.notLearned.map(({ edge }) => edge)];
  const workloads = new Map(edges.map(({ workload }) => [formatWorkload(workload), workload] as const));
  const unknown: Workload = { kind: "", name: "" };
  const all = workloads.size === 0 ? [unknown] : [...workloads.values()];
  const byPolicy = Map.groupBy(all, (workload) => after.policiesOf(namespace, workload).certain);
  return [...byPolicy].map(([policy, own]) => {
    const regions = openRegions(policy, clusterNetworks);
    const old = before.policiesOf(namespace, own[0]!).certain;
    const names = new Set(own.map(formatWorkload));
    const seen = baseline.sanctioned.filter(({ workload }) => names.has(formatWorkload(workload)));
    return {
      regions,
      scope: {
        workloads: own.filter((workload) => workload !== unknown),
        before: effectiveExposure(old, openRegions(old, clusterNetworks)),
        after: effectiveExposure(policy, regions),
        beyond: beyondRecorded(regions, seen),
        unresolved: unresolvedIn(policy),
      },
    };
  });
}

function unresolvedIn({ firewall, networkPolicy }: EffectivePolicy): VerifiedScope["unresolved"] {
  return [firewall, networkPolicy].flatMap((half) =>
    half === undefined
      ? []
      : half.list.symbolic.flatMap(({ index }) => {
          const rule = half.list.rules[index]!;
          return rule.action === "allow" ? [{ policy: half.origins[index]!.policy, text: rule.text }] : [];
        }),
  );
}

function openGuardrails(regions: readonly OpenRegion[], { sets, policies }: NamespaceInput): readonly OpenGuardrail[] {
  const isLegacy = policies.every(({ kind }) => kind === "EgressNetworkPolicy");
  return sets.flatMap(({ reason, addresses: guarded }): readonly OpenGuardrail[] => {
    for (const { addresses, firewall, networkPolicy } of regions) {
      const both = intersectIp(addresses, guarded);
      const reached = isLegacy ? { v4: both.v4, v6: [] } : both;
      if (isEmptyIp(reached)) continue;
      return [{ reason, addresses: reached, by: firewall ?? networkPolicy ?? wideOpen }];
    }
    return [];
  });
}
