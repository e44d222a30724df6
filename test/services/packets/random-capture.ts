import { conversation, interleaved } from "../../../bench/corpus/captures.ts";
import { type Random, seeded } from "../../../bench/corpus/random.ts";
import {
  ethernet,
  fragmentsOf,
  type MadePacket,
  pcap,
  pcapng,
} from "../../../src/pipeline/sources/packets/made-packets.test-support.ts";

const ethernetHeader = 14;
const ipHeader = 20;
const dns = 53;

/** A capture of so many conversations at once, of either format, with some DNS answers in fragments. */
export function randomCapture(seed: number, conversations: number): Uint8Array {
  const random = seeded(seed);
  const packets = interleaved(
    Array.from({ length: conversations }, (_, n) => conversation(n, random)),
    random,
  ).flatMap((packet, i) => inParts(packet, i, random));
  return seed % 2 === 0 ? pcapng([{ link: 1, resolution: 9 }], packets) : pcap(packets);
}

/** Askers have IPv4. */
function inParts(packet: MadePacket, identification: number, random: Random): MadePacket[] {
  const ip = packet.frame.subarray(ethernetHeader);
  const isAnswer = ip[0] === 0x45 && ip[9] === 17 && ip[ipHeader] === 0 && ip[ipHeader + 1] === dns;
  if (!isAnswer || random.chance(0.5)) return [packet];
  const cuts = [8, 16, 24, 32, 64].filter((cut) => cut < ip.length - ipHeader && random.chance(0.4));
  const parts = fragmentsOf(ip, cuts, identification).map((part) => ({ ...packet, frame: ethernet(part) }));
  return random.chance(0.5) ? parts : parts.toReversed();
}
