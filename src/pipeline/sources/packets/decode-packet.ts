import type { CapturedFrame } from "./captured-frame.ts";
import { networkLayerOf } from "./link-layer.ts";
import type { Packet } from "./packet.ts";

/** `other`: no IP, as ARP; `unsupported`: a link type that is not known; `broken`: headers that cannot be. */
export type PacketFate = "ip" | "other" | "unsupported" | "broken";

/** Tunnels in tunnels beyond this are taken as the packets they are. */
const maxDepth = 4;
const maxExtensions = 8;
const protocol = { icmp: 1, ipv4: 4, tcp: 6, udp: 17, ipv6: 41, icmp6: 58, sctp: 132 } as const;
const geneve = 6081;
/** The registered port and the one that Linux used before it, which flannel still uses. */
const vxlan = new Set([4789, 8472]);

/** Reads the headers of a frame down to the innermost transport header. */
export function decodePacket(frame: CapturedFrame, packet: Packet): PacketFate {
  packet.bytes = frame.bytes;
  packet.view = frame.view;
  packet.isTunnelled = false;
  const found = networkLayerOf(frame.link, frame.view, frame.from, frame.to);
  if (found === "unsupported" || found === "other" || found === "broken") return found;
  packet.sentTo = frame.from + frame.originalLength;
  const isCut = frame.to < packet.sentTo;
  const fate = decodeIp(packet, found, frame.to, isCut, 0);
  if (fate === "ip" || !packet.isTunnelled) return fate;
  // What looks like a tunnel and holds no IP packet is taken as what it is outside.
  packet.isTunnelled = false;
  return decodeIp(packet, found, frame.to, isCut, maxDepth);
}

/**
 * Reads a UDP datagram that was put together from fragments: `packet` holds the headers of one of them, and `bytes` the
 * datagram from its own header on.
 */
export function decodeDatagram(packet: Packet, bytes: Uint8Array, isCut: boolean): PacketFate {
  packet.bytes = bytes;
  packet.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  packet.sentTo = bytes.length;
  packet.protocol = protocol.udp;
  packet.fragmentAt = 0;
  packet.hasMore = packet.isTunnelled = false;
  const { family, byteCount, source, destination } = packet;
  const ends = [source.slice(), destination.slice()] as const;
  const fate = decodeTransport(packet, 0, bytes.length, bytes.length, isCut, 0);
  if (fate === "ip" || !packet.isTunnelled) return fate;
  // As in `decodePacket`: no tunnel, and nothing of what looked like its content holds.
  packet.isTunnelled = false;
  packet.family = family;
  packet.byteCount = byteCount;
  packet.protocol = protocol.udp;
  source.set(ends[0]);
  destination.set(ends[1]);
  return decodeTransport(packet, 0, bytes.length, bytes.length, isCut, maxDepth);
}

/** The IP packet at `at`; its version is in its first byte, whatever the layer below called it. */
function decodeIp(packet: Packet, at: number, end: number, isCut: boolean, depth: number): PacketFate {
  if (at >= end) return "broken";
  const version = packet.bytes[at]! >>> 4;
  if (version === 4) return decodeIpv4(packet, at, end, isCut, depth);
  return version === 6 ? decodeIpv6(packet, at, end, isCut, depth) : "broken";
}

function decodeIpv4(packet: Packet, at: number, end: number, isCut: boolean, depth: number): PacketFate {
  const { bytes, view, source, destination } = packet;
  if (end - at < 20) return "broken";
  const headerLength = (bytes[at]! & 0x0f) << 2;
  // A length of 0 is what segmentation offload leaves for the card to fill in.
  const total = view.getUint16(at + 2) || packet.sentTo - at;
  if (headerLength < 20 || total < headerLength || end - at < headerLength) return "broken";
  const fragment = view.getUint16(at + 6);
  packet.family = 4;
  source.fill(0);
  destination.fill(0);
  source[0] = view.getUint32(at + 12);
  destination[0] = view.getUint32(at + 16);
  packet.protocol = bytes[at + 9]!;
  packet.identification = view.getUint16(at + 4);
  packet.byteCount = total;
  packet.fragmentAt = (fragment & 0x1fff) << 3;
  packet.hasMore = (fragment & 0x2000) !== 0;
  return decodeTransport(packet, at + headerLength, Math.min(end, at + total), total - headerLength, isCut, depth);
}

function decodeIpv6(packet: Packet, at: number, end: number, isCut: boolean, depth: number): PacketFate {
  const { bytes, view, source, destination } = packet;
  if (end - at < 40) return "broken";
  const said = view.getUint16(at + 4);
  const length = said === 0 ? packet.sentTo - at - 40 : said;
  packet.family = 6;
  for (let word = 0; word < 4; word += 1) {
    source[word] = view.getUint32(at + 8 + 4 * word);
    destination[word] = view.getUint32(at + 24 + 4 * word);
  }
  packet.identification = 0;
  packet.byteCount = 40 + length;
  packet.fragmentAt = 0;
  packet.hasMore = false;
  const last = Math.min(end, at + 40 + length);
  let next = bytes[at + 6]!;
  let p = at + 40;
  for (let count = 0; isExtension(next); count += 1) {
    if (count === maxExtensions || last - p < 8) return isCut ? "other" : "broken";
    const kind = next;
    next = bytes[p]!;
    if (kind === 44) {
      packet.fragmentAt = view.getUint16(p + 2) & 0xfff8;
      packet.hasMore = (bytes[p + 3]! & 1) !== 0;
      packet.identification = view.getUint32(p + 4);
      p += 8;
    } else {
      p += kind === 51 ? (bytes[p + 1]! + 2) << 2 : (bytes[p + 1]! + 1) << 3;
    }
    if (packet.fragmentAt > 0) break;
  }
  packet.protocol = next;
  return decodeTransport(packet, p, last, at + 40 + length - p, isCut, depth);
}

