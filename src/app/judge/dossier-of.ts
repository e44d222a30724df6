import type { EgressPolicy } from "../../core/policy/model.ts";
import { formatWorkload } from "../../core/workload/workload.ts";
import { addressKey } from "../../pipeline/baseline/services/address-key.ts";
import type { Edge } from "../../pipeline/flows/edge.ts";
import { riskOf } from "../../pipeline/propose/risk.ts";
import type { Readiness } from "../../pipeline/suggest/readiness/readiness.ts";
import type { Check } from "../../pipeline/verify/verify-suggestion.ts";
import { type Dossier, mostDossierRows } from "../wire/dossier.ts";
import { differencesOf, replayOf } from "./compared.ts";
import { openGroups, widest } from "./exposure-of-set.ts";
import type { JudgedSet, NamespaceEvidence } from "./namespace-evidence.ts";
import { type ReasonOf, ruleEvidence } from "./rule-evidence.ts";
import { edgeView, exposureView, rounded } from "./wire-views.ts";

export interface DossierInput {
  readonly evidence: NamespaceEvidence;
  readonly before: JudgedSet;
  readonly after: JudgedSet;
  /** The object that changes, as it is in `after`; undefined where it is taken away. */
  readonly subject: EgressPolicy | undefined;
  readonly reasonOf: ReasonOf;
  readonly checks: readonly Check[];
  /** Traffic that was seen and is not allowed on purpose, or that the kind has no words for. */
  readonly notLearned: readonly { readonly edge: Edge; readonly because: string }[];
  readonly cautions: readonly string[];
  readonly readiness: Readiness | undefined;
}

/** What a proposal is judged by, as plain JSON of bounded size. The same input gives the same bytes. */
export function dossierOf(input: DossierInput): Dossier {
  const { evidence, before, after, subject, reasonOf, checks, notLearned, cautions, readiness } = input;
  const differences = differencesOf(before.policies, after.policies, evidence);
  const replay = replayOf(before, after, evidence);
  const exposureBefore = exposureView(widest(openGroups(before.world, evidence)));
  const exposureAfter = exposureView(widest(openGroups(after.world, evidence)));
  const told = [...evidence.harvest.warnings.map(({ message }) => message), ...cautions];
  const { window, samplingMax } = evidence.harvest;
  const risk = riskOf({
    checks,
    ...deniedOf(before, after, evidence, notLearned),
    newlyAllowed: replay.newlyAllowed,
    unknown: replay.unknown,
    isComparisonComplete: differences.isComparisonComplete,
    openedDifferences:
      differences.differences.filter(({ change }) => change === "newly allowed").length +
      differences.differencesLeftOut,
    connections: evidence.edges.length,
    readinessDay: readiness?.day,
    exposureBefore,
    exposureAfter,
    samplingMax,
    observedDays: window === undefined ? 0 : (window.lastMs - window.firstMs) / dayMs,
    cautions: told.length,
  });
  return {
    evidence: evidenceView(evidence),
    checks: checks.map(({ name, passed, detail }) => ({ name, passed, detail })),
    rules: subject === undefined ? [] : [...ruleEvidence(subject, after, evidence, reasonOf)],
    ...differences,
    replay,
    notLearned: notLearned
      .slice(0, mostDossierRows)
      .map(({ edge, because }) => ({ edge: edgeView(edge), reason: because })),
    notLearnedLeftOut: Math.max(0, notLearned.length - mostDossierRows),
    cautions: told.slice(0, mostDossierRows),
    readiness: readiness === undefined ? null : readinessView(readiness),
    exposureBefore,
    exposureAfter,
    risk: { level: risk.level, score: risk.score, reasons: [...risk.reasons] },
  };
}

const dayMs = 86_400_000;

/** What would be denied that is not now: what was left out on purpose told apart, because it is meant. */
function deniedOf(
  before: JudgedSet,
  after: JudgedSet,
  { edges }: NamespaceEvidence,
  notLearned: DossierInput["notLearned"],
): { readonly newlyDenied: number; readonly deniedFlows: number; readonly deniedOnPurpose: number } {
  const lost = edges.filter((_, i) => before.verdicts[i]!.kind === "allow" && after.verdicts[i]!.kind === "deny");
  const leftOut = new Set(notLearned.map(({ edge }) => connectionKey(edge)));
  const needed = lost.filter((edge) => !leftOut.has(connectionKey(edge)));
  return {
    newlyDenied: needed.length,
    deniedFlows: needed.reduce((sum, { flows }) => sum + flows, 0),
    deniedOnPurpose: lost.length - needed.length,
  };
}

function connectionKey({ workload, address, protocol, port }: Edge): string {
  return `${formatWorkload(workload)} ${addressKey(address)} ${protocol} ${port}`;
}

function evidenceView({ edges, harvest, digest }: NamespaceEvidence): Dossier["evidence"] {
  const { window, samplingMax } = harvest;
  return {
    fromMs: window?.firstMs ?? null,
    toMs: window?.lastMs ?? null,
    connections: edges.length,
    destinations: new Set(edges.map(({ address }) => addressKey(address))).size,
    workloads: new Set(edges.map(({ workload }) => formatWorkload(workload))).size,
    flows: edges.reduce((sum, { flows }) => sum + flows, 0),
    samplingMax,
    digest,
  };
}

function readinessView({ day, week, risks, missing }: Readiness): NonNullable<Dossier["readiness"]> {
  return {
    day: rounded(day),
    week: rounded(week),
    risks: risks.map((risk) => ({ kind: risk.kind, text: risk.text, week: rounded(risk.week) })),
    missing: missing.slice(0, mostDossierRows).map((each) => ({ text: each.text, workload: each.workload ?? null })),
  };
}
