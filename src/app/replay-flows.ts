import type { Action, EgressPolicy } from "../core/policy/model.ts";
import { selectsNamespace } from "../core/policy/subject.ts";
import type { ClusterFacts } from "../pipeline/flows/cluster-facts.ts";
import type { Edge } from "../pipeline/flows/edge.ts";
import type { Harvest } from "../pipeline/flows/harvest.ts";
import type { PolicyWorld } from "../pipeline/verify/policy-world.ts";
import { judge, type ReplayVerdict } from "../pipeline/verify/replay.ts";
import type { PolicyReading } from "./policy-source.ts";
import { recordedWorld } from "./recorded-world.ts";

export interface ReplayRequest {
  readonly harvest: Harvest;
  readonly facts: ClusterFacts;
  readonly policies: PolicyReading;
  /** What to compare with; without it, what the flow source itself observed. */
  readonly against: PolicyReading | undefined;
  /** Empty means every namespace. */
  readonly namespaces: readonly string[];
}

/** What happened to a group before: judged by other policies, or observed. */
export type ReplayBefore =
  | { readonly from: "policies"; readonly verdict: ReplayVerdict }
  | { readonly from: "source"; readonly kind: Action };

/** Flows of one workload to one destination, protocol and port. */
export interface ReplayGroup {
  readonly edge: Edge;
  readonly before: ReplayBefore;
  readonly after: ReplayVerdict;
  /** `broken`: was not denied and would be; `doubtful`: the answer is unknown and was not; `opened`: the other way round. */
  readonly outcome: "kept" | "broken" | "doubtful" | "opened";
}

export interface ReplayCount {
  readonly groups: number;
  readonly flows: number;
}

export interface ReplayReport {
  /** Broken first, then doubtful, opened and kept; otherwise in the order of the edges. */
  readonly groups: readonly ReplayGroup[];
  readonly counts: Readonly<Record<ReplayGroup["outcome"], ReplayCount>>;
  readonly after: Readonly<Record<"allow" | "deny" | "unknown", ReplayCount>>;
  /** Flows of namespaces that no policy speaks of. */
  readonly ungoverned: ReplayCount;
}

const outcomes: readonly ReplayGroup["outcome"][] = ["broken", "doubtful", "opened", "kept"];

/** Judges recorded traffic by a set of policies, against another set or what was observed. */
export function replayFlows({ harvest, facts, policies, against, namespaces }: ReplayRequest): ReplayReport {
  const wanted = new Set(namespaces);
  const edges = harvest.edges.filter(({ namespace }) => wanted.size === 0 || wanted.has(namespace));
  const recorded = recordedWorld(harvest, facts);
  const after = recorded.worldOf(policies.policies);
  const before = against === undefined ? undefined : recorded.worldOf(against.policies);
  const groups = edges.map((edge) => groupOf(edge, before, after));
  const governed = governedNamespaces(policies.policies, facts);
  const countOf = (chosen: readonly ReplayGroup[]): ReplayCount => ({
    groups: chosen.length,
    flows: chosen.reduce((sum, { edge }) => sum + edge.flows, 0),
  });
  const byOutcome = (outcome: ReplayGroup["outcome"]): ReplayCount =>
    countOf(groups.filter((group) => group.outcome === outcome));
  const byVerdict = (kind: ReplayVerdict["kind"]): ReplayCount =>
    countOf(groups.filter((group) => group.after.kind === kind));
  return {
    groups: outcomes.flatMap((outcome) => groups.filter((group) => group.outcome === outcome)),
    counts: {
      kept: byOutcome("kept"),
      broken: byOutcome("broken"),
      doubtful: byOutcome("doubtful"),
      opened: byOutcome("opened"),
    },
    after: { allow: byVerdict("allow"), deny: byVerdict("deny"), unknown: byVerdict("unknown") },
    ungoverned: countOf(groups.filter(({ edge }) => !governed(edge.namespace))),
  };
}

/** Tells namespaces for which some policy is, or may be. */
function governedNamespaces(policies: readonly EgressPolicy[], facts: ClusterFacts): (namespace: string) => boolean {
  const labels = new Map(facts.namespaces.map((each) => [each.name, each.labels]));
  const own = new Set(policies.map(({ namespace }) => namespace));
  const clusterWide = policies.filter(({ namespace }) => namespace === "");
  const isGoverned = (namespace: string): boolean =>
    own.has(namespace) ||
    clusterWide.some((policy) => selectsNamespace(policy, namespace, labels.get(namespace)) !== false);
  const known = new Map<string, boolean>();
  return (namespace) => {
    let answer = known.get(namespace);
    if (answer === undefined) known.set(namespace, (answer = isGoverned(namespace)));
    return answer;
  };
}

function groupOf(edge: Edge, before: PolicyWorld | undefined, after: PolicyWorld): ReplayGroup {
  const verdict = judge(edge, after);
  const was: ReplayBefore =
    before === undefined
      ? { from: "source", kind: edge.verdict === "denied" || edge.verdict === "unanswered" ? "deny" : "allow" }
      : { from: "policies", verdict: judge(edge, before) };
  const old = was.from === "source" ? was.kind : was.verdict.kind;
  return { edge, before: was, after: verdict, outcome: outcomeOf(old, verdict.kind) };
}

function outcomeOf(before: ReplayVerdict["kind"], after: ReplayVerdict["kind"]): ReplayGroup["outcome"] {
  if (before === after) return "kept";
  if (before === "deny") return after === "allow" ? "opened" : "doubtful";
  if (after === "deny") return "broken";
  return after === "unknown" ? "doubtful" : "kept";
}
