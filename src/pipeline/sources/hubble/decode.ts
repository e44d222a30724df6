import { readIp } from "../ip-bytes.ts";
import { json, JsonScanner } from "../json-projection.ts";
import { readStrings } from "../json-strings.ts";
import { unescapeJson } from "../json-unescape.ts";
import { readWhole } from "../number-bytes.ts";
import { endpoint, Observation, type ObservationSink, observed, opener, side, text, verdict } from "../observation.ts";
import { endOfLine, type RecordDecoder, type RecordError } from "../record-decoder.ts";
import { utf8Text } from "../text-bytes.ts";
import { readTime } from "../time-bytes.ts";
import { flowSlots as slot, projection, slotCount } from "./projection.ts";

/** Kinds of event, `event_type.type`. */
const event = { drop: 1, trace: 4, policyVerdict: 5, socket: 7, l7: 129 } as const;
/** Identities that stand for hosts: host, remote-node, kube-apiserver. */
const hostIdentities = new Set([1, 6, 7]);
const worldIdentities = new Set([2, 9, 10]);
/** Drops that a policy asked for; the others are faults on the way. */
const policyDrops = new Set(["POLICY_DENIED", "POLICY_DENY", "AUTH_REQUIRED", "133", "181", "189"]);

/**
 * One Hubble event. Events are not connections: each direction shows each TCP flag, and again every few seconds. Only
 * what opens a connection, seen at one point, counts as a flow; the rest shows that the flow goes on (`flows` 0).
 */
export class HubbleDecoder implements RecordDecoder {
  error: RecordError = "not_an_object";
  private readonly scanner = new JsonScanner(projection, slotCount);
  private readonly observation = new Observation();
  private readonly address = new Uint32Array(4);
  private readonly listFrom = new Int32Array(64);
  private readonly listTo = new Int32Array(64);
  private readonly sink: ObservationSink;

  constructor(sink: ObservationSink) {
    this.sink = sink;
  }

  decode(bytes: Uint8Array, view: DataView, at: number): number {
    const { scanner, observation: o } = this;
    const end = scanner.scan(bytes, view, at);
    if (end < 0) return this.refuse(scanner.error);
    const next = endOfLine(bytes, end);
    if (next < 0) return this.refuse("trailing_text");
    o.clear(bytes, view);
    const time = this.has(slot.time) ? slot.time : slot.outerTime;
    if (this.isText(time)) {
      o.startMs = o.endMs = readTime(bytes, scanner.from[time]!, scanner.to[time]!);
      if (o.startMs < 0) return this.refuse("bad_time");
    }
    if (this.has(slot.lost) || this.has(slot.lostSource)) {
      o.what = observed.lostEvents;
      // The event itself says that something was lost, whatever its number.
      o.lost = Math.max(1, this.whole(bytes, slot.lost));
    } else if (this.has(slot.nodeState)) {
      o.what = this.word(bytes, slot.nodeState) === "NODE_CONNECTED" ? observed.other : observed.nodeOutage;
    } else {
      const error = this.readFlow(bytes);
      if (error !== undefined) return this.refuse(error);
    }
    this.sink(o);
    return next;
  }

  finish(): void {}

