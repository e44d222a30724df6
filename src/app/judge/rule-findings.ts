import { createHash } from "node:crypto";
import { matchesName } from "../../core/net/name-pattern.ts";
import { findingCatalogue } from "../../core/policy/findings/catalogue.ts";
import type { EgressPolicy, Finding, SourceLocation } from "../../core/policy/model.ts";
import type { Improvement } from "../../pipeline/verify/optimise/improvement.ts";
import { acceptImprovements } from "../accept-improvements.ts";
import { canonicalJson } from "../audit/canonical-json.ts";
import { findImprovements } from "../find-improvements.ts";
import { lintPolicies } from "../lint-policies.ts";
import { ownerOf } from "../policy-source.ts";
import type { StoredFinding } from "../state/namespaces.ts";
import type { RuleFinding } from "../wire/rules.ts";
import type { JudgePorts } from "./judge-ports.ts";
import { type LiveReading, withContext } from "./live-policies.ts";
import type { JudgedSet, NamespaceEvidence } from "./namespace-evidence.ts";
import { severityView } from "./wire-views.ts";

/** Days without traffic after which a rule is looked at as one that nobody needs. */
export const unusedDays = 30;
/** Proofs of one review: each change is made, read back and proven by itself. */
const mostProofs = 100;
const mostFindings = 2_000;

/** What is wrong with the rules in force, each with the text that mends it and nothing else, where that is proven. */
export interface RuleFindings {
  readonly stored: readonly StoredFinding[];
  /** By the path of the object, for the pages of one namespace. */
  readonly ofObject: ReadonlyMap<string, readonly Finding[]>;
}

interface Found {
  readonly policy: EgressPolicy;
  readonly rule: number | undefined;
  readonly finding: Finding;
  readonly improvement: Improvement | undefined;
}

/** @param ports undefined: fixes are not looked for */
export function ruleFindings(
  live: LiveReading,
  today: JudgedSet,
  evidence: NamespaceEvidence,
  ports: JudgePorts | undefined,
): RuleFindings {
  // Objects of the whole cluster are reviewed with every namespace, and mended with none.
  const own = live.objects.filter(({ live: { namespace } }) => namespace === evidence.where.namespace);
  const policies = own.flatMap((object) => object.policies);
  const reading = {
    policies: live.policies,
    findings: own.flatMap(({ findings }) => findings),
    files: own.map(({ path }) => path),
    fileCount: own.length,
    unreadable: [],
  };
  const harvest = evidence.edges.length === 0 ? undefined : evidence.harvest;
  const lint = lintPolicies({ reading, facts: evidence.facts, harvest }).findings;
  const options = { facts: evidence.facts, harvest, guardrails: evidence.guardrails, unusedDays };
  const isOwn = new Set(policies);
  const improvements = findImprovements(live.policies, evidence.recorded, options).filter(({ policy }) =>
    isOwn.has(policy),
  );
  const better = improvements.map((improvement): Found => {
    const { code, policy, rule, message } = improvement;
    const { severity, effect, fix } = findingCatalogue[code];
    const at = (rule === undefined ? undefined : policy.ruleLocations[rule]) ?? policy.at;
    return { policy, rule, finding: { code, severity, at, message, effect, fix }, improvement };
  });
  const told = new Set(better.map(({ policy, rule, finding }) => placeKey(policy, rule, finding.code)));
  const plain = lint.flatMap((finding): Found[] => {
    const policy = ownerOf(finding.at, policies);
    if (policy === undefined) return [];
    const rule = ruleAt(policy, finding.at);
    if (told.has(placeKey(policy, rule, finding.code))) return [];
    return [{ policy, rule, finding, improvement: undefined }];
  });
  const all = [...better, ...plain].slice(0, mostFindings);
  const fixes = ports === undefined ? noFixes : provenFixes(all, live, today, evidence, ports);
  const ids = new Map<string, number>();
  const stored = all.map((found) => storedFinding(found, fixes.get(found), today, evidence, ids));
  return {
    stored,
    ofObject: Map.groupBy(
      all.map(({ finding }) => finding),
      ({ at }) => at.file,
    ),
  };
}

function placeKey(policy: EgressPolicy, rule: number | undefined, code: string): string {
  return JSON.stringify([policy.at.file, rule ?? -1, code]);
}

/** The rule that a place is in; undefined for the object as a whole. */
function ruleAt({ ruleLocations }: EgressPolicy, { path }: SourceLocation): number | undefined {
  const at = ruleLocations.findIndex(
    (own) =>
      own.path !== "" && (path === own.path || path.startsWith(`${own.path}.`) || path.startsWith(`${own.path}[`)),
  );
  return at < 0 ? undefined : at;
}

const noFixes: ReadonlyMap<Found, Fix> = new Map();

interface Fix {
  readonly text: string;
  readonly manifest: string;
}