/** Hop-by-hop, routing, fragment, authentication, destination options, mobility. */
function isExtension(next: number): boolean {
  return next === 0 || next === 43 || next === 44 || next === 51 || next === 60 || next === 135;
}

function decodeTransport(
  packet: Packet,
  at: number,
  end: number,
  length: number,
  isCut: boolean,
  depth: number,
): PacketFate {
  const { bytes, view } = packet;
  packet.sourcePort = packet.destinationPort = packet.flags = 0;
  packet.sequence = packet.acknowledged = 0;
  packet.icmpType = packet.chunkType = -1;
  packet.payloadFrom = packet.payloadTo = end;
  packet.payloadLength = 0;
  packet.isFragment = packet.hasMore || packet.fragmentAt > 0;
  packet.contentFrom = at;
  packet.contentTo = end;
  packet.contentLength = length;
  if (packet.fragmentAt > 0) return "ip";
  switch (packet.protocol) {
    case protocol.tcp: {
      if (end - at < 14) return isCut ? "other" : "broken";
      packet.sourcePort = view.getUint16(at);
      packet.destinationPort = view.getUint16(at + 2);
      packet.sequence = view.getUint32(at + 4);
      packet.acknowledged = view.getUint32(at + 8);
      packet.flags = bytes[at + 13]!;
      const header = (bytes[at + 12]! >>> 4) << 2;
      if (header < 20 || header > length) return "broken";
      return withPayload(packet, at + header, end, length - header);
    }
    case protocol.udp:
      if (end - at < 8) return isCut ? "other" : "broken";
      packet.sourcePort = view.getUint16(at);
      packet.destinationPort = view.getUint16(at + 2);
      // A part of a tunnelled packet is looked into when the others are there.
      if (depth < maxDepth && isTunnel(packet) && !packet.isFragment && isCarrier(packet)) {
        return tunnelledBy(packet, at + 8, end, isCut, depth);
      }
      // The datagram's own length: more than this packet's where it was cut into fragments.
      return withPayload(packet, at + 8, end, (view.getUint16(at + 4) || length) - 8);
    case protocol.sctp:
      if (end - at < 12) return isCut ? "other" : "broken";
      packet.sourcePort = view.getUint16(at);
      packet.destinationPort = view.getUint16(at + 2);
      packet.chunkType = end - at > 12 ? bytes[at + 12]! : -1;
      return "ip";
    case protocol.icmp:
    case protocol.icmp6: {
      if (end - at < 1) return isCut ? "other" : "broken";
      const type = bytes[at]!;
      packet.icmpType = type;
      const isEcho = packet.protocol === protocol.icmp ? type === 0 || type === 8 : type === 128 || type === 129;
      if (isEcho && end - at >= 6) packet.sourcePort = packet.destinationPort = view.getUint16(at + 4);
      return "ip";
    }
    case protocol.ipv4:
    case protocol.ipv6:
      if (depth >= maxDepth || !isCarrier(packet)) return "ip";
      packet.isTunnelled = true;
      return decodeIp(packet, at, end, isCut, depth + 1);
    default:
      return "ip";
  }
}

function withPayload(packet: Packet, from: number, end: number, length: number): PacketFate {
  packet.payloadFrom = Math.min(from, end);
  packet.payloadTo = end;
  packet.payloadLength = Math.max(0, length);
  return "ip";
}

/** Whether a UDP datagram is one of Geneve or VXLAN, by its port. */
export function isTunnel({ destinationPort }: Packet): boolean {
  return destinationPort === geneve || vxlan.has(destinationPort);
}

function isCarrier(packet: Packet): boolean {
  return packet.isCarrier(packet.family, packet.source);
}

function tunnelledBy(packet: Packet, at: number, end: number, isCut: boolean, depth: number): PacketFate {
  const { bytes, view } = packet;
  packet.isTunnelled = true;
  if (end - at < 8) return "broken";
  let inner = at + 8;
  let etherType = 0x6558;
  if (packet.destinationPort === geneve) {
    // Version 0; options in words of four bytes.
    if (bytes[at]! >>> 6 !== 0) return "broken";
    inner += (bytes[at]! & 0x3f) << 2;
    etherType = view.getUint16(at + 2);
  } else if ((bytes[at]! & 0x08) === 0) {
    return "broken";
  }
  if (etherType !== 0x6558) return decodeIp(packet, inner, end, isCut, depth + 1);
  const found = networkLayerOf(1, view, inner, end);
  return typeof found === "number" ? decodeIp(packet, found, end, isCut, depth + 1) : found;
}
