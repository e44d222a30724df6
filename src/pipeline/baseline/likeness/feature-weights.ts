/** A workload that was observed: what it is like, and what it uses. */
export interface KnownWorkload {
  readonly features: readonly string[];
  /** Ids of services, each once. */
  readonly services: ReadonlySet<string>;
}

/** Workloads that are compared for one feature; more tell no more. */
const comparedAtMost = 24;

/**
 * How alike workloads are that share a feature of this sort, before anything was seen: a common image is nearly the same
 * program, a common namespace label may be no more than a cost centre. Counts as {@link believed} pairs.
 */
const believedAlike: Readonly<Record<string, number>> = {
  image: 0.85,
  program: 0.7,
  label: 0.5,
  name: 0.35,
  namespace: 0.25,
  "namespace-name": 0.25,
};
const believed = 2;

/**
 * How much it means to share a feature: how rare it is, and how alike the services of those that share it are. Both are
 * read from the history itself, so that an organisation whose `team` label says little about destinations and whose base
 * image says much is taken as it is.
 */
export function featureWeights(known: readonly KnownWorkload[]): ReadonlyMap<string, number> {
  const holders = new Map<string, KnownWorkload[]>();
  for (const workload of known) {
    for (const feature of workload.features) {
      const own = holders.get(feature);
      if (own === undefined) holders.set(feature, [workload]);
      else own.push(workload);
    }
  }
  const usual = agreement(spread(known));
  const weights = new Map<string, number>();
  for (const [feature, own] of holders) {
    const rarity = Math.log(1 + known.length / own.length);
    const seen = Math.min(own.length, comparedAtMost) - 1;
    const before = believedAlike[feature.slice(0, feature.indexOf(":"))] ?? usual;
    const alike = (agreement(spread(own)) * seen + before * believed) / (seen + believed);
    const lift = Math.max(0, alike - usual) + 0.02;
    weights.set(feature, rarity * lift);
  }
  return weights;
}

/** At most {@link comparedAtMost}, evenly from the whole list. */
function spread(workloads: readonly KnownWorkload[]): readonly KnownWorkload[] {
  const step = Math.max(1, workloads.length / comparedAtMost);
  return Array.from(
    { length: Math.min(workloads.length, comparedAtMost) },
    (_, index) => workloads[Math.floor(index * step)]!,
  );
}

/** Mean share of services that two of them have in common (Jaccard), 0 to 1. */
function agreement(workloads: readonly KnownWorkload[]): number {
  let sum = 0;
  let pairs = 0;
  for (const [index, { services: a }] of workloads.entries()) {
    for (const { services: b } of workloads.slice(index + 1)) {
      const common = [...a].filter((service) => b.has(service)).length;
      const all = a.size + b.size - common;
      sum += all === 0 ? 1 : common / all;
      pairs += 1;
    }
  }
  return pairs === 0 ? 0 : sum / pairs;
}
