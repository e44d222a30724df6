import { readIp } from "../ip-bytes.ts";
import {
  endpoint,
  maxChain,
  maxNames,
  type Observation,
  observed,
  opener,
  side,
  text,
  verdict,
} from "../observation.ts";
import type { RecordError } from "../record-decoder.ts";
import { utf8Text } from "../text-bytes.ts";
import {
  directions,
  dropReasons,
  type HubbleEvent,
  l7Types,
  nodeStates,
  part,
  points,
  traceReasons,
  verdicts,
} from "./event.ts";

/** Kinds of event, `event_type.type`. */
const kind = { drop: 1, trace: 4, policyVerdict: 5, socket: 7, l7: 129 } as const;
/** Identities that stand for hosts: host, remote-node, kube-apiserver. */
const hostIdentities = new Set([1, 6, 7]);
const worldIdentities = new Set([2, 9, 10]);
/** Identities made on a node carry in their upper byte what they are for. */
const scopeSize = 2 ** 24;
const scope = { cidr: 1, remoteNode: 2 } as const;
/** Drops that a policy asked for; the others are faults on the way. */
const policyDrops: ReadonlySet<number> = new Set(Object.values(dropReasons));
/**
 * Where a packet leaves a pod's own program: at one of these, whatever the node's way of routing. Elsewhere on the node it
 * is seen again, but then the direction is unknown or that of the node.
 * @see Cilium bpf/bpf_lxc.c (handle_ipv4_from_lxc) and pkg/hubble/parser/threefour (decodeTrafficDirection)
 */
const exits: ReadonlySet<number> = new Set(Object.values(points));
/** Of packets whose connection had been seen before. */
const known: ReadonlySet<number> = new Set(Object.values(traceReasons));
const address = new Uint32Array(4);

/**
 * What a Hubble event means, whatever it was written in; the texts of `event` are ranges of `o.bytes`, and `o` is clear.
 * Events are not connections: each direction shows each TCP flag, and again every few seconds. Only what opens a
 * connection, seen at one point, counts as a flow; the rest shows that the flow goes on (`flows` 0).
 */
export function fillFromEvent(event: HubbleEvent, o: Observation): RecordError | undefined {
  o.startMs = o.endMs = event.timeMs;
  if (event.lost >= 0) {
    o.what = observed.lostEvents;
    // The event itself says that something was lost, whatever its number.
    o.lost = Math.max(1, event.lost);
    return undefined;
  }
  if (event.nodeState >= 0) {
    o.what = event.nodeState === nodeStates.NODE_CONNECTED ? observed.other : observed.nodeOutage;
    return undefined;
  }
  const isAnswer = event.kind === kind.l7 && event.l7Type === l7Types.RESPONSE && event.has(part.dnsQuery);
  // In a DNS answer the pod that asked is the destination.
  fillPod(event, o, isAnswer ? part.destinationPod : part.sourcePod);
  o.sourceIs = endpointOf(event, event.sourceIdentity, part.sourcePod);
  o.destinationIs = endpointOf(event, event.destinationIdentity, part.destinationPod);
  if (event.has(part.sourceAddress)) {
    o.sourceFamily = readAddress(event, o.bytes, part.sourceAddress, o.source);
    if (o.sourceFamily === 0) return "bad_address";
  }
  if (event.has(part.destinationAddress)) {
    o.destinationFamily = readAddress(event, o.bytes, part.destinationAddress, o.destination);
    if (o.destinationFamily === 0) return "bad_address";
  }
  if (isAnswer) {
    fillAnswer(event, o);
    return undefined;
  }
  if (event.sourcePort > 65535 || event.destinationPort > 65535) return "bad_port";
  o.protocol = event.protocol;
  o.sourcePort = event.sourcePort;
  o.destinationPort = event.destinationPort;
  o.icmpType = event.icmpType;
  o.side =
    event.direction === directions.EGRESS
      ? side.egress
      : event.direction === directions.INGRESS
        ? side.ingress
        : side.unknown;
  o.opener = openerOf(event, o);
  o.verdict = verdictOf(event);
  o.flows = isOpening(event, o) ? 1 : 0;
  fillDeciders(event, o);
  if (event.kind === kind.socket || (event.kind > kind.socket && event.kind !== kind.l7)) o.what = observed.other;
  const { count, from, to } = event.destinationNames;
  o.nameCount = Math.min(count, maxNames);
  for (let i = 0; i < o.nameCount; i += 1) {
    o.nameFrom[i] = from[i]!;
    o.nameTo[i] = to[i]!;
  }
  return undefined;
}

