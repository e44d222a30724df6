import { readWhole } from "./number-bytes.ts";
import { utf8Text } from "./text-bytes.ts";

/** Protocols with a name in flow records; OVN's v6 forms included. */
const numbers: Readonly<Record<string, number>> = {
  icmp: 1,
  icmpv4: 1,
  icmp4: 1,
  tcp: 6,
  tcp6: 6,
  udp: 17,
  udp6: 17,
  icmpv6: 58,
  icmp6: 58,
  sctp: 132,
  sctp6: 132,
};

/** An IP protocol number written as number or name, in any case; -1 for anything else. */
export function readProtocol(bytes: Uint8Array, from: number, to: number): number {
  const first = bytes[from]! - 0x30;
  if (to - from === 1 && first >>> 0 <= 9) return first;
  if (to > from && first >>> 0 <= 9) {
    const number = readWhole(bytes, from, to);
    return number <= 255 ? number : -1;
  }
  return to - from > 8 ? -1 : protocolNumber(utf8Text(bytes, from, to));
}

export function protocolNumber(name: string): number {
  const lower = name.trim().toLowerCase();
  return Object.hasOwn(numbers, lower) ? numbers[lower]! : -1;
}
