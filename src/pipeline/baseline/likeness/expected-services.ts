import { workloadKey } from "../../../core/workload/workload.ts";
import { portsOf } from "../services/port-list.ts";
import type { Service, ServiceUse } from "../services/service-use.ts";
import { featureWeights } from "./feature-weights.ts";
import { featuresOf, type WorkloadTraits } from "./traits.ts";

/** A workload like the new one, and how much. */
export interface Neighbour {
  readonly traits: WorkloadTraits;
  /** 0 to 1; 1 when everything that means something is shared. */
  readonly likeness: number;
  /** What they share, that which means most first; at most {@link sharedListed}. */
  readonly shared: readonly string[];
}

export interface ExpectedService {
  readonly service: Service;
  /** How each of the users uses it, same order: their edges are what there is to allow. */
  readonly uses: readonly ServiceUse[];
  /** Estimated chance that the new namespace needs it, 0 to 1. */
  readonly confidence: number;
  /** Which of the new namespace's workloads it is expected of, that with the highest confidence. */
  readonly of: WorkloadTraits;
  readonly users: readonly Neighbour[];
  /** How many of the neighbours that were asked use it. */
  readonly usedBy: number;
  readonly asked: number;
}

export interface Expectation {
  /** Per workload of the new namespace, nearest first. */
  readonly neighbours: readonly { readonly of: WorkloadTraits; readonly nearest: readonly Neighbour[] }[];
  /** Highest confidence first, then by id. */
  readonly services: readonly ExpectedService[];
}

export interface Experience {
  /** Workloads that were observed, those without any egress too: that they need nothing is worth knowing. */
  readonly known: readonly WorkloadTraits[];
  /** Of all their namespaces. */
  readonly uses: readonly ServiceUse[];
}

export const sharedListed = 5;
const nearestAsked = 12;
/** What is less like than this says nothing. */
const leastLikeness = 0.15;
/** How many average workloads stand beside the neighbours, so that one neighbour alone is no proof. */
const priorWeight = 0.15;

/**
 * What a namespace without traffic will need: for each of its workloads the nearest of the known ones vote, one of each namespace, by how
 * like it is, beside a small vote of everybody (the share of all workloads that use the service). Workloads of the new namespace
 * itself do not vote.
 */
export function expectedServices(newcomers: readonly WorkloadTraits[], { known, uses }: Experience): Expectation {
  const spaces = new Set(newcomers.map(({ namespace }) => namespace));
  const others = known.filter(({ namespace }) => !spaces.has(namespace));
  const usesOf = usesByWorkload(uses.filter(({ namespace }) => !spaces.has(namespace)));
  const experienced = others
    .map((traits) => {
      const key = workloadKey(traits.namespace, traits.workload);
      const own = usesOf.get(key) ?? new Map<string, ServiceUse>();
      return { key, traits, features: featuresOf(traits), uses: own, services: new Set(own.keys()) };
    })
    .toSorted((a, b) => (a.key < b.key ? -1 : 1));
  const weights = featureWeights(experienced);
  const usual = new Map<string, number>();
  for (const { services } of experienced) {
    for (const service of services) usual.set(service, (usual.get(service) ?? 0) + 1);
  }
  const best = new Map<string, ExpectedService>();
  const neighbours: Expectation["neighbours"][number][] = [];
  for (const of of newcomers) {
    const own = featuresOf(of);
    const alike = experienced
      .map((each) => ({ each, ...likenessOf(own, each.features, weights) }))
      .filter(({ likeness }) => likeness >= leastLikeness)
      .toSorted((a, b) => b.likeness - a.likeness);
    const nearest = oneOfEachNamespace(alike).slice(0, nearestAsked);
    neighbours.push({ of, nearest: nearest.map(neighbourOf) });
    // Twice as like is four times as telling.
    const total = nearest.reduce((sum, { likeness }) => sum + likeness ** 2, 0);
    for (const id of new Set(nearest.flatMap(({ each }) => [...each.services]))) {
      const users = nearest.filter(({ each }) => each.services.has(id));
      const votes = users.reduce((sum, { likeness }) => sum + likeness ** 2, 0);
      const share = (usual.get(id) ?? 0) / experienced.length;
      const confidence = (votes + priorWeight * share) / (total + priorWeight);
      if ((best.get(id)?.confidence ?? -1) >= confidence) continue;
      best.set(id, {
        service: users[0]!.each.uses.get(id)!.service,
        uses: users.map(({ each }) => each.uses.get(id)!),
        confidence,
        of,
        users: users.map(neighbourOf),
        usedBy: users.length,
        asked: nearest.length,
      });
    }
  }
  const services = [...best.values()].toSorted(
    (a, b) => b.confidence - a.confidence || (a.service.id < b.service.id ? -1 : 1),
  );
  return { neighbours, services };
}

function neighbourOf(near: {
  readonly each: { readonly traits: WorkloadTraits };
  readonly likeness: number;
  readonly shared: readonly string[];
}): Neighbour {
  return { traits: near.each.traits, likeness: near.likeness, shared: near.shared.slice(0, sharedListed) };
}

/** Service by id, per workload, with only that workload's edges. */
function usesByWorkload(uses: readonly ServiceUse[]): ReadonlyMap<string, ReadonlyMap<string, ServiceUse>> {
  const found = new Map<string, Map<string, ServiceUse>>();
  for (const use of uses) {
    for (const [key, edges] of Map.groupBy(use.edges, (edge) => workloadKey(edge.namespace, edge.workload))) {
      const own = found.get(key) ?? new Map<string, ServiceUse>();
      found.set(key, own.set(use.service.id, joined(own.get(use.service.id), { ...use, edges })));
    }
  }
  return found;
}

/** A service may come in parts: as it was named, and as it was not. */
function joined(known: ServiceUse | undefined, more: ServiceUse): ServiceUse {
  if (known === undefined) return more;
  const edges = [...known.edges, ...more.edges];
  return { ...known, names: [...new Set([...known.names, ...more.names])].toSorted(), ports: portsOf(edges), edges };
}

/** Of each namespace the nearest one; nearest first. Many pods of one namespace are one opinion, and may be one attacker's. */
function oneOfEachNamespace<T extends { readonly each: { readonly traits: WorkloadTraits } }>(
  nearest: readonly T[],
): T[] {
  const first = new Map<string, T>();
  for (const near of nearest) {
    const { namespace } = near.each.traits;
    if (!first.has(namespace)) first.set(namespace, near);
  }
  return [...first.values()];
}

/** Weight of what both have over the weight of what either has (weighted Jaccard), over features that mean something. */
function likenessOf(
  a: readonly string[],
  b: readonly string[],
  weights: ReadonlyMap<string, number>,
): { readonly likeness: number; readonly shared: readonly string[] } {
  const weightOf = (feature: string): number => weights.get(feature) ?? 0;
  const other = new Set(b);
  const shared = a.filter((feature) => other.has(feature) && weightOf(feature) > 0);
  const sum = (features: readonly string[]): number =>
    features.reduce((total, feature) => total + weightOf(feature), 0);
  const common = sum(shared);
  const all = sum(a) + sum(b) - common;
  const likeness = all === 0 ? 0 : common / all;
  return { likeness, shared: shared.toSorted((x, y) => weightOf(y) - weightOf(x) || (x < y ? -1 : 1)) };
}