/** Versions that do not tell a policy's kind call it `Policy`. */
function fillDeciders(event: HubbleEvent, o: Observation): void {
  if (o.verdict === verdict.seen) return;
  const { count, from, to } = o.verdict === verdict.denied ? event.egressDeniedBy : event.egressAllowedBy;
  for (let i = 0; i + 2 < count; i += 3) {
    const word = (at: number): string => utf8Text(o.bytes, from[at]!, Math.min(to[at]!, from[at]! + 254));
    o.addDecider({ kind: word(i) || "Policy", namespace: word(i + 1), name: word(i + 2), rule: undefined });
  }
}

function fillPod({ from, to }: HubbleEvent, o: Observation, pod: number): void {
  o.setText(text.pod, from[pod]!, to[pod]!);
  o.setText(text.cluster, from[pod + 1]!, to[pod + 1]!);
  o.setText(text.namespace, from[pod + 2]!, to[pod + 2]!);
  o.setText(text.ownerKind, from[pod + 3]!, to[pod + 3]!);
  o.setText(text.ownerName, from[pod + 4]!, to[pod + 4]!);
}

function endpointOf(event: HubbleEvent, identity: number, pod: number): number {
  if (hostIdentities.has(identity)) return endpoint.node;
  const made = Math.floor(identity / scopeSize);
  if (made === scope.remoteNode) return endpoint.node;
  if (worldIdentities.has(identity) || made >= scope.cidr) return endpoint.outside;
  return event.has(pod) ? endpoint.pod : endpoint.unknown;
}

function readAddress({ from, to }: HubbleEvent, bytes: Uint8Array, index: number, words: Uint32Array): 0 | 4 | 6 {
  return readIp(bytes, from[index]!, to[index]!, words);
}

function openerOf(event: HubbleEvent, o: Observation): number {
  if (event.isReply ?? event.wasReply) return opener.destination;
  // What is ICMP asks or answers by its type.
  if (o.protocol === 1 || o.protocol === 58) return opener.unknown;
  if (event.isReply === false) return opener.source;
  if (event.isSyn) return event.isAck ? opener.destination : opener.source;
  // A policy judges what opens a connection.
  const isJudged = event.kind === kind.drop || event.kind === kind.policyVerdict;
  return isJudged && o.side === side.egress ? opener.source : opener.unknown;
}

function verdictOf(event: HubbleEvent): number {
  if (event.verdict === verdicts.DROPPED) {
    if (event.kind === kind.policyVerdict || policyDrops.has(event.dropReason)) return verdict.denied;
  } else if (event.kind === kind.policyVerdict) {
    if (event.verdict === verdicts.FORWARDED || event.verdict === verdicts.REDIRECTED) return verdict.allowed;
  }
  return verdict.seen;
}

/** Whether this is the one event of a connection that counts. */
function isOpening(event: HubbleEvent, o: Observation): boolean {
  if (event.kind === kind.l7) return false;
  if (o.verdict === verdict.denied) return event.kind !== kind.policyVerdict;
  if (event.kind === kind.policyVerdict) return false;
  const isAnywhere = event.point === -1 || event.point === 0 || event.point === points.TO_STACK;
  const isOnePoint = isAnywhere || (o.side === side.egress && exits.has(event.point));
  return isOnePoint && (o.protocol === 6 ? event.isSyn && !event.isAck : isNew(event));
}

/** Without a SYN connection tracking tells, where the server says what it knew. */
function isNew({ reason }: HubbleEvent): boolean {
  return !known.has(reason);
}

function fillAnswer(event: HubbleEvent, o: Observation): void {
  o.what = observed.other;
  if (event.dnsCode > 0 || event.dnsAddresses.count === 0) return;
  o.nameCount = 1;
  o.nameFrom[0] = event.from[part.dnsQuery]!;
  o.nameTo[0] = event.to[part.dnsQuery]!;
  // The largest numbers are how a writer says that it does not know.
  o.ttlSeconds = event.dnsTtl <= 0x7fff_ffff ? event.dnsTtl : -1;
  o.chainCount = Math.min(event.dnsAliases.count, maxChain);
  for (let i = 0; i < o.chainCount; i += 1) {
    o.chainFrom[i] = event.dnsAliases.from[i]!;
    o.chainTo[i] = event.dnsAliases.to[i]!;
  }
  for (let i = 0; i < event.dnsAddresses.count; i += 1) {
    const family = readIp(o.bytes, event.dnsAddresses.from[i]!, event.dnsAddresses.to[i]!, address);
    if (family === 0) continue;
    o.answers.set(address, 4 * o.answerCount);
    o.answerFamily[o.answerCount] = family;
    o.answerCount += 1;
  }
  if (o.answerCount > 0) o.what = observed.dnsAnswer;
  // The asking pod is whom the answer is evidence for.
  o.source.set(o.destination);
  o.sourceFamily = o.destinationFamily;
}
