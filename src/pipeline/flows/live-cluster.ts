import { compareIp, type IpAddress } from "../../core/net/ip.ts";
import { ClusterObjects } from "./cluster-dump/cluster-objects.ts";
import { textAt } from "./cluster-dump/fields.ts";
import { readNode } from "./cluster-dump/node-object.ts";
import { type PodObject, readPod } from "./cluster-dump/pod-object.ts";
import type { ClusterFacts, Labels, NodeFacts, PodFacts } from "./cluster-facts.ts";
import { PodTimeline, type PodTimelineOptions } from "./pod-timeline.ts";

/** An object that is no more, as far as its last sighting told. */
export interface RemovedObject {
  readonly kind: string;
  readonly apiVersion: string;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

/**
 * What watches bring, in the order they bring it: the cluster as of now, and who had which address when. Takes time as
 * an argument: `nowMs` is when the event was received.
 */
export class LiveCluster {
  readonly timeline: PodTimeline;
  /** Grows whenever {@link facts} would show something else. */
  revision = 1;
  private readonly objects = new ClusterObjects();
  private told: { readonly revision: number; readonly facts: ClusterFacts } | undefined;

  constructor(options: PodTimelineOptions) {
    this.timeline = new PodTimeline(options);
  }

  put(kind: string, apiVersion: string, object: unknown, nowMs: number): void {
    if (kind === "Pod") {
      this.putPod(readPod(object, this.objects.texts), nowMs);
    } else if (kind === "Node") {
      this.putNode(object);
    } else if (kind === "ReplicaSet" || kind === "Job" || kind === "ReplicationController") {
      this.putOwner(kind, object);
    } else {
      this.objects.put(kind, apiVersion, object);
      this.revision += 1;
    }
  }

  remove({ kind, apiVersion, namespace, name, uid }: RemovedObject, nowMs: number): void {
    if (kind === "Pod") this.timeline.gone(uid || `${namespace}/${name}`, nowMs);
    this.objects.remove(kind, apiVersion, namespace, name);
    if (kind === "Node") this.setNodes();
    this.revision += 1;
  }

  /** Pods are listed when somebody first looks at them, as they are then: an observer asks the timeline instead. */
  facts(): ClusterFacts {
    if (this.told?.revision !== this.revision) this.told = { revision: this.revision, facts: this.makeFacts() };
    return this.told.facts;
  }

  private makeFacts(): ClusterFacts {
    const list = (): readonly PodFacts[] => this.objects.podFacts();
    let listed: readonly PodFacts[] | undefined;
    return {
      ...this.objects.factsAround(),
      get pods() {
        return (listed ??= list());
      },
    };
  }

  private putPod(pod: PodObject, nowMs: number): void {
    const before = this.objects.podNamed(pod.namespace, pod.name);
    const uid = uidOf(pod);
    const wasSeen = before !== undefined && uidOf(before) === uid;
    // The next pod of that name, of a StatefulSet: the event that took the first one away was missed.
    if (before !== undefined && !wasSeen) this.timeline.gone(uidOf(before), nowMs);
    const hasAddress = pod.addresses.length + (pod.primaryNetwork?.addresses.length ?? 0) > 0;
    if (!pod.isHostNetwork && (wasSeen || hasAddress)) {
      // What its containers tell is when they had the first address, not one that came in its place.
      const isMoved = wasSeen && before.addresses.length > 0 && !isSameAddresses(before.addresses, pod.addresses);
      const fromMs = (isMoved ? undefined : pod.connectedMs) ?? (wasSeen ? nowMs : (pod.startedMs ?? nowMs));
      const toMs = pod.isFinished ? (pod.finishedMs ?? (wasSeen ? nowMs : fromMs)) : undefined;
      const workload = this.objects.owners.workloadOf(pod);
      this.timeline.saw({ ...pod, uid, workload, fromMs, toMs }, nowMs);
    }
    if (wasSeen && !pod.isFinished && isSamePod(before, pod)) return;
    if (before !== undefined || !pod.isFinished) this.revision += 1;
    this.objects.putPod(pod);
  }

  private putNode(object: unknown): void {
    const node = readNode(object);
    for (const before of this.objects.nodes()) if (before.name === node.name && isSameNode(before, node)) return;
    this.objects.put("Node", "v1", object);
    this.setNodes();
    this.revision += 1;
  }

  private setNodes(): void {
    this.timeline.setNodes([...this.objects.nodes()].flatMap(({ addresses }) => addresses));
  }

  /**
   * Watches of different resources are not in step: a pod may be seen before the owner it belongs to, or before that
   * one's owner.
   */
  private putOwner(kind: string, object: unknown): void {
    if (!this.objects.owners.put(kind, object, this.objects.texts)) return;
    const namespace = textAt(object, "metadata", "namespace");
    for (const pod of this.objects.podsIn(namespace)) {
      if (pod.owner === undefined) continue;
      this.timeline.follow(uidOf(pod), this.objects.owners.workloadOf(pod));
      this.revision += 1;
    }
  }
}

function uidOf({ uid, namespace, name }: PodObject): string {
  return uid === "" ? `${namespace}/${name}` : uid;
}

/** As far as facts show it. */
function isSamePod(a: PodObject, b: PodObject): boolean {
  return (
    a.isHostNetwork === b.isHostNetwork &&
    a.owner?.kind === b.owner?.kind &&
    a.owner?.name === b.owner?.name &&
    isSameLabels(a.labels, b.labels) &&
    a.images.join() === b.images.join() &&
    isSameAddresses(a.addresses, b.addresses) &&
    a.primaryNetwork?.name === b.primaryNetwork?.name &&
    isSameAddresses(a.primaryNetwork?.addresses ?? [], b.primaryNetwork?.addresses ?? [])
  );
}

function isSameNode(a: NodeFacts, b: NodeFacts): boolean {
  return isSameLabels(a.labels, b.labels) && isSameAddresses(a.addresses, b.addresses);
}

function isSameLabels(a: Labels, b: Labels): boolean {
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => a[key] === b[key]);
}

function isSameAddresses(a: readonly IpAddress[], b: readonly IpAddress[]): boolean {
  return a.length === b.length && a.every((address, i) => compareIp(address, b[i]!) === 0);
}
