import type { ObjectChange } from "../core/policy/compare-sets.ts";
import type { Exposure } from "../core/policy/exposure.ts";
import { contextKindOf } from "../core/policy/kinds/calico/context.ts";
import type { Manifest } from "../core/policy/manifest.ts";
import type { EgressPolicy, Finding, Severity, SourceLocation } from "../core/policy/model.ts";
import { policyKindOf } from "../core/policy/read-policy.ts";
import { indexKnowledge } from "../pipeline/baseline/knowledge/knowledge-index.ts";
import { namespaceBaselines } from "../pipeline/baseline/namespace-baseline.ts";
import type { ClusterFacts } from "../pipeline/flows/cluster-facts.ts";
import type { Harvest } from "../pipeline/flows/harvest.ts";
import type { ApprovalRequirement } from "../pipeline/propose/law/approvals.ts";
import { ticketIn } from "../pipeline/propose/law/ticket-pattern.ts";
import { type Risk, riskOf } from "../pipeline/propose/risk.ts";
import { changedObjects } from "./check-changes.ts";
import { diffPolicies, type DiffReport } from "./diff-policies.ts";
import { builtInKnowledge } from "./knowledge-source.ts";
import type { RegoEngine } from "./law/clause-engines.ts";
import { judgeCases, type LawToAsk, type ObjectCase } from "./law/judge-cases.ts";
import type { LawInput } from "./law/law-judge.ts";
import { lintPolicies } from "./lint-policies.ts";
import { guardrailsOf } from "./organisation-guardrails.ts";
import { ownerOf, type PolicyReading, readPolicySet } from "./policy-source.ts";
import { replayFlows, type ReplayGroup, type ReplayReport } from "./replay-flows.ts";
import type { LawVerdict } from "./wire/proposals.ts";

/** What people said of the change, where they did: a pull request's text stands for a proposal's. */
export interface ChangeWords {
  readonly justification: string;
  readonly ticket: string;
  readonly expiresAtMs: number | undefined;
}

export interface CheckRequest {
  /** All policies as they would be, with the objects they are read from. */
  readonly after: CheckSide;
  /** As they are; undefined: everything is new. */
  readonly before: CheckSide | undefined;
  readonly cluster: string;
  readonly facts: ClusterFacts;
  readonly harvest: Harvest | undefined;
  readonly laws: readonly LawToAsk[];
  readonly rego: RegoEngine | undefined;
  readonly words: ChangeWords | undefined;
  readonly failOn: Severity;
  readonly nowMs: number;
}

export interface CheckSide {
  readonly reading: PolicyReading;
  readonly manifests: readonly Manifest[];
}

export interface PlacedVerdict extends LawVerdict {
  /** The rule, or the object; of an object that is gone, where it stood. */
  readonly at: SourceLocation;
}

export interface CheckedObject {
  readonly change: Exclude<ObjectChange, "unchanged">;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly at: SourceLocation;
  readonly verdicts: readonly PlacedVerdict[];
  readonly approvals: readonly ApprovalRequirement[];
}

export interface CheckReport {
  readonly passed: boolean;
  readonly objects: readonly CheckedObject[];
  /** Of objects that change. */
  readonly findings: readonly Finding[];
  readonly diff: DiffReport;
  /** Undefined without recorded flows. */
  readonly replay: CheckedReplay | undefined;
  readonly risk: Risk;
  /** Whether clauses about the words that go with the change were judged. */
  readonly isJudgedByWords: boolean;
}

/** Recorded connections, of which only those that a policy should allow are missed when they are stopped. */
export interface CheckedReplay {
  readonly broken: readonly ReplayGroup[];
  /** Whose verdict is no longer known. */
  readonly doubtful: readonly ReplayGroup[];
  /** Scans, one-off failures and what is forbidden: stopping them is the point. */
  readonly stoppedOnPurpose: number;
  readonly opened: number;
  readonly kept: number;
  readonly report: ReplayReport;
}

const rank: Readonly<Record<Severity, number>> = { note: 0, warning: 1, error: 2 };