function provenFixes(
  all: readonly Found[],
  live: LiveReading,
  today: JudgedSet,
  evidence: NamespaceEvidence,
  ports: JudgePorts,
): ReadonlyMap<Found, Fix> {
  const needed = new Set(evidence.baseline.sanctioned);
  const allowed = evidence.edges.filter((edge, i) => needed.has(edge) && today.verdicts[i]!.kind === "allow");
  const context = {
    policies: live.policies,
    files: { ...ports.texts, readText: unused, replace: unused },
    options: {},
    world: evidence.recorded,
    facts: evidence.facts,
    guardrails: evidence.guardrails,
    allowedToday: new Map([[evidence.where.namespace, allowed]]),
  };
  const fixes = new Map<Found, Fix>();
  let proofs = 0;
  for (const found of all) {
    const { improvement } = found;
    if (improvement?.mend.kind !== "edits") continue;
    const object = live.objects.find(({ path }) => path === improvement.policy.at.file);
    // What does not work as it reads is for its authors to tell; and what stands with others is not edited alone.
    if (object === undefined || object.policies.length !== 1 || object.findings.some(isError)) continue;
    const { manifest } = object.live;
    // Behind the object stands what it points to, which is no part of it.
    if (withContext(manifest, live.context) !== manifest) continue;
    proofs += 1;
    if (proofs > mostProofs) break;
    const texts = new Map([[object.path, manifest]]);
    const changed = acceptImprovements([improvement], { ...context, texts }).texts.get(object.path);
    if (changed !== undefined) fixes.set(found, { text: improvement.mend.text, manifest: changed });
  }
  return fixes;
}

function unused(): never {
  throw new Error("texts of the judge stand in no file");
}

function isError({ severity }: Finding): boolean {
  return severity === "error";
}

const problems: Readonly<Record<string, RuleFinding["problem"]>> = {
  rule_unused: "zombie",
  rule_shadowed: "shadowed",
  np_rule_redundant: "redundant",
  rule_redundant: "redundant",
  rule_mergeable: "redundant",
  rule_over_broad: "over-broad",
  rule_contradicted: "conflict",
  rule_conflicting: "conflict",
};

/** A name that nobody was seen to resolve may not exist any more: that is another errand than a service that rests. */
function problemOf(
  code: string,
  { rules }: EgressPolicy,
  rule: number | undefined,
  { harvest, edges }: NamespaceEvidence,
): RuleFinding["problem"] {
  const problem = problems[code] ?? "other";
  const own = rules.filter(({ written }) => written === rule);
  if (problem !== "zombie" || own.length === 0) return problem;
  const isDead = own.every(({ to }) => {
    if (to.kind !== "name") return false;
    const { pattern } = to;
    const isHeard = (name: string): boolean => matchesName(pattern, name);
    return !harvest.nameEvidence.some(({ name }) => isHeard(name)) && !edges.some(({ names }) => names.some(isHeard));
  });
  return isDead ? "dead-name" : problem;
}

function storedFinding(
  { policy, rule, finding }: Found,
  fix: Fix | undefined,
  { verdicts }: JudgedSet,
  evidence: NamespaceEvidence,
  ids: Map<string, number>,
): StoredFinding {
  const { where, edges } = evidence;
  const { kind, name } = policy;
  const { code, message, effect } = finding;
  const severity = severityView(finding.severity);
  const ruleText = rule === undefined ? "" : textOf(policy, rule);
  let last = -Infinity;
  if (rule !== undefined) {
    for (const [i, { halves }] of verdicts.entries()) {
      if (halves.some((half) => half.policy === policy && half.rule === rule)) {
        last = Math.max(last, edges[i]!.lastSeenMs ?? -Infinity);
      }
    }
  }
  const lastHitMs = last === -Infinity ? undefined : last;
  const base = createHash("sha256")
    .update(JSON.stringify([where.cluster, where.namespace, kind, name, ruleText, code]))
    .digest("hex")
    .slice(0, 24);
  const turn = ids.get(base) ?? 0;
  ids.set(base, turn + 1);
  const body: RuleFinding = {
    id: turn === 0 ? `f-${base}` : `f-${base}-${turn}`,
    cluster: where.cluster,
    namespace: where.namespace,
    kind,
    policyName: name,
    rule: rule ?? null,
    ruleText,
    problem: problemOf(code, policy, rule, evidence),
    code,
    severity,
    message,
    effect,
    fix: fix?.text ?? null,
    lastHitMs: lastHitMs ?? null,
    proposal: null,
  };
  return {
    id: body.id,
    where,
    problem: body.problem,
    severity,
    lastHitMs,
    body: canonicalJson(body),
    fixedManifest: fix?.manifest,
  };
}

function textOf({ rules }: EgressPolicy, written: number): string {
  const [first = "", ...more] = rules.filter((rule) => rule.written === written).map(({ text }) => text);
  return more.length === 0 ? first : `${first} and ${more.length} more`;
}
