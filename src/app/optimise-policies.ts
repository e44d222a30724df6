import { compile } from "../core/policy/compile.ts";
import { type Exposure, exposure } from "../core/policy/exposure.ts";
import { findingCatalogue } from "../core/policy/findings/catalogue.ts";
import type { EgressPolicy, Finding } from "../core/policy/model.ts";
import type { Guardrail } from "../pipeline/baseline/guardrails.ts";
import { indexKnowledge } from "../pipeline/baseline/knowledge/knowledge-index.ts";
import type { Knowledge } from "../pipeline/baseline/knowledge/knowledge.ts";
import { namespaceBaselines } from "../pipeline/baseline/namespace-baseline.ts";
import type { ClusterFacts } from "../pipeline/flows/cluster-facts.ts";
import type { Edge } from "../pipeline/flows/edge.ts";
import type { Harvest } from "../pipeline/flows/harvest.ts";
import type { Improvement } from "../pipeline/verify/optimise/improvement.ts";
import type { PolicyWorld } from "../pipeline/verify/policy-world.ts";
import { judge } from "../pipeline/verify/replay.ts";
import { acceptImprovements, type Accepted } from "./accept-improvements.ts";
import { findImprovements } from "./find-improvements.ts";
import { compareFindings } from "./lint-policies.ts";
import type { FileChange, PolicyFiles } from "./policy-files.ts";
import { ownerOf, type PolicyReading, type PolicyReadOptions } from "./policy-source.ts";
import { inForce, type RecordedWorld, recordedWorld } from "./recorded-world.ts";

export interface OptimiseRequest {
  /** Texts of the files by path, as they were read. */
  readonly texts: ReadonlyMap<string, string>;
  readonly options: PolicyReadOptions;
  readonly facts: ClusterFacts;
  /** Undefined: only what the policies say of themselves. */
  readonly harvest: Harvest | undefined;
  readonly guardrails: readonly Guardrail[];
  readonly knowledge: Knowledge;
  /** How long nothing must have needed a rule. */
  readonly unusedDays: number;
}

export interface OptimiseFinding extends Finding {
  /** The object it is about, and its written rule. */
  readonly policy: EgressPolicy;
  readonly rule: number | undefined;
  /** What the proven change does, `remove it`; undefined where none is offered. */
  readonly mend: string | undefined;
  /** Why none is offered. */
  readonly notMended: string | undefined;
}

/** One object before and after all changes. */
export interface OptimisedPolicy {
  readonly before: EgressPolicy;
  readonly after: EgressPolicy;
  readonly exposureBefore: Exposure;
  readonly exposureAfter: Exposure;
}

export interface OptimiseReport {
  /** As the policies stand, in order of file and place. */
  readonly findings: readonly OptimiseFinding[];
  /**
   * Changes that only the first ones made possible, such as merging what was narrowed, in the order they were made. Their
   * places are those of the objects: the rules are not in any file yet.
   */
  readonly further: readonly OptimiseFinding[];
  /** Every policy that was looked at. */
  readonly policies: readonly OptimisedPolicy[];
  /** Files that change, as they are after all offered changes. */
  readonly changes: readonly FileChange[];
  /** Whether recorded traffic was looked at. */
  readonly hasTraffic: boolean;
}

/** After so many rounds whatever is still found is left to the next run. */
const mostRounds = 12;

/**
 * Looks for what could be better, and changes it until nothing more is found: each change is made in the text, read back
 * and proven before it counts. A second run on the result finds none of what was mended.
 */
export function optimisePolicies(request: OptimiseRequest, files: PolicyFiles): OptimiseReport {
  const { texts: given, facts, harvest, options } = request;
  const edges = harvest?.edges ?? [];
  const world = recordedWorld(
    {
      edges,
      nameEvidence: harvest?.nameEvidence ?? [],
      clusterNetworks: harvest?.clusterNetworks ?? networksOf(facts),
    },
    facts,
  );
  const texts = new Map(given);
  const first = read(texts, options, files);
  const misread = misreadObjects(texts, options, files);
  let sanctioned = sanctionedByNamespace(request);
  const findings: OptimiseFinding[] = [];
  const further: OptimiseFinding[] = [];
  for (let round = 0, policies = first; round < mostRounds; round += 1) {
    // What an earlier change gave up as too long ago speaks against no later one, as it would not in a second run.
    const allowedToday = (sanctioned = allowedBy(world.worldOf(policies), sanctioned));
    const improvements = findImprovements(policies, world, request).map((one) =>
      misread.has(keyOf(one.policy)) ? leftAlone(one) : one,
    );
    const outcome = acceptImprovements(improvements, { ...request, policies, texts, files, world, allowedToday });
    // That rules could be one if only their order allowed it helps nobody.
    const told = improvements.filter((one) => one.code !== "rule_mergeable" || !outcome.refused.has(one));
    if (round === 0) findings.push(...told.map((one) => findingOf(one, outcome)));
    else further.push(...[...outcome.accepted].map((one) => atObject(findingOf(one, outcome), policies, first)));
    if (outcome.texts.size === 0) break;
    for (const [path, text] of outcome.texts) texts.set(path, text);
    policies = read(texts, options, files);
  }
  const last = read(texts, options, files);
  const looked = new Set(inForce(first));
  return {
    findings: findings.toSorted(compareFindings),
    further,
    policies: first.flatMap((before, i) => (looked.has(before) ? optimised(before, last[i]!, world) : [])),
    changes: [...given].flatMap(([path, before]) => {
      const after = texts.get(path)!;
      return after === before ? [] : [{ path, before, after }];
    }),
    hasTraffic: harvest !== undefined,
  };
}