  private readFlow(bytes: Uint8Array): RecordError | undefined {
    const { observation: o } = this;
    const kind = this.whole(bytes, slot.eventType);
    const isReply = this.has(slot.isReply) ? this.scanner.kind[slot.isReply] === json.true : undefined;
    const isAnswer = kind === event.l7 && this.word(bytes, slot.l7Type) === "RESPONSE" && this.has(slot.dnsQuery);
    // In a DNS answer the pod that asked is the destination.
    const pod = isAnswer ? slot.destinationPod : slot.sourcePod;
    for (const [index, from] of [
      [text.cluster, pod + 1],
      [text.namespace, pod + 2],
      [text.pod, pod],
    ] as const) {
      if (!this.readText(index, from)) return "bad_escape";
    }
    this.readOwner(bytes, isAnswer ? slot.destinationWorkloads : slot.sourceWorkloads);
    o.sourceIs = this.endpointOf(bytes, slot.sourcePod);
    o.destinationIs = this.endpointOf(bytes, slot.destinationPod);
    if (this.isText(slot.sourceAddress)) {
      o.sourceFamily = this.readAddress(bytes, slot.sourceAddress, o.source);
      if (o.sourceFamily === 0) return "bad_address";
    }
    if (this.isText(slot.destinationAddress)) {
      o.destinationFamily = this.readAddress(bytes, slot.destinationAddress, o.destination);
      if (o.destinationFamily === 0) return "bad_address";
    }
    if (isAnswer) return this.readAnswer(bytes);
    if (!this.readPorts(bytes)) return "bad_port";
    const direction = this.word(bytes, slot.direction);
    o.side = direction === "EGRESS" ? side.egress : direction === "INGRESS" ? side.ingress : side.unknown;
    this.readOpener(kind, isReply);
    this.readVerdict(bytes, kind);
    o.flows = this.isOpening(bytes, kind) ? 1 : 0;
    if (kind === event.socket || (kind > 0 && kind !== event.l7 && kind > event.socket)) o.what = observed.other;
    if (this.scanner.kind[slot.destinationNames] === json.array) {
      const { from, to } = this.scanner;
      const list = slot.destinationNames;
      o.nameCount = readStrings(bytes, from[list]!, to[list]!, o.nameFrom, o.nameTo);
    }
    return undefined;
  }

  /** The first of `workloads`; policies of one pod all have the same owner. */
  private readOwner(bytes: Uint8Array, list: number): void {
    const { scanner, observation: o } = this;
    if (scanner.kind[list] !== json.array) return;
    const start = bytes.indexOf(0x7b, scanner.from[list]);
    if (start < 0 || start >= scanner.to[list]!) return;
    if (workload.scan(bytes, o.view, start) < 0) return;
    for (const [index, from] of [
      [text.ownerName, 0],
      [text.ownerKind, 1],
    ] as const) {
      if (workload.kind[from] === json.string) o.setText(index, workload.from[from]!, workload.to[from]!);
    }
  }

  private endpointOf(bytes: Uint8Array, pod: number): number {
    const identity = this.whole(bytes, pod + 3);
    if (hostIdentities.has(identity)) return endpoint.node;
    if (worldIdentities.has(identity) || identity >= 1 << 24) return endpoint.outside;
    return this.isText(pod) ? endpoint.pod : endpoint.unknown;
  }

  private readAddress(bytes: Uint8Array, index: number, words: Uint32Array): 0 | 4 | 6 {
    return readIp(bytes, this.scanner.from[index]!, this.scanner.to[index]!, words);
  }

  private readPorts(bytes: Uint8Array): boolean {
    const { observation: o } = this;
    for (const [number, first] of [
      [6, slot.tcpSource],
      [17, slot.udpSource],
      [132, slot.sctpSource],
    ] as const) {
      if (!this.has(first) && !this.has(first + 1)) continue;
      o.protocol = number;
      o.sourcePort = this.whole(bytes, first);
      o.destinationPort = this.whole(bytes, first + 1);
      return o.sourcePort <= 65535 && o.destinationPort <= 65535;
    }
    // Zero is left out of the JSON: an ICMP object may be empty, and then only the summary names it.
    const summary = this.word(bytes, slot.summary);
    if (this.has(slot.icmp4) || summary.startsWith("ICMPv4")) {
      o.protocol = 1;
      o.icmpType = Math.max(0, this.whole(bytes, slot.icmp4));
    } else if (this.has(slot.icmp6) || summary.startsWith("ICMPv6")) {
      o.protocol = 58;
      o.icmpType = Math.max(0, this.whole(bytes, slot.icmp6));
    }
    return true;
  }

  private readOpener(kind: number, isReply: boolean | undefined): void {
    const { observation: o, scanner } = this;
    if (isReply ?? scanner.kind[slot.oldReply] === json.true) o.opener = opener.destination;
    else if (isReply === false && o.protocol !== 1 && o.protocol !== 58) o.opener = opener.source;
    else if (scanner.kind[slot.syn] === json.true) {
      o.opener = scanner.kind[slot.ack] === json.true ? opener.destination : opener.source;
    } else if ((kind === event.drop || kind === event.policyVerdict) && o.side === side.egress && o.protocol !== 1) {
      // A policy judges what opens a connection.
      o.opener = opener.source;
    }
  }

