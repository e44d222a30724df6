import { type IpSet, ipSetOfAll } from "../core/net/ip-set.ts";
import { type NamespacePolicies, policiesByNamespace } from "../core/policy/namespace-policies.ts";
import { builtInGuardrails, type Guardrail } from "../pipeline/baseline/guardrails.ts";
import { indexKnowledge, type KnowledgeIndex } from "../pipeline/baseline/knowledge/knowledge-index.ts";
import { type NameBook, nameBook } from "../pipeline/baseline/statistics/name-book.ts";
import type { Harvest } from "../pipeline/flows/harvest.ts";
import { unobservedHoursOf } from "../pipeline/suggest/readiness/observed-time.ts";
import { knownAddresses, type Resolve } from "../pipeline/verify/known-addresses.ts";
import { type WorkloadLabels, workloadLabels } from "../pipeline/verify/policy-world.ts";
import { builtInKnowledge } from "./knowledge-source.ts";
import { ownGuardrails } from "./organisation-guardrails.ts";
import type { SuggestRequest } from "./suggestion.ts";

/** What all namespaces of one request have in common. */
export interface SuggestContext {
  readonly guardrails: readonly Guardrail[];
  readonly knowledge: KnowledgeIndex;
  readonly names: NameBook;
  readonly resolve: Resolve;
  readonly labels: WorkloadLabels;
  readonly clusterNetworks: IpSet;
  /** Hours since the epoch in which nobody watched. */
  readonly unobservedHours: readonly number[];
  readonly evidenceOf: ReadonlyMap<string, Harvest["nameEvidence"]>;
  /** What is in force today, by namespace. */
  readonly today: ReadonlyMap<string, NamespacePolicies>;
}

export function suggestContext({ harvest, facts, never, existing, knowledge }: SuggestRequest): SuggestContext {
  return {
    guardrails: guardrailsFor(never),
    knowledge: indexKnowledge(knowledge ?? builtInKnowledge),
    names: nameBook(harvest.nameEvidence),
    labels: workloadLabels(facts),
    resolve: knownAddresses(harvest.edges, harvest.nameEvidence, facts),
    clusterNetworks: ipSetOfAll(harvest.clusterNetworks.pods),
    unobservedHours: unobservedHoursOf(harvest.edges, harvest.window, harvest.unwatchedHours),
    evidenceOf: Map.groupBy(harvest.nameEvidence, ({ namespace }) => namespace),
    today: new Map(policiesByNamespace(existing).map((each) => [each.namespace, each])),
  };
}

/** What stays shut whatever is learned, the organisation's own first. */
export function guardrailsFor(never: SuggestRequest["never"]): readonly Guardrail[] {
  // `0.0.0.0/32` is forbidden for everybody, and the legacy kind would read it as everything.
  const cidrs = never.filter(({ family, first, prefixLength }) => family === 6 || first !== 0n || prefixLength !== 32);
  return [...ownGuardrails(cidrs), ...builtInGuardrails];
}