/** Judges a change of files as the server judges a proposal: by its faults, the law, what it changes, and what recorded traffic would feel. */
export async function checkPolicies(request: CheckRequest): Promise<CheckReport> {
  const { after, before, facts, harvest } = request;
  const words = request.words && wordsFor(request.words, request.laws);
  const old = before?.reading ?? { ...after.reading, policies: [], findings: [], files: [], unreadable: [] };
  const diff = diffPolicies({ before: old, after: after.reading, facts });
  const [written, replaced] = [objectsOf(after), before === undefined ? new Map<string, unknown>() : objectsOf(before)];
  const values = new Map([
    ...old.policies.map((policy) => [policy, valueIn(replaced, policy)] as const),
    ...after.reading.policies.map((policy) => [policy, valueIn(written, policy)] as const),
  ]);
  const valueOf = (policy: EgressPolicy | undefined): unknown => (policy && values.get(policy)) ?? null;
  const changes = changedObjects(diff, old.policies, after.reading.policies, valueOf);
  const changed = new Set(changes.flatMap(({ after: own }) => own ?? []));
  const linted = lintPolicies({ reading: after.reading, facts, harvest: undefined }).findings;
  // What was wrong before somebody else's change is not theirs to mend; what no policy can be read from is.
  const findings = linted.filter(({ at }) => {
    const owner = ownerOf(at, after.reading.policies);
    return owner === undefined || changed.has(owner);
  });
  const replay = harvest === undefined ? undefined : checkedReplay(request, harvest, old);
  const base = riskOf(riskInputOf(diff, findings, replay, harvest));
  const objects: CheckedObject[] = [];
  for (const { change, after: now, before: then } of changes) {
    const policy = (now ?? then)!;
    const given = caseOf({ ...request, words }, now, then, valueOf(now), valueOf(then), base.level);
    // One object after another keeps an OPA from being asked everything at once.
    const answer = await judgeCases(request.laws, [given], inputOf({ ...request, words }, policy), request.rego);
    const place = (rule: number | null): SourceLocation =>
      (rule === null ? undefined : now?.ruleLocations[rule]) ?? policy.at;
    const { kind, namespace, name, at } = policy;
    const verdicts = answer.verdicts.map((verdict) => ({ ...verdict, at: place(verdict.rule) }));
    objects.push({
      change,
      kind,
      namespace,
      name,
      at,
      verdicts,
      approvals: answer.approvals,
    });
  }
  const verdicts = objects.flatMap((own) => own.verdicts);
  const breaches = verdicts.filter(({ effect }) => effect === "forbids").length;
  const risk = riskOf({
    ...riskInputOf(diff, findings, replay, harvest),
    lawBreaches: breaches,
    lawWarnings: verdicts.length - breaches,
  });
  const isFaulty = findings.some(({ severity }) => rank[severity] >= rank[request.failOn]);
  const isBreaking = (replay?.broken.length ?? 0) > 0;
  const passed = breaches === 0 && !isFaulty && !isBreaking && after.reading.unreadable.length === 0;
  return { passed, objects, findings, diff, replay, risk, isJudgedByWords: request.words !== undefined };
}

function checkedReplay({ after, facts }: CheckRequest, harvest: Harvest, old: PolicyReading): CheckedReplay {
  const report = replayFlows({ harvest, facts, policies: after.reading, against: old, namespaces: [] });
  const { edges, nameEvidence, window, samplingMax } = harvest;
  const evidence = { knowledge: indexKnowledge(builtInKnowledge), nameEvidence, window, samplingMax };
  const baselines = namespaceBaselines(edges, guardrailsOf([], builtInKnowledge), evidence);
  const sanctioned = new Set(baselines.flatMap((own) => own.sanctioned));
  const needed = (outcome: ReplayGroup["outcome"]): readonly ReplayGroup[] =>
    report.groups.filter((group) => group.outcome === outcome && sanctioned.has(group.edge));
  const broken = needed("broken");
  return {
    broken,
    doubtful: needed("doubtful"),
    stoppedOnPurpose: report.counts.broken.groups - broken.length,
    opened: report.counts.opened.groups,
    kept: report.counts.kept.groups,
    report,
  };
}

function objectsOf({ manifests }: CheckSide): ReadonlyMap<string, unknown> {
  const own = manifests.filter(({ value }) => policyKindOf(value) !== undefined);
  return new Map(own.map(({ value, locate }) => [placeKey(locate([])), value] as const));
}

/** The object that a policy was read from: both know their place. */
function valueIn(objects: ReadonlyMap<string, unknown>, { at }: EgressPolicy): unknown {
  return objects.get(placeKey(at)) ?? null;
}

function placeKey({ file, line, column }: SourceLocation): string {
  return `${line}:${column} ${file}`;
}

