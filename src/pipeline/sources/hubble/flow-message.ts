import type { WireReader } from "../protobuf/wire-reader.ts";
import { type HubbleEvent, part, type RangeList } from "./event.ts";

/**
 * Reads the `flow.Flow` that the reader stands on into the event.
 * @returns its time in microseconds; `before` when it has none
 * @see flow.proto of Cilium: the numbers of the fields
 */
export function readFlow(reader: WireReader, event: HubbleEvent, before: number): number {
  let timeUs = before;
  let reason = -1;
  let oldReason = -1;
  if (!reader.enter()) return before;
  while (reader.next()) {
    switch (reader.field) {
      case 1:
        timeUs = readTime(reader);
        break;
      case 2:
        event.verdict = reader.whole();
        break;
      case 3:
        oldReason = reader.whole();
        break;
      case 5:
        readIp(reader, event);
        break;
      case 6:
        readTransport(reader, event);
        break;
      case 8:
        event.sourceIdentity = readEnd(reader, event, part.sourcePod, event.sourceIdentity);
        break;
      case 9:
        event.destinationIdentity = readEnd(reader, event, part.destinationPod, event.destinationIdentity);
        break;
      case 11:
        if (!event.has(part.nodeName)) event.setPart(part.nodeName, reader.from, reader.to);
        break;
      case 14:
        event.destinationNames.add(reader.from, reader.to);
        break;
      case 15:
        readL7(reader, event);
        break;
      case 16:
        event.wasReply = reader.isTrue();
        break;
      case 19:
        event.kind = readInner(reader, 1, event.kind);
        break;
      case 22:
        event.direction = reader.whole();
        break;
      case 24:
        event.point = reader.whole();
        break;
      case 25:
        reason = reader.whole();
        break;
      case 26:
        // A wrapped boolean: an empty message says false.
        event.isReply = readInner(reader, 1, 0) > 0;
        break;
      case 36:
        event.reason = reader.whole();
        break;
      case 34:
        event.setPart(part.uuid, reader.from, reader.to);
        break;
      case 21_001:
        readPolicy(reader, event.egressAllowedBy);
        break;
      case 21_004:
        readPolicy(reader, event.egressDeniedBy);
        break;
      default:
    }
  }
  reader.leave();
  event.dropReason = reason > 0 ? reason : oldReason;
  return timeUs;
}

/** Microseconds since the epoch; -1 for a time before it, or none. */
export function readTime(reader: WireReader): number {
  if (!reader.enter()) return -1;
  let seconds = 0;
  let nanos = 0;
  while (reader.next()) {
    if (reader.field === 1) seconds = reader.signed();
    else if (reader.field === 2) nanos = reader.whole();
  }
  reader.leave();
  // Until the year 9999, where RFC 3339 ends.
  if (!(seconds >= 0 && seconds < 253_402_300_800) || nanos < 0 || nanos > 999_999_999) return -1;
  return seconds * 1_000_000 + Math.floor(nanos / 1000);
}

function readIp(reader: WireReader, event: HubbleEvent): void {
  if (!reader.enter()) return;
  while (reader.next()) {
    if (reader.field === 1) event.setPart(part.sourceAddress, reader.from, reader.to);
    else if (reader.field === 2) event.setPart(part.destinationAddress, reader.from, reader.to);
  }
  reader.leave();
}

function readTransport(reader: WireReader, event: HubbleEvent): void {
  if (!reader.enter()) return;
  while (reader.next()) {
    switch (reader.field) {
      case 1:
        readPorts(reader, event, 6);
        break;
      case 2:
        readPorts(reader, event, 17);
        break;
      case 5:
        readPorts(reader, event, 132);
        break;
      case 3:
      case 4:
        event.protocol = reader.field === 3 ? 1 : 58;
        event.icmpType = Math.max(0, readInner(reader, 1, 0));
        break;
      default:
    }
  }
  reader.leave();
}

function readPorts(reader: WireReader, event: HubbleEvent, protocol: number): void {
  event.protocol = protocol;
  if (!reader.enter()) return;
  while (reader.next()) {
    if (reader.field === 1) event.sourcePort = reader.whole();
    else if (reader.field === 2) event.destinationPort = reader.whole();
    else if (reader.field === 3 && protocol === 6) readFlags(reader, event);
  }
  reader.leave();
}

function readFlags(reader: WireReader, event: HubbleEvent): void {
  if (!reader.enter()) return;
  while (reader.next()) {
    if (reader.field === 2) event.isSyn = reader.isTrue();
    else if (reader.field === 5) event.isAck = reader.isTrue();
  }
  reader.leave();
}

/** @returns the identity */
function readEnd(reader: WireReader, event: HubbleEvent, first: number, before: number): number {
  let identity = before;
  if (!reader.enter()) return identity;
  let hasOwner = false;
  while (reader.next()) {
    switch (reader.field) {
      case 2:
        identity = reader.whole();
        break;
      case 3:
        event.setPart(first + part.sourceNamespace, reader.from, reader.to);
        break;
      case 5:
        event.setPart(first + part.sourcePod, reader.from, reader.to);
        break;
      case 6:
        // The first one; the pods of one object all have the same owner.
        if (!hasOwner) readOwner(reader, event, first);
        hasOwner = true;
        break;
      case 7:
        event.setPart(first + part.sourceCluster, reader.from, reader.to);
        break;
      default:
    }
  }
  reader.leave();
  return identity;
}

function readOwner(reader: WireReader, event: HubbleEvent, first: number): void {
  if (!reader.enter()) return;
  while (reader.next()) {
    if (reader.field === 1) event.setPart(first + part.sourceOwnerName, reader.from, reader.to);
    else if (reader.field === 2) event.setPart(first + part.sourceOwnerKind, reader.from, reader.to);
  }
  reader.leave();
}

function readPolicy(reader: WireReader, into: RangeList): void {
  const from = [0, 0, 0];
  const to = [0, 0, 0];
  if (into.isFull || !reader.enter()) return;
  while (reader.next()) {
    const index = reader.field === 5 ? 0 : reader.field === 2 ? 1 : reader.field === 1 ? 2 : -1;
    if (index < 0) continue;
    from[index] = reader.from;
    to[index] = reader.to;
  }
  reader.leave();
  for (let i = 0; i < 3; i += 1) into.add(from[i]!, to[i]!);
}

function readL7(reader: WireReader, event: HubbleEvent): void {
  if (!reader.enter()) return;
  while (reader.next()) {
    if (reader.field === 1) event.l7Type = reader.whole();
    else if (reader.field === 100) readDns(reader, event);
  }
  reader.leave();
}

function readDns(reader: WireReader, event: HubbleEvent): void {
  if (!reader.enter()) return;
  while (reader.next()) {
    switch (reader.field) {
      case 1:
        event.setPart(part.dnsQuery, reader.from, reader.to);
        break;
      case 2:
        event.dnsAddresses.add(reader.from, reader.to);
        break;
      case 3:
        event.dnsTtl = reader.whole();
        break;
      case 4:
        event.dnsAliases.add(reader.from, reader.to);
        break;
      case 6:
        event.dnsCode = reader.whole();
        break;
      default:
    }
  }
  reader.leave();
}

/** A number one level down; `absent` when it is not there. */
export function readInner(reader: WireReader, field: number, absent: number): number {
  let value = absent;
  if (!reader.enter()) return value;
  while (reader.next()) if (reader.field === field) value = reader.whole();
  reader.leave();
  return value;
}
