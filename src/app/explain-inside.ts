import { containsIp, type IpSet, ipSetOfAll } from "../core/net/ip-set.ts";
import { formatIp, type IpAddress } from "../core/net/ip.ts";
import type { Protocol } from "../core/net/l4.ts";
import type { SymbolicDestination } from "../core/policy/compile.ts";
import { isEverything, selects } from "../core/policy/label-selector.ts";
import type { ClusterFacts } from "../pipeline/flows/cluster-facts.ts";

type Pods = Extract<SymbolicDestination, { kind: "pods" }>;

/**
 * Addresses of the pods that a peer of a NetworkPolicy selects; undefined where the dump does not tell. Pods on their
 * node's network have the node's addresses, which no pod selector stands for.
 * @param namespace of the policy
 */
export function podAddresses(to: Pods, namespace: string, { pods, namespaces }: ClusterFacts): IpSet | undefined {
  if (pods.length === 0) return undefined;
  const labelsOf = new Map(namespaces.map(({ name, labels }) => [name, labels]));
  const isIn = (own: string): boolean | undefined => {
    if (to.namespaces === undefined) return own === namespace;
    if (isEverything(to.namespaces)) return true;
    const labels = labelsOf.get(own);
    return labels === undefined ? undefined : selects(to.namespaces, labels);
  };
  const chosen: IpAddress[] = [];
  for (const pod of pods) {
    if (pod.isHostNetwork || (to.pods !== undefined && !selects(to.pods, pod.labels))) continue;
    const isSelected = isIn(pod.namespace);
    if (isSelected === undefined) return undefined;
    if (isSelected) chosen.push(...pod.addresses);
  }
  return ipSetOfAll(chosen);
}

const listedEndpoints = 3;

/**
 * Why a question about a service address has no answer of its own, as a sentence: policies judge a connection after its
 * translation to an endpoint (policy-semantics §1.4). Undefined for every other address.
 */
export function serviceReason(
  { services, serviceNetworks }: ClusterFacts,
  address: IpAddress,
  protocol: Protocol,
  port: number,
): string | undefined {
  const isAddress = (other: IpAddress): boolean => other.family === address.family && other.value === address.value;
  const own = services.filter(({ addresses }) => addresses.some(isAddress));
  if (own.length === 0 && !containsIp(ipSetOfAll(serviceNetworks), address)) return undefined;
  const endpoints = own
    .flatMap(({ ports }) => ports)
    .filter((each) => each.protocol === protocol && each.port === port)
    .flatMap((each) => each.endpoints)
    .map((endpoint) => {
      const host = formatIp(endpoint.address);
      return `\`${endpoint.address.family === 6 ? `[${host}]` : host}:${endpoint.port}\``;
    });
  const told = [...new Set(endpoints)];
  if (told.length === 0) {
    return "it is a service address, and policies see the endpoints behind it, which are not known for this port: ask for one of them";
  }
  const more = told.length > listedEndpoints ? ` or ${told.length - listedEndpoints} more` : "";
  return `it is a service address, and policies see the endpoints behind it: ask for ${told.slice(0, listedEndpoints).join(", ")}${more}`;
}
