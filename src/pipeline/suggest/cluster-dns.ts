import type { ClusterFacts, Labels } from "../flows/cluster-facts.ts";

/** The pods that answer the cluster's DNS, and the ports they listen on, which is what a policy sees. */
export interface ClusterDns {
  readonly namespace: string;
  readonly labels: Labels;
  /** Sorted. */
  readonly ports: readonly number[];
}

/** Where distributions put it: OpenShift's DNS operator, which comes first, and all others under the first add-on's name. */
const places = [
  {
    namespace: "openshift-dns",
    service: "dns-default",
    labels: { "dns.operator.openshift.io/daemonset-dns": "default" },
    port: 5353,
  },
  { namespace: "kube-system", service: "kube-dns", labels: { "k8s-app": "kube-dns" }, port: 53 },
] as const;

/** The DNS of this cluster as far as it was seen; where nothing tells, every one that it may be. */
export function clusterDns(facts: ClusterFacts): {
  readonly isKnown: boolean;
  readonly places: readonly ClusterDns[];
} {
  const first = places.find(
    ({ namespace, service }) =>
      facts.services.some((own) => own.namespace === namespace && own.name === service) ||
      (namespace === "openshift-dns" && facts.namespaces.some(({ name }) => name === namespace)),
  );
  const chosen = first === undefined ? places : [first];
  return {
    isKnown: first !== undefined,
    places: chosen.map(({ namespace, service, labels, port }) => ({
      namespace,
      labels,
      ports: targetPorts(facts, namespace, service) ?? [port],
    })),
  };
}

/** The ports behind the service's port 53. */
function targetPorts({ services }: ClusterFacts, namespace: string, name: string): readonly number[] | undefined {
  const own = services.find((service) => service.namespace === namespace && service.name === name);
  const ports = (own?.ports ?? []).filter(({ port }) => port === 53).flatMap(({ endpoints }) => endpoints);
  const distinct = [...new Set(ports.map(({ port }) => port))].toSorted((a, b) => a - b);
  return distinct.length === 0 ? undefined : distinct;
}
