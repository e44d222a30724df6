import { json, JsonScanner } from "../json-projection.ts";
import { readStrings } from "../json-strings.ts";
import { unescapeJson } from "../json-unescape.ts";
import { readWhole } from "../number-bytes.ts";
import { Observation, type ObservationSink } from "../observation.ts";
import { endOfLine, type RecordDecoder, type RecordError } from "../record-decoder.ts";
import { utf8Text } from "../text-bytes.ts";
import { readTime } from "../time-bytes.ts";
import {
  directions,
  dropReasons,
  HubbleEvent,
  l7Types,
  nodeStates,
  otherWord,
  part,
  points,
  type RangeList,
  traceReasons,
  verdicts,
} from "./event.ts";
import { flowSlots as slot, projection, slotCount } from "./projection.ts";
import { fillFromEvent } from "./rules.ts";

/** One Hubble event as a line of proto3 JSON with the original names, where zero and false are left out. */
export class HubbleDecoder implements RecordDecoder {
  error: RecordError = "not_an_object";
  private readonly scanner = new JsonScanner(projection, slotCount);
  private readonly event = new HubbleEvent();
  private readonly observation = new Observation();
  private readonly sink: ObservationSink;

  constructor(sink: ObservationSink) {
    this.sink = sink;
  }

  decode(bytes: Uint8Array, view: DataView, at: number): number {
    const { scanner, event, observation: o } = this;
    const end = scanner.scan(bytes, view, at);
    if (end < 0) return this.refuse(scanner.error);
    const next = endOfLine(bytes, end);
    if (next < 0) return this.refuse("trailing_text");
    o.clear(bytes, view);
    event.clear();
    const error = this.readEvent(bytes, view) ?? fillFromEvent(event, o);
    if (error !== undefined) return this.refuse(error);
    this.sink(o);
    return next;
  }

  finish(): void {}

  private readEvent(bytes: Uint8Array, view: DataView): RecordError | undefined {
    const { event, scanner } = this;
    const time = this.has(slot.time) ? slot.time : slot.outerTime;
    if (this.isText(time)) {
      event.timeMs = readTime(bytes, scanner.from[time]!, scanner.to[time]!);
      if (event.timeMs < 0) return "bad_time";
    }
    if (this.has(slot.lost) || this.has(slot.lostSource)) event.lost = Math.max(0, this.whole(bytes, slot.lost));
    // A state that is left out or of a newer version is no good news either.
    if (this.has(slot.nodeState) || this.has(slot.statusNodes)) {
      event.nodeState = Math.max(0, this.word(bytes, slot.nodeState, nodeStates));
    }
    event.kind = this.whole(bytes, slot.eventType);
    event.verdict = this.word(bytes, slot.verdict, verdicts);
    const reason = this.word(bytes, slot.dropReason, dropWords);
    event.dropReason = reason > 0 || reason === otherWord ? reason : this.whole(bytes, slot.oldDropReason);
    event.direction = this.word(bytes, slot.direction, directions);
    event.point = this.word(bytes, slot.point, points);
    event.reason = this.word(bytes, slot.reason, traceReasons);
    if (this.has(slot.isReply)) event.isReply = this.isTrue(slot.isReply);
    event.wasReply = this.isTrue(slot.oldReply);
    event.sourceIdentity = this.whole(bytes, slot.sourceIdentity);
    event.destinationIdentity = this.whole(bytes, slot.destinationIdentity);
    event.l7Type = this.word(bytes, slot.l7Type, l7Types);
    this.readTransport(bytes);
    for (const end of [slot.sourcePod, slot.destinationPod] as const) {
      const first = end === slot.sourcePod ? part.sourcePod : part.destinationPod;
      for (let i = 0; i < 3; i += 1) if (!this.readText(bytes, first + i, end + i)) return "bad_escape";
    }
    this.readOwner(bytes, view, slot.sourceWorkloads, part.sourceOwnerKind);
    this.readOwner(bytes, view, slot.destinationWorkloads, part.sourceOwnerKind + part.destinationPod);
    this.readPlain(part.sourceAddress, slot.sourceAddress);
    this.readPlain(part.destinationAddress, slot.destinationAddress);
    this.readList(bytes, slot.destinationNames, event.destinationNames);
    this.readPolicies(bytes, view, slot.egressAllowedBy, event.egressAllowedBy);
    this.readPolicies(bytes, view, slot.egressDeniedBy, event.egressDeniedBy);
    if (event.l7Type === l7Types.RESPONSE) {
      this.readPlain(part.dnsQuery, slot.dnsQuery);
      event.dnsCode = this.whole(bytes, slot.dnsCode);
      event.dnsTtl = this.whole(bytes, slot.dnsTtl);
      this.readList(bytes, slot.dnsAddresses, event.dnsAddresses);
      this.readList(bytes, slot.dnsAliases, event.dnsAliases);
    }
    return undefined;
  }

