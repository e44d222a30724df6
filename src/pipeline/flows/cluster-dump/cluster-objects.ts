import type { Workload } from "../../../core/workload/workload.ts";
import type { ClusterFacts, NamespaceFacts, NodeFacts, PodFacts, ScheduledFacts } from "../cluster-facts.ts";
import { labelsOf, textAt } from "./fields.ts";
import { Namespaced } from "./namespaced.ts";
import { Networks } from "./networks.ts";
import { readNode } from "./node-object.ts";
import { Owners } from "./owners.ts";
import { type PodObject, readPod } from "./pod-object.ts";
import { readScheduled } from "./scheduled-object.ts";
import { Services } from "./services.ts";
import { SharedTexts } from "./shared-texts.ts";

/**
 * The objects of a cluster as they come and go, one by one and in any order: from a dump once, from a watch again and
 * again. Keeps of each only what flows need. An object that comes twice counts once, as it came last.
 */
export class ClusterObjects {
  readonly texts = new SharedTexts();
  readonly owners = new Owners();
  readonly services = new Services();
  readonly #networks = new Networks();
  readonly #nodes = new Map<string, NodeFacts>();
  readonly #pods = new Namespaced<PodObject>();
  readonly #namespaces = new Map<string, NamespaceFacts>();
  readonly #scheduled = new Namespaced<ScheduledFacts>();
  /** Facts told before, for as long as neither the pod nor its workload changes. */
  readonly #told = new WeakMap<PodObject, PodFacts>();

  /** Kinds that flows do not need are passed over. */
  put(kind: string, apiVersion: string, object: unknown): void {
    const name = textAt(object, "metadata", "name");
    switch (kind) {
      case "Node":
        this.#nodes.set(name, readNode(object));
        break;
      case "Pod":
        this.putPod(readPod(object, this.texts));
        break;
      case "Namespace":
      case "Project":
        this.#namespaces.set(name, { name, labels: labelsOf(object) });
        break;
      case "Service":
        if (apiVersion === "v1") this.services.putService(object);
        break;
      case "EndpointSlice":
        this.services.putEndpointSlice(object);
        break;
      case "Endpoints":
        this.services.putEndpoints(object);
        break;
      case "ReplicaSet":
      case "Job":
      case "ReplicationController":
        this.owners.put(kind, object, this.texts);
        break;
      case "CronJob":
        this.#scheduled.set(textAt(object, "metadata", "namespace"), name, readScheduled(object));
        break;
      case "Network":
        this.#networks.put(object, apiVersion);
        break;
      case "ConfigMap":
        if (textAt(object, "metadata", "namespace") === "kube-system" && name === "cluster-config-v1") {
          this.#networks.putInstallConfig(object);
        }
        break;
      default:
    }
  }

  /** A finished pod is no longer one of the cluster's. */
  putPod(pod: PodObject): void {
    if (pod.isFinished) this.#pods.delete(pod.namespace, pod.name);
    else this.#pods.set(pod.namespace, pod.name, pod);
  }

  remove(kind: string, apiVersion: string, namespace: string, name: string): void {
    switch (kind) {
      case "Node":
        this.#nodes.delete(name);
        break;
      case "Pod":
        this.#pods.delete(namespace, name);
        break;
      case "Namespace":
        this.#namespaces.delete(name);
        break;
      case "Service":
        if (apiVersion === "v1") this.services.removeService(namespace, name);
        break;
      case "EndpointSlice":
        this.services.removeEndpointSlice(namespace, name);
        break;
      case "ReplicaSet":
      case "Job":
      case "ReplicationController":
        this.owners.remove(kind, namespace, name);
        break;
      case "CronJob":
        this.#scheduled.delete(namespace, name);
        break;
      case "Network":
        this.#networks.remove(apiVersion);
        break;
      default:
    }
  }

  podNamed(namespace: string, name: string): PodObject | undefined {
    return this.#pods.get(namespace, name);
  }

  /** Running pods of a namespace. */
  podsIn(namespace: string): Iterable<PodObject> {
    return this.#pods.in(namespace);
  }

  nodes(): Iterable<NodeFacts> {
    return this.#nodes.values();
  }

  facts(): ClusterFacts {
    return { ...this.factsAround(), pods: this.podFacts() };
  }

  podFacts(): readonly PodFacts[] {
    this.owners.guessed.clear();
    return this.#pods.sorted().map((pod) => this.#factsOf(pod));
  }

  /** Facts without the pods, which are most of a large cluster. */
  factsAround(): Omit<ClusterFacts, "pods"> {
    const { clusterNetworks, serviceNetworks } = this.#networks.ranges;
    return {
      clusterNetworks,
      serviceNetworks,
      machineNetworks: this.#networks.machineNetworks,
      nodes: sortedByName(this.#nodes),
      services: this.services.facts(),
      namespaces: sortedByName(this.#namespaces),
      apiServer: this.services.apiServer(),
      scheduled: this.#scheduled.sorted(),
    };
  }

  #factsOf(pod: PodObject): PodFacts {
    const workload = this.owners.workloadOf(pod);
    const told = this.#told.get(pod);
    if (told !== undefined && isSameWorkload(told.workload, workload)) return told;
    const { namespace, name, addresses, primaryNetwork, isHostNetwork, labels, images } = pod;
    const own = primaryNetwork === undefined ? {} : { primaryNetwork };
    const facts = { namespace, name, addresses, ...own, isHostNetwork, workload, labels, images };
    this.#told.set(pod, facts);
    return facts;
  }
}

function isSameWorkload(a: Workload, b: Workload): boolean {
  return a.kind === b.kind && a.name === b.name;
}

function sortedByName<T extends { readonly name: string }>(byName: ReadonlyMap<string, T>): readonly T[] {
  return [...byName.values()].toSorted((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}
