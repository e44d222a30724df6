import type { IpAddress } from "../../../core/net/ip.ts";
import type { Labels } from "../cluster-facts.ts";
import type { PrimaryNetwork } from "../pod-timeline.ts";
import { addressesOf, at, jsonOf, labelsOf, listAt, textAt, textsAt, timeAt } from "./fields.ts";
import { controllerOf, type OwnedPod } from "./owners.ts";
import { SharedTexts } from "./shared-texts.ts";

/** What is kept of a pod: its specification and status are large, and these parts are all that is used of them. */
export interface PodObject extends OwnedPod {
  readonly uid: string;
  /** In both families; for a host-network pod these are its node's. */
  readonly addresses: readonly IpAddress[];
  /** User-defined network by which its traffic leaves; undefined: the cluster's. */
  readonly primaryNetwork: PrimaryNetwork | undefined;
  readonly isHostNetwork: boolean;
  /** Succeeded or failed: its addresses are given to others. */
  readonly isFinished: boolean;
  readonly labels: Labels;
  readonly images: readonly string[];
  /** When its network was there, else when its first container was; whole seconds of the node's clock. */
  readonly connectedMs: number | undefined;
  /** When its node took it on, before it had an address. */
  readonly startedMs: number | undefined;
  /** When its last container ended, rounded up; undefined when some did not end. */
  readonly finishedMs: number | undefined;
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

/** @param texts for what is kept: a cluster has the same words thousands of times */
export function readPod(pod: unknown, texts = new SharedTexts()): PodObject {
  const phase = textAt(pod, "status", "phase");
  const containers = [...listAt(pod, "status", "initContainerStatuses"), ...listAt(pod, "status", "containerStatuses")];
  const conditions = listAt(pod, "status", "conditions");
  const sandbox = conditions.find((one) => textAt(one, "type") === "PodReadyToStartContainers");
  const started = containers
    .flatMap((container) => [
      timeAt(container, "state", "running", "startedAt"),
      timeAt(container, "state", "terminated", "startedAt"),
      timeAt(container, "lastState", "terminated", "startedAt"),
    ])
    .filter((time) => time !== undefined);
  const firstStart = started.length === 0 ? undefined : Math.min(...started);
  // After its node was started again a pod has a new network, which its former containers never had.
  const network = textAt(sandbox, "status") === "True" ? timeAt(sandbox, "lastTransitionTime") : undefined;
  // Of a pod that was lost with its node some containers are said to run for ever: when it ended nobody knows.
  const isLost = containers.some((container) => at(container, "state", "running") !== undefined);
  const finished = containers
    .map((container) => timeAt(container, "state", "terminated", "finishedAt"))
    .filter((time) => time !== undefined);
  const networks = jsonOf(textAt(pod, "metadata", "annotations", "k8s.ovn.org/pod-networks"));
  return {
    uid: textAt(pod, "metadata", "uid"),
    namespace: texts.share(textAt(pod, "metadata", "namespace")),
    name: textAt(pod, "metadata", "name"),
    owner: controllerOf(pod, texts),
    isNameGenerated: textAt(pod, "metadata", "generateName") !== "",
    templateHash: texts.share(textAt(pod, "metadata", "labels", "pod-template-hash")),
    addresses: addressesOf([
      textAt(pod, "status", "podIP"),
      ...listAt(pod, "status", "podIPs").map((entry) => textAt(entry, "ip")),
      ...assignedAddresses(at(networks, "default")),
    ]),
    primaryNetwork: primaryNetworkOf(networks),
    isHostNetwork: at(pod, "spec", "hostNetwork") === true,
    isFinished: phase === "Succeeded" || phase === "Failed",
    labels: labelsOf(pod, passingLabels, texts),
    images: imagesOf(pod).map((image) => texts.share(image)),
    connectedMs: network ?? firstStart,
    startedMs: timeAt(pod, "status", "startTime") ?? timeAt(pod, "metadata", "creationTimestamp"),
    finishedMs: isLost || finished.length === 0 ? undefined : Math.max(...finished) + 1000,
  };
}

/** Where the specification is not kept, the status says what runs; of images without a name it tells a digest. */
function imagesOf(pod: unknown): readonly string[] {
  const specified = listAt(pod, "spec", "containers").map((container) => textAt(container, "image"));
  const running = listAt(pod, "status", "containerStatuses").map((container) => textAt(container, "image"));
  return [...new Set((specified.length > 0 ? specified : running).filter((image) => image !== ""))];
}

/** OVN-Kubernetes says here what it has assigned, before the pod has a network and well before its status tells. */
function assignedAddresses(network: unknown): readonly string[] {
  return [...textsAt(network, "ip_addresses"), textAt(network, "ip_address")];
}

/**
 * Of the networks of a pod the one with the role `primary`, where that is not the cluster's. The status of such a pod
 * shows its address on the cluster's network, which only probes use.
 */
function primaryNetworkOf(networks: unknown): PrimaryNetwork | undefined {
  if (typeof networks !== "object" || networks === null) return undefined;
  for (const [name, network] of Object.entries(networks)) {
    if (name === "default" || textAt(network, "role") !== "primary") continue;
    return { name, addresses: addressesOf(assignedAddresses(network)) };
  }
  return undefined;
}
