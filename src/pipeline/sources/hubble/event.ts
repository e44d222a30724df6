import { maxDeciders } from "../observation.ts";

/** Numbers of Hubble's enums, from flow.proto and relay.proto. Only those that a rule asks for. */
export const verdicts = { FORWARDED: 1, DROPPED: 2, REDIRECTED: 5 } as const;
export const dropReasons = { POLICY_DENIED: 133, POLICY_DENY: 181, AUTH_REQUIRED: 189 } as const;
export const directions = { INGRESS: 1, EGRESS: 2 } as const;
export const l7Types = { REQUEST: 1, RESPONSE: 2, SAMPLE: 3 } as const;
export const points = { TO_PROXY: 1, TO_HOST: 2, TO_STACK: 3, TO_OVERLAY: 4, TO_NETWORK: 11 } as const;
export const traceReasons = { ESTABLISHED: 2, REPLY: 3, RELATED: 4 } as const;
export const nodeStates = { NODE_CONNECTED: 1, NODE_UNAVAILABLE: 2, NODE_GONE: 3, NODE_ERROR: 4 } as const;
/** What an enum's word is read as when no rule asks for it; no number of a proto. */
export const otherWord = -2;

/** Texts of an event; those of the destination follow those of the source in the same order. */
export const part = {
  sourcePod: 0,
  sourceCluster: 1,
  sourceNamespace: 2,
  sourceOwnerKind: 3,
  sourceOwnerName: 4,
  destinationPod: 5,
  sourceAddress: 10,
  destinationAddress: 11,
  dnsQuery: 12,
  nodeName: 13,
  uuid: 14,
} as const;
export const partCount = 15;

/** Ranges of bytes, at most as many as there is room for. */
export class RangeList {
  count = 0;
  readonly from: Int32Array;
  readonly to: Int32Array;

  constructor(room: number) {
    this.from = new Int32Array(room);
    this.to = new Int32Array(room);
  }

  get isFull(): boolean {
    return this.count === this.from.length;
  }

  add(from: number, to: number): void {
    if (this.isFull) return;
    this.from[this.count] = from;
    this.to[this.count] = to;
    this.count += 1;
  }
}

/**
 * One message of Hubble as its fields say it, whether it came as JSON or as protobuf: what the fields mean is one matter
 * for both (`rules.ts`). Filled again and again; absent numbers are -1, absent texts are empty ranges.
 */
export class HubbleEvent {
  timeMs = -1;
  /** Set when the message tells of events that were lost: how many, at least 1. */
  lost = -1;
  nodeState = -1;
  /** `event_type.type`. */
  kind = -1;
  verdict = -1;
  dropReason = -1;
  direction = -1;
  point = -1;
  /** What connection tracking knew of the packet, `trace_reason`. */
  reason = -1;
  isReply: boolean | undefined;
  /** The older field, where false may also mean unknown. */
  wasReply = false;
  sourceIdentity = -1;
  destinationIdentity = -1;
  protocol = -1;
  sourcePort = -1;
  destinationPort = -1;
  icmpType = -1;
  isSyn = false;
  isAck = false;
  l7Type = -1;
  dnsCode = -1;
  dnsTtl = -1;
  readonly from = new Int32Array(partCount);
  readonly to = new Int32Array(partCount);
  readonly destinationNames = new RangeList(16);
  /** Policies that allowed or denied the way out, three ranges each: kind, namespace and name. */
  readonly egressAllowedBy = new RangeList(3 * maxDeciders);
  readonly egressDeniedBy = new RangeList(3 * maxDeciders);
  readonly dnsAddresses = new RangeList(64);
  readonly dnsAliases = new RangeList(16);
  /** Whom the relay's message about nodes is about; of protobuf only. */
  readonly statusNodes = new RangeList(256);

  clear(): void {
    this.timeMs = -1;
    this.lost = -1;
    this.nodeState = -1;
    this.kind = -1;
    this.verdict = -1;
    this.dropReason = -1;
    this.direction = -1;
    this.point = -1;
    this.reason = -1;
    this.isReply = undefined;
    this.wasReply = false;
    this.sourceIdentity = -1;
    this.destinationIdentity = -1;
    this.protocol = -1;
    this.sourcePort = -1;
    this.destinationPort = -1;
    this.icmpType = -1;
    this.isSyn = false;
    this.isAck = false;
    this.l7Type = -1;
    this.dnsCode = -1;
    this.dnsTtl = -1;
    this.from.fill(0);
    this.to.fill(0);
    this.destinationNames.count = 0;
    this.egressAllowedBy.count = 0;
    this.egressDeniedBy.count = 0;
    this.dnsAddresses.count = 0;
    this.dnsAliases.count = 0;
    this.statusNodes.count = 0;
  }

  setPart(index: number, from: number, to: number): void {
    this.from[index] = from;
    this.to[index] = to;
  }

  has(index: number): boolean {
    return this.to[index]! > this.from[index]!;
  }
}
