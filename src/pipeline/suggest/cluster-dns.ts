import { formatIp } from "../../core/net/ip.ts";
import type { ClusterFacts, Labels } from "../flows/cluster-facts.ts";

/** The pods that answer the cluster's DNS, and the ports they listen on, which is what a policy sees. */
export interface ClusterDns {
  readonly namespace: string;
  readonly labels: Labels;
  /** Sorted. */
  readonly ports: readonly number[];
}

/** Where distributions put it: OpenShift's DNS operator, and everybody else under the name of the first DNS add-on. */
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
  const seen = places.filter(
    ({ namespace, service }) =>
      facts.services.some((own) => own.namespace === namespace && own.name === service) ||
      (namespace === "openshift-dns" && facts.namespaces.some(({ name }) => name === namespace)),
  );
  // Where there is an operator of OpenShift, `kube-dns` is nobody's.
  const [first] = seen;
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

/** Whether a text is the address of a node, as {@link formatIp} writes it. */
export function nodeAddresses({ nodes }: ClusterFacts): ReadonlySet<string> {
  return new Set(nodes.flatMap(({ addresses }) => addresses.map(formatIp)));
}
