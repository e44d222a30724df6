import { parseIp } from "../core/net/ip.ts";
import { workloadKey } from "../core/workload/workload.ts";
import { borrowedEdges, borrowedNames } from "../pipeline/baseline/likeness/borrowed-edges.ts";
import {
  type Expectation,
  type ExpectedService,
  expectedServices,
} from "../pipeline/baseline/likeness/expected-services.ts";
import { namedElsewhere } from "../pipeline/baseline/likeness/named-elsewhere.ts";
import { traitsOfCluster, type WorkloadTraits } from "../pipeline/baseline/likeness/traits.ts";
import { namespaceBaselines } from "../pipeline/baseline/namespace-baseline.ts";
import { groupServices } from "../pipeline/baseline/services/group-services.ts";
import type { ServiceUse } from "../pipeline/baseline/services/service-use.ts";
import { splitApiServer } from "../pipeline/suggest/draft-parts.ts";
import { suggestContext } from "./suggest-context.ts";
import {
  type ManifestPort,
  type RefusedSuggestion,
  suggestPolicies,
  type Suggestion,
  type SuggestRequest,
} from "./suggest-policies.ts";

export interface OnboardRequest {
  /** What was recorded of other namespaces, and how a policy is to be made. */
  readonly learning: Omit<SuggestRequest, "namespaces">;
  readonly namespace: string;
  /** What is known of the namespace's workloads; empty where nothing is, and then nothing is expected. */
  readonly newcomers: readonly WorkloadTraits[];
  /** Services with at least this chance of being needed are allowed, 0 to 1. */
  readonly atLeast: number;
}

export interface Onboarding {
  readonly namespace: string;
  readonly newcomers: readonly WorkloadTraits[];
  readonly neighbours: Expectation["neighbours"];
  /** Highest confidence first. */
  readonly allowed: readonly ExpectedService[];
  /** Used by workloads like these, and not likely enough. */
  readonly left: readonly ExpectedService[];
  /** Workloads whose traffic was there to learn from. */
  readonly known: number;
  /** Undefined where nothing is expected with enough confidence, or the policy failed its proof. */
  readonly suggestion: Suggestion | undefined;
  readonly refused: RefusedSuggestion | undefined;
}

/**
 * A first allowlist for a namespace that has sent nothing yet, from what workloads like its own use elsewhere. The policy is
 * made and proved as any other, of their traffic.
 */
export function onboardNamespace(
  { learning, namespace, newcomers, atLeast }: OnboardRequest,
  manifests: ManifestPort,
): Onboarding {
  const { harvest, facts } = learning;
  const uses = usesElsewhere(learning, namespace);
  const known = withSilent(traitsOfCluster(facts), uses).filter((traits) => traits.namespace !== namespace);
  const { neighbours, services } = expectedServices(newcomers, { known, uses });
  const allowed = services.filter(({ confidence }) => confidence >= atLeast);
  const left = services.filter(({ confidence }) => confidence < atLeast);
  const base = { namespace, newcomers, neighbours, allowed, left, known: known.length };
  if (allowed.length === 0) return { ...base, suggestion: undefined, refused: undefined };
  const borrowed = {
    ...harvest,
    edges: borrowedEdges(allowed, namespace),
    nameEvidence: borrowedNames(allowed, harvest.nameEvidence, namespace),
  };
  const { suggestions, refused } = suggestPolicies(
    { ...learning, harvest: borrowed, namespaces: [namespace] },
    manifests,
  );
  const [made] = suggestions;
  return {
    ...base,
    suggestion: made === undefined ? undefined : borrowedSuggestion(made, allowed, manifests),
    refused: refused[0],
  };
}

/** Says above the policy that it is an expectation: nothing in it was seen of the namespace itself. */
function borrowedSuggestion(
  made: Suggestion,
  allowed: readonly ExpectedService[],
  manifests: ManifestPort,
): Suggestion {
  const comment = [
    `Default deny for namespace ${made.namespace}, of which nothing was recorded: what workloads like its own use elsewhere.`,
    ...allowed.slice(0, servicesListed).map(({ service, confidence, usedBy, asked }) => {
      const sure = `${Math.round(confidence * 100)} % sure`;
      return `${service.title}: ${sure}, used by ${usedBy} of the ${asked} nearest workloads`;
    }),
    ...(allowed.length > servicesListed ? [`and ${allowed.length - servicesListed} more services`] : []),
  ];
  const draft = { ...made.draft, comment };
  return { ...made, draft, manifest: manifests.print(draft), cautions: [...singleCautions(allowed), ...made.cautions] };
}

/** Whoever can run a workload somewhere teaches newcomers that look like it: what only one namespace does is for people. */
function singleCautions(allowed: readonly ExpectedService[]): readonly string[] {
  const single = allowed.filter(({ users }) => users.length === 1);
  const byNamespace = Map.groupBy(single, ({ users }) => users[0]!.traits.namespace);
  return [...byNamespace].map(([namespace, services]) => {
    const titles = services.slice(0, servicesTold).map(({ service }) => service.title);
    const more = services.length > servicesTold ? ` and ${services.length - servicesTold} more` : "";
    return `only workloads of ${namespace} use ${titles.join(", ")}${more}: do you trust it to say what this one needs?`;
  });
}

const servicesTold = 4;

const servicesListed = 20;

function usesElsewhere(learning: Omit<SuggestRequest, "namespaces">, namespace: string): readonly ServiceUse[] {
  const { harvest, facts } = learning;
  const { guardrails, knowledge, evidenceOf } = suggestContext({ ...learning, namespaces: [] });
  const edges = harvest.edges.filter((edge) => edge.namespace !== namespace);
  const uses = namespaceBaselines(edges, guardrails, { ...harvest, knowledge }).flatMap((baseline) =>
    groupServices(
      splitApiServer(baseline.sanctioned, facts).others,
      evidenceOf.get(baseline.namespace) ?? [],
      knowledge,
    ),
  );
  return namedElsewhere(uses);
}

/** Workloads that were recorded, and that the cluster does not know (any more): their names are all that is known. */
function withSilent(traits: readonly WorkloadTraits[], uses: readonly ServiceUse[]): readonly WorkloadTraits[] {
  const known = new Map(traits.map((own) => [workloadKey(own.namespace, own.workload), own]));
  for (const { edges } of uses) {
    for (const { namespace, workload } of edges) {
      // A pod that nobody knows by more than its address is like nothing.
      if (parseIp(workload.name).ok) continue;
      const key = workloadKey(namespace, workload);
      if (!known.has(key)) known.set(key, { namespace, workload, labels: {}, namespaceLabels: {}, images: [] });
    }
  }
  return [...known.values()];
}