  private readTransport(bytes: Uint8Array): void {
    const { event } = this;
    event.isSyn = this.isTrue(slot.syn);
    event.isAck = this.isTrue(slot.ack);
    for (const [number, first] of [
      [6, slot.tcpSource],
      [17, slot.udpSource],
      [132, slot.sctpSource],
    ] as const) {
      if (!this.has(first) && !this.has(first + 1)) continue;
      event.protocol = number;
      event.sourcePort = this.whole(bytes, first);
      event.destinationPort = this.whole(bytes, first + 1);
      return;
    }
    // Zero is left out of the JSON: an ICMP object may be empty, and then only the summary names it.
    const summary = this.isText(slot.summary)
      ? utf8Text(bytes, this.from(slot.summary), this.from(slot.summary) + 6)
      : "";
    if (this.has(slot.icmp4) || summary === "ICMPv4") {
      event.protocol = 1;
      event.icmpType = Math.max(0, this.whole(bytes, slot.icmp4));
    } else if (this.has(slot.icmp6) || summary === "ICMPv6") {
      event.protocol = 58;
      event.icmpType = Math.max(0, this.whole(bytes, slot.icmp6));
    }
  }

  /** The first of `workloads`; the pods of one object all have the same owner. */
  private readOwner(bytes: Uint8Array, view: DataView, list: number, kind: number): void {
    const { scanner, event } = this;
    if (scanner.kind[list] !== json.array) return;
    const start = bytes.indexOf(0x7b, scanner.from[list]);
    if (start < 0 || start >= scanner.to[list]!) return;
    if (workload.scan(bytes, view, start) < 0) return;
    for (const [index, from] of [
      [kind + 1, 0],
      [kind, 1],
    ] as const) {
      if (workload.kind[from] === json.string) event.setPart(index, workload.from[from]!, workload.to[from]!);
    }
  }

  private readPolicies(bytes: Uint8Array, view: DataView, list: number, into: RangeList): void {
    const { scanner } = this;
    if (scanner.kind[list] !== json.array) return;
    const end = scanner.to[list]!;
    for (let p = scanner.from[list]!; p < end && !into.isFull; p += 1) {
      if (bytes[p] !== 0x7b) continue;
      const behind = policy.scan(bytes, view, p);
      if (behind < 0) return;
      // An absent text is an empty range: the three of a policy stay together.
      for (let i = 0; i < 3; i += 1) {
        const isText = policy.kind[i] === json.string;
        into.add(isText ? policy.from[i]! : 0, isText ? policy.to[i]! : 0);
      }
      p = behind - 1;
    }
  }

  private readList(bytes: Uint8Array, list: number, into: RangeList): void {
    const { kind, from, to } = this.scanner;
    if (kind[list] === json.array) into.count = readStrings(bytes, from[list]!, to[list]!, into.from, into.to);
  }

  private refuse(error: RecordError): -1 {
    this.error = error;
    return -1;
  }

  private has(index: number): boolean {
    return this.scanner.kind[index] !== json.absent && this.scanner.kind[index] !== json.null;
  }

  private isTrue(index: number): boolean {
    return this.scanner.kind[index] === json.true;
  }

  private isText(index: number): boolean {
    const { kind, from, to } = this.scanner;
    return kind[index] === json.string && to[index]! > from[index]!;
  }

  private from(index: number): number {
    return this.scanner.from[index]!;
  }

  private whole(bytes: Uint8Array, index: number): number {
    const { kind, from, to } = this.scanner;
    return kind[index] === json.number || kind[index] === json.string ? readWhole(bytes, from[index]!, to[index]!) : -1;
  }

  /** An enum, by its word or its number. */
  private word(bytes: Uint8Array, index: number, numbers: Readonly<Record<string, number>>): number {
    const { kind, from, to } = this.scanner;
    if (kind[index] !== json.string && kind[index] !== json.number) return -1;
    const number = readWhole(bytes, from[index]!, to[index]!);
    if (number >= 0) return number;
    const word = utf8Text(bytes, from[index]!, Math.min(to[index]!, from[index]! + 32));
    return Object.hasOwn(numbers, word) ? numbers[word]! : otherWord;
  }

  private readPlain(index: number, from: number): void {
    if (this.isText(from)) this.event.setPart(index, this.scanner.from[from]!, this.scanner.to[from]!);
  }

  private readText(bytes: Uint8Array, index: number, from: number): boolean {
    const { scanner, event } = this;
    if (scanner.kind[from] === json.string) event.setPart(index, scanner.from[from]!, scanner.to[from]!);
    else if (scanner.kind[from] === json.escaped) {
      const end = unescapeJson(bytes, scanner.from[from]!, scanner.to[from]!);
      if (end < 0) return false;
      event.setPart(index, scanner.from[from]!, end);
    }
    return true;
  }
}

const dropWords = { ...dropReasons, DROP_REASON_UNKNOWN: 0 };
const workload = new JsonScanner({ name: 0, kind: 1 }, 2);
const policy = new JsonScanner({ kind: 0, namespace: 1, name: 2 }, 3);
