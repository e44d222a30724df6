import { type Observation, observed, opener } from "../observation.ts";
import { openerOfPacket, protocol, readAddress } from "./wire-words.ts";

/** Header protocols of sFlow. */
export const headerProtocol = { ethernet: 1, ipv4: 11, ipv6: 12 } as const;

const etherType = { ipv4: 0x0800, ipv6: 0x86dd } as const;
const vlanTags = new Set([0x8100, 0x88a8, 0x9100]);
const mplsTypes = new Set([0x8847, 0x8848]);
const maxVlanTags = 4;
const maxMplsLabels = 8;
const maxExtensions = 8;
const extension = { hopByHop: 0, routing: 43, fragment: 44, authentication: 51, destination: 60 } as const;

/**
 * Fills addresses, protocol, ports, ICMP type and size from the first bytes of a packet. What the bytes do not reach
 * stays absent; a packet that is not IP is marked as something else than a flow.
 * @param frameBytes of the whole packet, for those that are too large to say it themselves
 */
export function readPacket(
  o: Observation,
  view: DataView,
  from: number,
  to: number,
  kind: number,
  frameBytes: number,
): void {
  let at = from;
  let type: number = kind === headerProtocol.ipv4 ? etherType.ipv4 : etherType.ipv6;
  if (kind === headerProtocol.ethernet) {
    if (from + 14 > to) return notIp(o);
    at = from + 14;
    type = view.getUint16(from + 12);
    for (let tags = 0; vlanTags.has(type) && tags < maxVlanTags; tags += 1) {
      if (at + 4 > to) return notIp(o);
      type = view.getUint16(at + 2);
      at += 4;
    }
    if (mplsTypes.has(type)) {
      at = behindMpls(view, at, to);
      type = at < 0 ? 0 : view.getUint8(at) >>> 4 === 6 ? etherType.ipv6 : etherType.ipv4;
    }
  } else if (kind !== headerProtocol.ipv4 && kind !== headerProtocol.ipv6) {
    return notIp(o);
  }
  const ipBytes = frameBytes - (at - from);
  if (type === etherType.ipv4) readIpv4(o, view, at, to, ipBytes);
  else if (type === etherType.ipv6) readIpv6(o, view, at, to, ipBytes);
  else notIp(o);
}

/** Labels do not say what they carry: the first bits of IP do. -1 when the labels do not end. */
function behindMpls(view: DataView, from: number, to: number): number {
  for (let label = 0, at = from; label < maxMplsLabels && at + 4 < to; label += 1, at += 4) {
    const isBottom = (view.getUint8(at + 2) & 1) === 1;
    if (isBottom) return at + 4;
  }
  return -1;
}

function notIp(o: Observation): void {
  o.what = observed.other;
}

function readIpv4(o: Observation, view: DataView, at: number, to: number, ipBytes: number): void {
  if (at + 20 > to || view.getUint8(at) >>> 4 !== 4) return notIp(o);
  const headerBytes = 4 * (view.getUint8(at) & 0xf);
  o.sourceFamily = readAddress(view, at + 12, 4, o.source);
  o.destinationFamily = readAddress(view, at + 16, 4, o.destination);
  // What offloading joined to more than 64 KiB says 0.
  o.byteCount = view.getUint16(at + 2) || Math.max(0, ipBytes);
  o.protocol = view.getUint8(at + 9);
  const isFirst = (view.getUint16(at + 6) & 0x1fff) === 0;
  if (isFirst && headerBytes >= 20) readTransport(o, view, at + headerBytes, to);
}

function readIpv6(o: Observation, view: DataView, at: number, to: number, ipBytes: number): void {
  if (at + 40 > to || view.getUint8(at) >>> 4 !== 6) return notIp(o);
  o.sourceFamily = readAddress(view, at + 8, 6, o.source);
  o.destinationFamily = readAddress(view, at + 24, 6, o.destination);
  const payloadBytes = view.getUint16(at + 4);
  o.byteCount = payloadBytes > 0 ? payloadBytes + 40 : Math.max(0, ipBytes);
  let next = view.getUint8(at + 6);
  let p = at + 40;
  for (let i = 0; i < maxExtensions; i += 1) {
    if (next === extension.fragment) {
      if (p + 8 > to) break;
      if (view.getUint16(p + 2) >>> 3 !== 0) {
        o.protocol = view.getUint8(p);
        return;
      }
      next = view.getUint8(p);
      p += 8;
    } else if (next === extension.hopByHop || next === extension.routing || next === extension.destination) {
      if (p + 8 > to) break;
      next = view.getUint8(p);
      p += 8 * (view.getUint8(p + 1) + 1);
    } else if (next === extension.authentication) {
      if (p + 8 > to) break;
      next = view.getUint8(p);
      p += 4 * (view.getUint8(p + 1) + 2);
    } else {
      o.protocol = next;
      readTransport(o, view, p, to);
      return;
    }
  }
}

function readTransport(o: Observation, view: DataView, at: number, to: number): void {
  if (o.protocol === protocol.icmp || o.protocol === protocol.icmp6) {
    if (at + 1 <= to) o.icmpType = view.getUint8(at);
    return;
  }
  if (o.protocol !== protocol.tcp && o.protocol !== protocol.udp && o.protocol !== protocol.sctp) return;
  if (at + 4 > to) return;
  o.sourcePort = view.getUint16(at);
  o.destinationPort = view.getUint16(at + 2);
  o.opener = o.protocol === protocol.tcp && at + 14 <= to ? openerOfPacket(view.getUint8(at + 13)) : opener.unknown;
}
