import { opener } from "../observation.ts";

export const protocol = { icmp: 1, tcp: 6, udp: 17, icmp6: 58, sctp: 132 } as const;

const syn = 0x02;
const ack = 0x10;

/** Reads the 4 or 16 bytes of an address; an IPv4-mapped IPv6 address is the IPv4 address. */
export function readAddress(view: DataView, at: number, family: 4 | 6, words: Uint32Array): 4 | 6 {
  words[0] = view.getUint32(at);
  if (family === 4) return 4;
  words[1] = view.getUint32(at + 4);
  words[2] = view.getUint32(at + 8);
  words[3] = view.getUint32(at + 12);
  if (words[0] !== 0 || words[1] !== 0 || words[2] !== 0xffff) return 6;
  words[0] = words[3];
  return 4;
}

/** From the flags of a single packet. */
export function openerOfPacket(flags: number): number {
  if ((flags & syn) === 0) return opener.unknown;
  return (flags & ack) === 0 ? opener.source : opener.destination;
}

/**
 * From the flags of all packets of one direction, joined. Only who opens sends a SYN without ACK; when both are there
 * the ACK may be of a later packet, and nothing is known.
 */
export function openerOfTcpFlags(flags: number): number {
  return (flags & (syn | ack)) === syn ? opener.source : opener.unknown;
}
