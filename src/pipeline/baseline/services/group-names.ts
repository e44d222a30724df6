import { hasPorts, type L4Point, l4Point } from "../../../core/net/l4.ts";
import type { Edge } from "../../flows/edge.ts";
import type { KnowledgeIndex } from "../knowledge/knowledge-index.ts";
import type { CatalogueService } from "../knowledge/knowledge.ts";
import { mayBeOneOwners } from "../knowledge/one-owner.ts";
import type { Grouped } from "./group-addresses.ts";
import { formatPorts, portsOf } from "./port-list.ts";

/** So many names are not kept apart by a person any more. */
const manyNames = 8;

interface Named {
  readonly name: string;
  /** The catalogue's service at the ports of these edges. */
  readonly service: CatalogueService | undefined;
  readonly edges: Edge[];
}

/**
 * Edges by the service their name belongs to:
 *
 * - a name that the catalogue lists, or that is one of a family of it (buckets of a store), is that service, in its region;
 * - names of a service's tenants stay apart unless they are many; names below an umbrella always do;
 * - other names stay apart unless many are side by side below one owner's name and use the same ports.
 *
 * @param catalogueOf what the catalogue knows of the name at any port, or of what it is an alias for
 */
export function groupNames(
  edges: readonly Edge[],
  nameOf: (edge: Edge) => string,
  catalogueOf: (name: string) => CatalogueService | undefined,
  knowledge: KnowledgeIndex,
): readonly Grouped[] {
  const all = byName(edges, nameOf, knowledge);
  const groups = new Map<string, Grouped & { readonly names: string[]; edges: Edge[]; isMixed: boolean }>();
  const put = (service: Omit<Grouped["service"], "owner">, { name, edges: own }: Named): void => {
    const known = groups.get(service.id);
    if (known === undefined) groups.set(service.id, { service, names: [name], edges: own, isMixed: false });
    else {
      if (!known.names.includes(name)) known.names.push(name);
      known.edges = known.edges.concat(own);
      known.isMixed = true;
    }
  };
  const tenants = namesBy(all, ({ service }) => (service?.grouping === "umbrella" ? undefined : service?.id));
  const families = new Map(all.map((named) => [named, familyOf(named)]));
  const siblings = namesBy(all, (named) => families.get(named)?.id);
  for (const named of all) {
    const { name, service } = named;
    const family = families.get(named);
    if (service !== undefined && (isWhole(service, name) || (tenants.get(service.id)?.size ?? 0) >= manyNames))
      put({ ...wholeService(service, name), by: "catalogue", catalogue: service }, named);
    else if (family !== undefined && siblings.get(family.id)!.size >= manyNames)
      put({ ...family, by: "name", catalogue: undefined }, named);
    else put({ id: `name:${name}`, title: name, by: "name", catalogue: catalogueOf(name) }, named);
  }
  return inOrderOf(edges, [...groups.values()]);
}

/** Edges of one name are in order; where several are together, they are sorted again. */
function inOrderOf(
  edges: readonly Edge[],
  groups: readonly (Grouped & { readonly isMixed: boolean })[],
): readonly Grouped[] {
  const mixed = new Set(groups.filter(({ isMixed }) => isMixed).flatMap((group) => group.edges));
  const place = new Map<Edge, number>();
  for (const [at, edge] of edges.entries()) if (mixed.has(edge)) place.set(edge, at);
  return groups.map(({ service, names, edges: own, isMixed }) => ({
    service,
    names,
    edges: isMixed ? own.toSorted((a, b) => place.get(a)! - place.get(b)!) : own,
  }));
}

function byName(edges: readonly Edge[], nameOf: (edge: Edge) => string, knowledge: KnowledgeIndex): readonly Named[] {
  const found = new Map<string, Named>();
  const byPort = new Map<string, Map<L4Point, Named>>();
  for (const edge of edges) {
    const { protocol, port } = edge;
    if (!hasPorts(protocol)) continue;
    const name = nameOf(edge);
    let ports = byPort.get(name);
    if (ports === undefined) byPort.set(name, (ports = new Map<L4Point, Named>()));
    const l4 = l4Point(protocol, port);
    let named = ports.get(l4);
    if (named === undefined) {
      const service = knowledge.serviceOfName(name, { protocol, port });
      const key = `${name} ${service?.id ?? ""}`;
      named = found.get(key);
      if (named === undefined) found.set(key, (named = { name, service, edges: [] }));
      ports.set(l4, named);
    }
    named.edges.push(edge);
  }
  return [...found.values()];
}

/** AWS writes the region before its domain: `s3.eu-west-1.amazonaws.com`, `s3-eu-west-1.amazonaws.com`. */
const amazonRegion = /[.-]([a-z]{2}(?:-gov)?-[a-z]+-[0-9])\.amazonaws\.com(?:\.cn)?$/;

/** Regions of one service are apart: each has addresses of its own, which the provider publishes by region. */
function wholeService({ id, title }: CatalogueService, name: string): { readonly id: string; readonly title: string } {
  const region = amazonRegion.exec(name)?.[1];
  return region === undefined
    ? { id: `catalogue:${id}`, title }
    : { id: `catalogue:${id} ${region}`, title: `${title} in ${region}` };
}

/** Whether the name alone makes it the service: listed as it is, or one of a family. */
function isWhole({ grouping, patterns }: CatalogueService, name: string): boolean {
  return grouping === "family" || patterns.some((pattern) => pattern.kind === "exact" && pattern.name === name);
}

/** The wildcard that a name could share with its siblings; the ports belong to it, so that no sibling opens more. */
function familyOf({ name, service, edges }: Named): { readonly id: string; readonly title: string } | undefined {
  const parent = name.slice(name.indexOf(".") + 1);
  if (service !== undefined || !mayBeOneOwners(parent)) return undefined;
  return { id: `name:*.${parent} ${formatPorts(portsOf(edges))}`, title: `*.${parent}` };
}

function namesBy(
  all: readonly Named[],
  keyOf: (named: Named) => string | undefined,
): ReadonlyMap<string, ReadonlySet<string>> {
  const names = new Map<string, Set<string>>();
  for (const named of all) {
    const key = keyOf(named);
    if (key === undefined) continue;
    const known = names.get(key);
    if (known === undefined) names.set(key, new Set([named.name]));
    else known.add(named.name);
  }
  return names;
}
