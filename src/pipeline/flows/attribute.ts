import { endpoint, type Observation, observed, text } from "../sources/observation.ts";
import { isWord, utf8Bytes } from "../sources/text-bytes.ts";
import { clusterNetwork, type PodIdentity } from "./pod-identity.ts";
import type { PodTimeline } from "./pod-timeline.ts";

/** OVN crops ACL names at 63 characters, so that after `EF:` at most 60 of a namespace are left. */
const croppedNamespace = 60;
/** Owners that sources stop at half-way; anything else that a record names is where a person would end. */
const halfWay = ["ReplicaSet", "Job", "ReplicationController"].map(utf8Bytes);

/**
 * Gives the observation the workload that had its source address when it started, for flows, for names that become known
 * of them, and for DNS answers (where the source is who asked), and says which ends are pods or nodes. Records that name
 * their workload are left alone; what
 * they say in part (a namespace, a pod, a run of a CronJob) must agree with what is found. Allocates nothing but a pod's key,
 * once.
 * @param nowMs when the record arrived: of records without a time, and of those from a clock that is ahead
 */
export function attribute(o: Observation, timeline: PodTimeline, nowMs: number): void {
  if (o.what !== observed.flow && o.what !== observed.dnsAnswer && o.what !== observed.names) return;
  if (!isOfCluster(o, timeline.cluster)) return;
  const said = o.startMs >= 0 ? o.startMs : o.endMs;
  const timeMs = said < 0 || said > nowMs ? nowMs : said;
  const found = o.sourceFamily === 0 ? undefined : timeline.at(o.sourceFamily, o.source, timeMs, o.network);
  if (o.destinationIs === endpoint.unknown && o.destinationFamily !== 0 && o.prefixLength < 0) {
    if (reachesPod(o, timeline, timeMs, found)) o.destinationIs = endpoint.pod;
  }
  if (o.sourceFamily === 0 || (o.sourceIs !== endpoint.unknown && o.sourceIs !== endpoint.pod)) return;
  if (found !== undefined) {
    if (o.sourceIs === endpoint.unknown) o.sourceIs = endpoint.pod;
    if (!namesWorkload(o) && agrees(o, found)) o.attributed = found.key;
  } else if (o.sourceIs === endpoint.unknown) {
    if (timeline.isNode(o.sourceFamily, o.source)) o.sourceIs = endpoint.node;
    else if (timeline.isShared(o.sourceFamily, o.source)) o.sourceIs = endpoint.pod;
  }
}

/** Networks are islands: an address that pods have only on another one leads outside. */
function reachesPod(o: Observation, timeline: PodTimeline, timeMs: number, from: PodIdentity | undefined): boolean {
  const onNetwork = (network: string): boolean =>
    timeline.at(o.destinationFamily, o.destination, timeMs, network) !== undefined;
  if (o.network !== "") return onNetwork(o.network);
  if (from === undefined) return onNetwork(clusterNetwork);
  // A network that spans namespaces goes by another full name at the pods of each.
  return onNetwork(from.network) || (from.networkName !== from.network && onNetwork(from.networkName));
}

/** One feed can carry flows of many clusters, whose pods may have the same addresses. */
function isOfCluster({ bytes, textFrom, textTo }: Observation, cluster: string): boolean {
  const from = textFrom[text.cluster]!;
  const length = textTo[text.cluster]! - from;
  if (length === 0) return true;
  if (length !== cluster.length) return false;
  for (let i = 0; i < length; i += 1) if (bytes[from + i] !== cluster.charCodeAt(i)) return false;
  return true;
}

function namesWorkload({ bytes, textFrom, textTo }: Observation): boolean {
  if (textTo[text.ownerName]! <= textFrom[text.ownerName]!) return false;
  for (const kind of halfWay) if (isWord(bytes, textFrom[text.ownerKind]!, textTo[text.ownerKind]!, kind)) return false;
  return true;
}

function agrees({ bytes, textFrom, textTo }: Observation, pod: PodIdentity): boolean {
  const from = textFrom[text.namespace]!;
  const to = textTo[text.namespace]!;
  if (to > from && !pod.isInNamespace(bytes, from, to, croppedNamespace)) return false;
  return textTo[text.pod]! <= textFrom[text.pod]! || pod.isNamed(bytes, textFrom[text.pod]!, textTo[text.pod]!);
}