function networksOf({ clusterNetworks, serviceNetworks }: ClusterFacts): Harvest["clusterNetworks"] {
  return { pods: clusterNetworks, services: serviceNetworks, origin: "dump" };
}

/** Objects keep their number and order through every change. */
function read(
  texts: ReadonlyMap<string, string>,
  options: PolicyReadOptions,
  files: PolicyFiles,
): readonly EgressPolicy[] {
  return [...texts].flatMap(
    ([path, text]): PolicyReading["policies"] => files.policiesIn(path, text, options).policies,
  );
}

/** Objects that do not work as they read: what their rules were meant to say is for their authors to tell. */
function misreadObjects(
  texts: ReadonlyMap<string, string>,
  options: PolicyReadOptions,
  files: PolicyFiles,
): ReadonlySet<string> {
  const owners = [...texts].flatMap(([path, text]) => {
    const { policies, findings } = files.policiesIn(path, text, options);
    return findings.flatMap(({ severity, at }) => (severity === "error" ? (ownerOf(at, policies) ?? []) : []));
  });
  return new Set(owners.map(keyOf));
}

/** The same through all changes, which leave such objects alone. */
function keyOf({ kind, namespace, name, at }: EgressPolicy): string {
  return JSON.stringify([kind, namespace, name, at.file]);
}

function leftAlone(improvement: Improvement): Improvement {
  const because = "the object has errors, so its rules do not mean what they say: mend what `postern lint` tells first";
  return { ...improvement, mend: { kind: "none", because } };
}

type EdgesByNamespace = ReadonlyMap<string, readonly Edge[]>;

function sanctionedByNamespace({ harvest, guardrails, knowledge }: OptimiseRequest): EdgesByNamespace {
  if (harvest === undefined) return new Map();
  const { edges, nameEvidence, window, samplingMax } = harvest;
  const evidence = { knowledge: indexKnowledge(knowledge), nameEvidence, window, samplingMax };
  const baselines = namespaceBaselines(edges, guardrails, evidence);
  return new Map(baselines.map(({ namespace, sanctioned }) => [namespace, sanctioned] as const));
}

function allowedBy(world: PolicyWorld, edges: EdgesByNamespace): EdgesByNamespace {
  const allowed = [...edges].map(
    ([namespace, own]) => [namespace, own.filter((edge) => judge(edge, world).kind === "allow")] as const,
  );
  return new Map(allowed);
}

function findingOf(improvement: Improvement, { accepted, refused }: Accepted): OptimiseFinding {
  const { code, policy, rule, message, mend } = improvement;
  const { severity, effect, fix } = findingCatalogue[code];
  const at = (rule === undefined ? undefined : policy.ruleLocations[rule]) ?? policy.at;
  const isOffered = mend.kind === "edits" && accepted.has(improvement);
  const because = mend.kind === "none" ? mend.because : refused.get(improvement);
  return {
    code,
    severity,
    at,
    message,
    effect,
    fix,
    policy,
    rule,
    mend: isOffered ? mend.text : undefined,
    notMended: isOffered ? undefined : (because ?? "another change of the same rules comes first"),
  };
}

function atObject(
  finding: OptimiseFinding,
  policies: readonly EgressPolicy[],
  first: readonly EgressPolicy[],
): OptimiseFinding {
  const policy = first[policies.indexOf(finding.policy)]!;
  return { ...finding, policy, at: policy.at, rule: undefined };
}

function optimised(before: EgressPolicy, after: EgressPolicy, { clusterNetworks }: RecordedWorld): OptimisedPolicy {
  const open = (policy: EgressPolicy): Exposure =>
    exposure(compile(policy, { excluded: clusterNetworks }), clusterNetworks);
  return { before, after, exposureBefore: open(before), exposureAfter: open(after) };
}