function caseOf(
  { cluster, words, nowMs, after }: CheckRequest,
  policy: EgressPolicy | undefined,
  base: EgressPolicy | undefined,
  object: unknown,
  oldObject: unknown,
  risk: Risk["level"],
): ObjectCase {
  const { namespace } = (policy ?? base)!;
  // Without words, clauses about them are left to whoever has them, and that is told.
  const proposal =
    words === undefined
      ? undefined
      : ({ ...words, origin: "edited", author: undefined, editors: [], approvers: [] } as const);
  const beside = after.reading.policies;
  return { cluster, namespace, policy, base, beside, proposal, risk, nowMs, object, oldObject };
}

/** In a pull request the ticket stands in its title, among other words. */
function wordsFor(words: ChangeWords, laws: readonly LawToAsk[]): ChangeWords {
  const demands = laws.flatMap(({ law }) => law.clauses.map(({ demand }) => demand));
  const patterns = demands.flatMap((demand) => (demand.kind === "ticket" ? [demand.pattern] : []));
  return { ...words, ticket: ticketIn(words.ticket, patterns) };
}

function inputOf({ cluster, words, nowMs }: CheckRequest, { kind, namespace, name }: EgressPolicy): LawInput {
  const nobody = { subject: "", name: "" };
  return {
    cluster,
    namespace,
    kind,
    policyName: name,
    manifest: "",
    baseManifest: undefined,
    dossier: undefined,
    origin: "edited",
    author: nobody,
    editors: [],
    approvers: [],
    justification: words?.justification ?? "",
    ticket: words?.ticket ?? "",
    labels: [],
    expiresAtMs: words?.expiresAtMs,
    nowMs,
  };
}

const dayMs = 86_400_000;

function riskInputOf(
  diff: DiffReport,
  findings: readonly Finding[],
  replay: CheckedReplay | undefined,
  harvest: Harvest | undefined,
): Parameters<typeof riskOf>[0] {
  const scopes = diff.namespaces.flatMap((own) => own.scopes);
  const widest = (side: "before" | "after"): Exposure[] => scopes.map((scope) => scope[side].exposure);
  const window = harvest?.window;
  return {
    checks: [
      { name: "a cluster applies them", passed: !findings.some(({ severity }) => severity === "error") },
      { name: "all recorded traffic passes", passed: (replay?.broken.length ?? 0) === 0 },
    ],
    newlyDenied: replay?.broken.length ?? 0,
    newlyAllowed: replay?.opened ?? 0,
    deniedOnPurpose: replay?.stoppedOnPurpose ?? 0,
    unknown: replay?.doubtful.length ?? 0,
    deniedFlows: replay?.broken.reduce((sum, { edge }) => sum + edge.flows, 0) ?? 0,
    isComparisonComplete: diff.isComplete,
    openedDifferences: diff.newlyAllowed,
    connections: replay?.report.groups.length ?? 0,
    readinessDay: undefined,
    exposureBefore: largest(widest("before")),
    exposureAfter: largest(widest("after")),
    samplingMax: harvest?.samplingMax ?? 1,
    observedDays: window === undefined ? 0 : (window.lastMs - window.firstMs) / dayMs,
    cautions: findings.filter(({ severity }) => severity === "warning").length,
  };
}

/** The place that leaves most open speaks for all. */
function largest(exposures: readonly Exposure[]): {
  readonly v4: number | null;
  readonly v6: number | null;
  readonly unresolvedRules: number;
} {
  const most = (powers: readonly (number | undefined)[]): number | null => {
    const known = powers.filter((power) => power !== undefined);
    return known.length === 0 ? null : Math.max(...known);
  };
  return {
    v4: most(exposures.map(({ v4 }) => v4)),
    v6: most(exposures.map(({ v6 }) => v6)),
    unresolvedRules: exposures.reduce((sum, own) => sum + own.unresolvedRules, 0),
  };
}

/** One side of a change from the objects of its files. */
export function sideOf(manifests: readonly Manifest[], dnsNameResolver: boolean): CheckSide {
  const own = manifests.filter(({ value }) => policyKindOf(value) !== undefined || contextKindOf(value) !== undefined);
  const files = new Set(own.map(({ locate }) => locate([]).file)).size;
  return { reading: readPolicySet(own, files, [], { dnsNameResolver }), manifests: own };
}
