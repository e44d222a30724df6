import { alone } from "../../core/policy/alone.ts";
import { compile } from "../../core/policy/compile.ts";
import type { EgressPolicy, Finding } from "../../core/policy/model.ts";
import { formatPolicyName } from "../../core/policy/namespace-policies.ts";
import type { NotExpressible } from "../../pipeline/suggest/draft-input.ts";
import { splitApiServer } from "../../pipeline/suggest/draft-parts.ts";
import { notExpressibleIn } from "../../pipeline/suggest/not-expressible.ts";
import { verifySuggestion } from "../../pipeline/verify/verify-suggestion.ts";
import { lintPolicies } from "../lint-policies.ts";
import type { FindingView } from "../wire/list.ts";
import { dossierOf } from "./dossier-of.ts";
import type { JudgePorts } from "./judge-ports.ts";
import type { Judged, JudgeAsk } from "./judge.ts";
import { type LiveReading, textKey, withContext } from "./live-policies.ts";
import { misplaced } from "./misplaced.ts";
import type { JudgedSet, NamespaceEvidence } from "./namespace-evidence.ts";
import { readinessOfText } from "./readiness-of-text.ts";
import { replaced } from "./replaced.ts";
import { noReasons } from "./rule-evidence.ts";
import { basePath } from "./suggest-draft.ts";
import { findingView } from "./wire-views.ts";

const path = "policy.yaml";
/** Findings of one text that are told. */
const mostFindings = 1_000;

/** Judges what somebody writes by all that was recorded and is in force. An empty text takes the base's object away. */
export function judgeText(ask: JudgeAsk, evidence: NamespaceEvidence, live: LiveReading, ports: JudgePorts): Judged {
  const { texts } = ports;
  const base = readBase(ask.baseManifest, live, ports);
  const beforeKey = textKey([live.key, ask.baseManifest ?? ""]);
  const before = evidence.judgedBy(beforeKey, live, () => replaced(live.policies, base));
  if (ask.manifest.trim() === "") return removal(base, before, evidence);
  const troubles = texts.troublesIn(ask.manifest).map(({ code, message, line, column }): FindingView => ({
    code,
    severity: "error",
    message,
    fix: "",
    ...(line === undefined ? {} : { line }),
    ...(column === undefined ? {} : { column }),
  }));
  const reading = texts.policiesIn(path, withContext(ask.manifest, live.context), {});
  const lint = lintPolicies({ reading, facts: evidence.facts, harvest: evidence.harvest });
  const subjects = reading.policies;
  const refusal = troubles.length > 0 ? [] : misplaced(subjects, texts.othersIn(ask.manifest), ask, live);
  const findings = [...troubles, ...refusal, ...lint.findings.map(findingView)].slice(0, mostFindings);
  const [subject] = subjects;
  if (subject === undefined || troubles.length > 0 || refusal.some(isError)) {
    return { findings, policy: undefined, dossier: undefined, exposure: undefined };
  }
  const after = evidence.judgedOnce(replaced(before.policies, subjects, base));
  const unsayable = unsayableOf(subject, after, evidence);
  const checks = checksOf(subject, reading.findings, unsayable, evidence);
  const dossier = dossierOf({
    evidence,
    before,
    after,
    subject,
    reasonOf: noReasons,
    checks,
    notLearned: [...unsayable, ...evidence.baseline.notLearned],
    cautions: cautionsOf(subject, live),
    readiness: readinessOfText(subject, after, evidence),
  });
  const { kind, name, namespace } = subject;
  return { findings, policy: { kind, name, namespace }, dossier, exposure: dossier.exposureAfter };
}

function isError({ severity }: FindingView): boolean {
  return severity === "error";
}

function readBase(baseManifest: string | undefined, live: LiveReading, { texts }: JudgePorts): readonly EgressPolicy[] {
  if (baseManifest === undefined || baseManifest.trim() === "") return [];
  return texts.policiesIn(basePath, withContext(baseManifest, live.context), {}).policies;
}

/** As for a suggestion: what the kind has no words for is not asked of the text, unless the text opens far more and lets it through. */
function unsayableOf(
  { kind }: EgressPolicy,
  after: JudgedSet,
  { baseline, facts, edges }: NamespaceEvidence,
): readonly NotExpressible[] {
  const allowed = new Set(edges.filter((_, i) => after.verdicts[i]!.kind === "allow"));
  const { others } = splitApiServer(baseline.sanctioned, facts);
  return notExpressibleIn(kind, others).filter(({ edge }) => !allowed.has(edge));
}

function checksOf(
  policy: EgressPolicy,
  findings: readonly Finding[],
  unsayable: readonly NotExpressible[],
  { baseline, guardrails, recorded }: NamespaceEvidence,
): ReturnType<typeof verifySuggestion>["checks"] {
  const { clusterNetworks } = recorded;
  const { checks } = verifySuggestion({
    policy,
    findings,
    baseline,
    exempt: new Set(unsayable.map(({ edge }) => edge)),
    guardrails,
    compiled: compile(alone(policy), { excluded: clusterNetworks }),
    world: recorded.worldOf([policy]),
    clusterNetworks,
  });
  return checks;
}

function cautionsOf(policy: EgressPolicy, live: LiveReading): readonly string[] {
  return [
    ...(policy.notApplied === undefined ? [] : [`the cluster would not apply the policy: ${policy.notApplied}`]),
    ...(live.isKnown ? [] : ["the cluster cannot be asked, so what else is in force is not known"]),
  ];
}

function removal(base: readonly EgressPolicy[], before: JudgedSet, evidence: NamespaceEvidence): Judged {
  const [gone] = base;
  if (gone === undefined) {
    const message = "the text is empty, and there is nothing that it could take away";
    const finding: FindingView = { code: "judge_no_policy", severity: "error", message, fix: "write a policy" };
    return { findings: [finding], policy: undefined, dossier: undefined, exposure: undefined };
  }
  const after = evidence.judgedOnce(replaced(before.policies, [], base));
  const dossier = dossierOf({
    evidence,
    before,
    after,
    subject: undefined,
    reasonOf: noReasons,
    checks: [],
    notLearned: [],
    cautions: [`${formatPolicyName(gone)} is taken away: what it denies is open unless another policy denies it`],
    readiness: undefined,
  });
  const { kind, name, namespace } = gone;
  return { findings: [], policy: { kind, name, namespace }, dossier, exposure: dossier.exposureAfter };
}