  private readVerdict(bytes: Uint8Array, kind: number): void {
    const { observation: o } = this;
    const said = this.word(bytes, slot.verdict);
    if (said === "DROPPED") {
      const reason = this.word(bytes, slot.dropReason) || this.word(bytes, slot.oldDropReason);
      if (kind === event.policyVerdict || policyDrops.has(reason)) o.verdict = verdict.denied;
    } else if (kind === event.policyVerdict && (said === "FORWARDED" || said === "REDIRECTED")) {
      o.verdict = verdict.allowed;
    }
  }

  /** Whether this is the one event of a connection that counts. */
  private isOpening(bytes: Uint8Array, kind: number): boolean {
    const { observation: o, scanner } = this;
    if (kind === event.l7) return false;
    if (o.verdict === verdict.denied) return kind !== event.policyVerdict;
    if (kind === event.policyVerdict) return false;
    const isSyn = scanner.kind[slot.syn] === json.true && scanner.kind[slot.ack] !== json.true;
    const point = this.word(bytes, slot.point);
    return (o.protocol !== 6 || isSyn) && (point === "" || point === "TO_STACK");
  }

  private readAnswer(bytes: Uint8Array): RecordError | undefined {
    const { observation: o, scanner } = this;
    o.what = observed.other;
    if (this.whole(bytes, slot.dnsCode) > 0 || scanner.kind[slot.dnsAddresses] !== json.array) return undefined;
    if (!this.isText(slot.dnsQuery)) return undefined;
    o.nameCount = 1;
    o.nameFrom[0] = scanner.from[slot.dnsQuery]!;
    o.nameTo[0] = scanner.to[slot.dnsQuery]!;
    const list = slot.dnsAddresses;
    const found = readStrings(bytes, scanner.from[list]!, scanner.to[list]!, this.listFrom, this.listTo);
    for (let i = 0; i < found; i += 1) {
      const family = readIp(bytes, this.listFrom[i]!, this.listTo[i]!, this.address);
      if (family === 0) continue;
      o.answers.set(this.address, 4 * o.answerCount);
      o.answerFamily[o.answerCount] = family;
      o.answerCount += 1;
    }
    if (o.answerCount > 0) o.what = observed.dnsAnswer;
    // The asking pod is whom the answer is evidence for.
    o.source.set(o.destination);
    o.sourceFamily = o.destinationFamily;
    return undefined;
  }

  private refuse(error: RecordError): -1 {
    this.error = error;
    return -1;
  }

  private has(index: number): boolean {
    return this.scanner.kind[index] !== json.absent && this.scanner.kind[index] !== json.null;
  }

  private isText(index: number): boolean {
    const { kind, from, to } = this.scanner;
    return kind[index] === json.string && to[index]! > from[index]!;
  }

  private whole(bytes: Uint8Array, index: number): number {
    const { kind, from, to } = this.scanner;
    return kind[index] === json.number || kind[index] === json.string ? readWhole(bytes, from[index]!, to[index]!) : -1;
  }

  /** A short word for comparison; empty when absent. */
  private word(bytes: Uint8Array, index: number): string {
    const { kind, from, to } = this.scanner;
    if (kind[index] !== json.string && kind[index] !== json.number) return "";
    return utf8Text(bytes, from[index]!, Math.min(to[index]!, from[index]! + 32));
  }

  private readText(index: number, from: number): boolean {
    const { scanner, observation: o } = this;
    if (scanner.kind[from] === json.string) o.setText(index, scanner.from[from]!, scanner.to[from]!);
    else if (scanner.kind[from] === json.escaped) {
      const end = unescapeJson(o.bytes, scanner.from[from]!, scanner.to[from]!);
      if (end < 0) return false;
      o.setText(index, scanner.from[from]!, end);
    }
    return true;
  }
}

const workload = new JsonScanner({ name: 0, kind: 1 }, 2);
