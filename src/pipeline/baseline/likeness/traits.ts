import { type Workload, workloadKey } from "../../../core/workload/workload.ts";
import type { ClusterFacts, Labels } from "../../flows/cluster-facts.ts";

/** What is known about a workload before it has sent anything. */
export interface WorkloadTraits {
  readonly namespace: string;
  readonly workload: Workload;
  readonly labels: Labels;
  readonly namespaceLabels: Labels;
  /** As pods name them, with or without registry, tag and digest. */
  readonly images: readonly string[];
}

/** The workloads of a cluster's pods, each once, in order of namespace, kind and name. */
export function traitsOfCluster({ pods, namespaces }: ClusterFacts): readonly WorkloadTraits[] {
  const namespaceLabels = new Map(namespaces.map(({ name, labels }) => [name, labels]));
  const found = new Map<string, WorkloadTraits>();
  for (const { namespace, workload, labels, images = [], isHostNetwork } of pods) {
    // No egress policy selects them.
    if (isHostNetwork) continue;
    const key = workloadKey(namespace, workload);
    const known = found.get(key);
    found.set(key, {
      namespace,
      workload,
      labels: known?.labels ?? labels,
      namespaceLabels: namespaceLabels.get(namespace) ?? {},
      images: [...new Set([...(known?.images ?? []), ...images])],
    });
  }
  return [...found.values()].toSorted((a, b) =>
    workloadKey(a.namespace, a.workload) < workloadKey(b.namespace, b.workload) ? -1 : 1,
  );
}

/** Labels that say which object this is and not what it is like. */
const ownLabels =
  /^(kubernetes\.io\/metadata\.name|pod-security\.kubernetes\.io\/.*|.*\/managed-by|app\.kubernetes\.io\/(instance|version)|security\.openshift\.io\/.*|openshift\.io\/sa\..*|olm\..*)$/;

/** Images that thousands of unrelated workloads carry beside their own. */
const sidecarImages = /(^|\/)(pause|istio-proxyv2|proxyv2|oauth-proxy|kube-rbac-proxy|ose-oauth-proxy)$/;

/**
 * Everything that two workloads can have in common, as texts: `image:quay.io/shop/cart`, `label:app=cart`,
 * `namespace:team=payments`, `name:worker`, `kind:Deployment`. Sorted, each once, at most {@link maxFeatures}.
 */
export function featuresOf(traits: WorkloadTraits): readonly string[] {
  const features = new Set<string>([`kind:${traits.workload.kind}`]);
  for (const image of traits.images) {
    const repository = repositoryOf(image);
    if (repository === "" || sidecarImages.test(repository)) continue;
    features.add(`image:${repository}`);
    const last = repository.slice(repository.lastIndexOf("/") + 1);
    features.add(`program:${last}`);
  }
  for (const [key, value] of Object.entries(traits.labels)) {
    if (!ownLabels.test(key)) features.add(`label:${key}=${value}`);
  }
  for (const [key, value] of Object.entries(traits.namespaceLabels)) {
    if (!ownLabels.test(key)) features.add(`namespace:${key}=${value}`);
  }
  for (const word of wordsOf(traits.workload.name)) features.add(`name:${word}`);
  for (const word of wordsOf(traits.namespace)) features.add(`namespace-name:${word}`);
  return [...features].toSorted().slice(0, maxFeatures);
}

const maxFeatures = 256;

/** `quay.io/shop/cart` of `quay.io/shop/cart:1.2@sha256:…`; empty for a bare digest. */
export function repositoryOf(image: string): string {
  const named = image.replace(/^[a-z-]+:\/\//, "").split("@", 1)[0]!;
  const tag = named.lastIndexOf(":");
  const repository = tag > named.lastIndexOf("/") ? named.slice(0, tag) : named;
  return repository === "sha256" ? "" : repository.toLowerCase();
}

/** Words of a name that may mean something: no numbers, no hashes, no single letters. */
function wordsOf(name: string): readonly string[] {
  return name.split(/[-._]/).filter((word) => word.length > 1 && /^[a-z]+$/.test(word));
}
