import { hasPorts } from "../../../core/net/l4.ts";
import type { Edge } from "../../flows/edge.ts";
import type { NameEvidence } from "../../flows/harvest.ts";
import type { KnowledgeIndex } from "../knowledge/knowledge-index.ts";
import type { CatalogueService } from "../knowledge/knowledge.ts";
import { distinctAddresses } from "./address-key.ts";
import { commonOwner } from "./common-owner.ts";
import { type Grouped, groupAddresses } from "./group-addresses.ts";
import { groupNames } from "./group-names.ts";
import { NamedNeighbours } from "./named-neighbours.ts";
import { type NamesMeant, namesMeant } from "./names-meant.ts";
import { portsOf } from "./port-list.ts";
import type { ServiceUse } from "./service-use.ts";

/**
 * The services that one namespace uses, in order of id. Edges with a name are grouped by catalogue and name, and a few without join
 * them where all their neighbours agree; the others are grouped by the organisation's ranges, published ranges and neighbourhood. Each edge with a port is in exactly one use, whatever the order of
 * the input; recording the same traffic longer changes no id.
 * @param edges of one namespace
 * @param evidence of any; only the namespace's own counts
 */
export function groupServices(
  edges: readonly Edge[],
  evidence: readonly NameEvidence[],
  knowledge: KnowledgeIndex,
): readonly ServiceUse[] {
  const withPorts = edges.filter(({ protocol }) => hasPorts(protocol));
  if (withPorts.length === 0) return [];
  const meant = namesMeant(withPorts, evidence, knowledge);
  const chained = chainedServices(evidence, withPorts[0]!.namespace, knowledge);
  const named = groupNames(
    withPorts.filter((edge) => meant.has(edge)),
    (edge) => meant.get(edge)!.name,
    (name) => knowledge.serviceOfName(name) ?? chained.get(name),
    knowledge,
  );
  const unnamed = withPorts.filter((edge) => !meant.has(edge));
  const neighbours = new NamedNeighbours(knowledge);
  if (unnamed.length > 0)
    for (const { service, edges: own } of named) for (const edge of own) neighbours.add(edge, service.id);
  const rest = Map.groupBy(unnamed, (edge) => neighbours.serviceOf(edge));
  const joined = named.map((group) => withEdges(group, rest.get(group.service.id) ?? [], withPorts));
  const nameless = groupAddresses(rest.get(undefined) ?? [], knowledge);
  const taken = new Set(named.flatMap(({ names }) => names));
  const untaken = new Map<NamesMeant, readonly string[]>();
  const alsoMeant = (edge: Edge): readonly string[] => {
    const names = meant.get(edge);
    if (names === undefined || names.also.length === 0) return none;
    let also = untaken.get(names);
    if (also === undefined) untaken.set(names, (also = names.also.filter((name) => !taken.has(name))));
    return also;
  };
  return [...joined, ...nameless]
    .map((group) => useOf(withTraits(group, chained), alsoMeant, knowledge))
    .toSorted((a, b) => (a.service.id < b.service.id ? -1 : 1));
}

const none: readonly string[] = [];

/** The group with more edges, in the order of `all`. */
function withEdges(group: Grouped, more: readonly Edge[], all: readonly Edge[]): Grouped {
  if (more.length === 0) return group;
  const own = new Set([...group.edges, ...more]);
  return { ...group, edges: all.filter((edge) => own.has(edge)) };
}

function useOf(
  { service, names, edges }: Grouped,
  alsoMeant: (edge: Edge) => readonly string[],
  knowledge: KnowledgeIndex,
): ServiceUse {
  const addresses = distinctAddresses(edges);
  const also = new Set<string>();
  for (const edge of edges) for (const name of alsoMeant(edge)) also.add(name);
  const isWhole = edges.every(({ prefixLength }) => prefixLength === undefined);
  return {
    service: { ...service, owner: commonOwner(addresses, knowledge) },
    namespace: edges[0]!.namespace,
    // A name that shares all its addresses with a better known one has no edges of its own, and is needed all the same.
    names: [...new Set([...names, ...also])].toSorted(),
    ports: portsOf(edges),
    edges,
    published: isWhole ? knowledge.publishedHoldingAll(addresses) : [],
  };
}

/** A service whose names are aliases of a network's hosts is served by that network, and its addresses are as the network's. */
function withTraits(group: Grouped, chained: ReadonlyMap<string, CatalogueService>): Grouped {
  const { catalogue } = group.service;
  if (catalogue === undefined) return group;
  const known = new Set([...catalogue.traits, ...group.names.flatMap((name) => chained.get(name)?.traits ?? [])]);
  const traits = traitWords.filter((trait) => known.has(trait));
  if (traits.length === catalogue.traits.length) return group;
  return { ...group, service: { ...group.service, catalogue: { ...catalogue, traits } } };
}

const traitWords: CatalogueService["traits"] = ["rotating", "shared"];

/** Services of the catalogue that names are only aliases for, as their answers told. */
function chainedServices(
  evidence: readonly NameEvidence[],
  namespace: string,
  knowledge: KnowledgeIndex,
): ReadonlyMap<string, CatalogueService> {
  const found = new Map<string, CatalogueService>();
  for (const { name, chain, namespace: asker } of evidence) {
    if (chain.length === 0 || asker !== namespace) continue;
    const last = chain.findLast((alias) => knowledge.serviceOfName(alias) !== undefined);
    const service = last === undefined ? undefined : knowledge.serviceOfName(last);
    const known = found.get(name);
    // Answers may lead to different networks; the order in which they were heard must not show.
    if (service !== undefined && (known === undefined || service.id < known.id)) found.set(name, service);
  }
  return found;
}
