import type { Packet } from "./packet.ts";

/** How many of the last packets are remembered, more or less: later ones take the place of others by chance. */
const remembered = 1 << 14;
/** Copies on other interfaces come within this time. */
const copyMs = 5;
/** Of the payload of packets without a number of their own. */
const comparedBytes = 32;

/**
 * Knows a packet that was already seen on another interface of the same machine: same ends, same numbers, same content,
 * a few milliseconds later. Only asked where several interfaces are captured, so that nothing is lost elsewhere.
 */
export class DuplicateFilter {
  private readonly first = new Int32Array(remembered);
  private readonly second = new Int32Array(remembered);
  private readonly timeMs = new Float64Array(remembered).fill(-Infinity);

  isCopy(packet: Packet, timeMs: number): boolean {
    const { source, destination, bytes } = packet;
    let a = packet.protocol;
    let b = packet.byteCount;
    const mix = (word: number): void => {
      a = Math.imul(a ^ word, 0x9e3779b1);
      a ^= a >>> 15;
      b = Math.imul(b + word, 0x85ebca6b);
      b ^= b >>> 13;
    };
    for (let word = 0; word < 4; word += 1) {
      mix(source[word]!);
      mix(destination[word]!);
    }
    mix((packet.sourcePort << 16) | packet.destinationPort);
    mix((packet.identification << 8) | packet.flags);
    mix(packet.sequence);
    mix(packet.acknowledged);
    mix(packet.icmpType);
    mix(packet.fragmentAt);
    const end = Math.min(packet.payloadTo, packet.payloadFrom + comparedBytes);
    for (let at = packet.payloadFrom; at < end; at += 1) mix(bytes[at]!);
    const slot = a & (remembered - 1);
    const isCopy = this.first[slot] === a && this.second[slot] === b && Math.abs(timeMs - this.timeMs[slot]!) <= copyMs;
    this.first[slot] = a;
    this.second[slot] = b;
    if (!isCopy) this.timeMs[slot] = timeMs;
    return isCopy;
  }
}
