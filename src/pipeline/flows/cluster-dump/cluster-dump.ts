import { cidrAround, type Cidr, formatCidr } from "../../../core/net/ip-set.ts";
import { parseIp } from "../../../core/net/ip.ts";
import type { ClusterFacts, NamespaceFacts, NodeFacts, PodFacts } from "../cluster-facts.ts";
import { addressesOf, at, cidrsOf, labelsOf, listAt, textAt, textsAt } from "./fields.ts";
import { Owners } from "./owners.ts";
import { Services } from "./services.ts";

/**
 * Takes the objects of a dump one by one, in any order, and keeps of each only what flows need. An object that comes
 * twice counts once, as it came last.
 */
export class ClusterDump {
  readonly #owners = new Owners();
  readonly #services = new Services();
  readonly #nodes = new Map<string, NodeFacts>();
  readonly #pods = new Map<string, unknown>();
  readonly #namespaces = new Map<string, NamespaceFacts>();
  /** `networks.config` before `networks.operator`, which may be ahead of what is in force. */
  #network:
    | { readonly clusterNetworks: readonly Cidr[]; readonly serviceNetworks: readonly Cidr[]; readonly rank: number }
    | undefined;
  #machineNetworks: readonly Cidr[] = [];

  /** Lists are taken apart. */
  add(object: unknown): void {
    const kind = textAt(object, "kind");
    if (kind.endsWith("List")) {
      const itemKind = kind.slice(0, -"List".length);
      const apiVersion = textAt(object, "apiVersion");
      for (const item of listAt(object, "items")) {
        this.#addObject(item, textAt(item, "kind") || itemKind, textAt(item, "apiVersion") || apiVersion);
      }
    } else this.#addObject(object, kind, textAt(object, "apiVersion"));
  }

  facts(): ClusterFacts {
    const pods = [...this.#pods].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, pod]) => this.#podFacts(pod));
    return {
      clusterNetworks: this.#network?.clusterNetworks ?? [],
      serviceNetworks: this.#network?.serviceNetworks ?? [],
      machineNetworks: this.#machineNetworks,
      nodes: sortedByName(this.#nodes),
      pods,
      services: this.#services.facts(),
      namespaces: sortedByName(this.#namespaces),
      apiServer: this.#services.apiServer(),
    };
  }

  /** What is missing or doubtful, as sentences; made after {@link facts}. */
  warnings(facts: ClusterFacts): readonly string[] {
    const warnings: string[] = [];
    const missing = (isMissing: boolean, what: string, consequence: string): void => {
      if (isMissing) warnings.push(`the cluster dump has no ${what}: ${consequence}`);
    };
    if (facts.clusterNetworks.length + facts.nodes.length + facts.pods.length + facts.services.length === 0) {
      return [
        "the cluster dump has nothing that is needed: save `oc get networks.config,nodes,pods,services,endpointslices -A -o yaml`",
      ];
    }
    missing(facts.clusterNetworks.length === 0, "`networks.config`", "inside and outside are told apart by guessing");
    missing(facts.nodes.length === 0, "nodes", "node selectors stand for nothing known");
    missing(facts.pods.length === 0, "pods", "traffic is attributed only where the flow source names the pod");
    missing(!this.#services.hasBackends, "endpointslices", "services cannot be seen through");
    for (const [kind, count] of [...this.#owners.guessed].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
      const resource = `${kind.toLowerCase()}s`;
      warnings.push(`the cluster dump has not all ${resource}: the owners of ${count} pods are told from names`);
    }
    return warnings;
  }

  #addObject(object: unknown, kind: string, apiVersion: string): void {
    const name = textAt(object, "metadata", "name");
    const namespace = textAt(object, "metadata", "namespace");
    switch (kind) {
      case "Node":
        this.#nodes.set(name, { name, addresses: nodeAddresses(object), labels: labelsOf(object) });
        break;
      case "Pod":
        if (isFinished(object)) this.#pods.delete(`${namespace}/${name}`);
        else this.#pods.set(`${namespace}/${name}`, slimPod(object));
        break;
      case "Namespace":
      case "Project":
        this.#namespaces.set(name, { name, labels: labelsOf(object) });
        break;
      case "Service":
        if (apiVersion === "v1") this.#services.addService(object);
        break;
      case "EndpointSlice":
        this.#services.addEndpointSlice(object);
        break;
      case "Endpoints":
        this.#services.addEndpoints(object);
        break;
      case "ReplicaSet":
      case "Job":
      case "ReplicationController":
        this.#owners.add({ kind, metadata: at(object, "metadata") });
        break;
      case "Network":
        this.#addNetwork(object, apiVersion);
        break;
      case "ConfigMap":
        if (namespace === "kube-system" && name === "cluster-config-v1") {
          this.#machineNetworks = machineNetworksOf(textAt(object, "data", "install-config"));
        }
        break;
      default:
    }
  }

  #addNetwork(object: unknown, apiVersion: string): void {
    const rank = ["operator.openshift.io/", "config.openshift.io/"].findIndex((group) => apiVersion.startsWith(group));
    if (rank < 0 || rank < (this.#network?.rank ?? 0)) return;
    const part = (key: string): unknown => {
      const inForce = at(object, "status", key);
      return Array.isArray(inForce) && inForce.length > 0 ? inForce : at(object, "spec", key);
    };
    const networks = { pods: part("clusterNetwork"), services: part("serviceNetwork") };
    this.#network = {
      rank,
      clusterNetworks: cidrsOf(listAt(networks, "pods").map((entry) => textAt(entry, "cidr"))),
      serviceNetworks: cidrsOf(textsAt(networks, "services")),
    };
  }

  #podFacts(pod: unknown): PodFacts {
    const ips = listAt(pod, "status", "podIPs").map((entry) => textAt(entry, "ip"));
    const labels = Object.entries(labelsOf(pod)).filter(([key]) => !passingLabels.has(key));
    return {
      namespace: textAt(pod, "metadata", "namespace"),
      name: textAt(pod, "metadata", "name"),
      addresses: addressesOf([textAt(pod, "status", "podIP"), ...ips]),
      isHostNetwork: at(pod, "spec", "hostNetwork") === true,
      workload: this.#owners.workloadOf(pod),
      labels: Object.fromEntries(labels),
    };
  }
}

/** Labels of one run or revision, which no policy selects by. */
const passingLabels = new Set([
  "pod-template-hash",
  "controller-revision-hash",
  "pod-template-generation",
  "statefulset.kubernetes.io/pod-name",
  "apps.kubernetes.io/pod-index",
  "job-name",
  "controller-uid",
  "batch.kubernetes.io/job-name",
  "batch.kubernetes.io/controller-uid",
]);

/** A pod's specification and status are large; these parts are all that is used of them. */
function slimPod(pod: unknown): unknown {
  const { name, namespace, labels, ownerReferences, generateName } = {
    name: at(pod, "metadata", "name"),
    namespace: at(pod, "metadata", "namespace"),
    labels: at(pod, "metadata", "labels"),
    ownerReferences: at(pod, "metadata", "ownerReferences"),
    generateName: at(pod, "metadata", "generateName"),
  };
  return {
    metadata: { name, namespace, labels, ownerReferences, generateName },
    spec: { hostNetwork: at(pod, "spec", "hostNetwork") },
    status: { podIP: at(pod, "status", "podIP"), podIPs: at(pod, "status", "podIPs") },
  };
}

/** Addresses of finished pods are given to others. */
function isFinished(pod: unknown): boolean {
  const phase = textAt(pod, "status", "phase");
  return phase === "Succeeded" || phase === "Failed";
}

/**
 * Everything a node answers at: its status, the host addresses OVN-Kubernetes found (which node selectors of an
 * EgressFirewall stand for), and the management port, the second address of each of its pod subnets.
 */
function nodeAddresses(node: unknown): NodeFacts["addresses"] {
  const annotation = (name: string): unknown => parsed(textAt(node, "metadata", "annotations", name));
  const host = annotation("k8s.ovn.org/host-cidrs") ?? annotation("k8s.ovn.org/host-addresses");
  const subnets = at(annotation("k8s.ovn.org/node-subnets"), "default");
  return addressesOf([
    ...listAt(node, "status", "addresses").map((entry) => textAt(entry, "address")),
    ...textsAt({ host }, "host"),
    ...(typeof subnets === "string" ? [subnets] : textsAt({ subnets }, "subnets")).flatMap(managementPortOf),
  ]);
}

function managementPortOf(subnet: string): readonly string[] {
  const [address, length] = subnet.split("/");
  const ip = parseIp(address ?? "");
  const prefixLength = Number(length);
  if (
    !ip.ok ||
    !Number.isInteger(prefixLength) ||
    prefixLength < 0 ||
    prefixLength > (ip.value.family === 4 ? 30 : 126)
  )
    return [];
  const { family, first } = cidrAround(ip.value, prefixLength);
  return [formatCidr({ family, first: first + 2n, prefixLength: family === 4 ? 32 : 128 })];
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

/** The install-config is YAML inside a ConfigMap; only the lines of its machine networks are looked at. */
function machineNetworksOf(installConfig: string): readonly Cidr[] {
  const block = /^( *)machineNetwork:\s*\n((?:\1 *- *cidr: *\S+ *\n?)+)/m.exec(installConfig)?.[2] ?? "";
  return cidrsOf([...block.matchAll(/cidr: *["']?([^\s"']+)/g)].map((match) => match[1]!));
}

function sortedByName<T extends { readonly name: string }>(byName: ReadonlyMap<string, T>): readonly T[] {
  return [...byName.values()].toSorted((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}
