import { conversation, interleaved } from "../../../bench/corpus/captures.ts";
import { seeded } from "../../../bench/corpus/random.ts";
import { pcap, pcapng } from "../../../src/pipeline/sources/packets/made-packets.test-support.ts";

/** A capture of so many conversations at once, of either format. */
export function randomCapture(seed: number, conversations: number): Uint8Array {
  const random = seeded(seed);
  const packets = interleaved(
    Array.from({ length: conversations }, (_, n) => conversation(n, random)),
    random,
  );
  return seed % 2 === 0 ? pcapng([{ link: 1, resolution: 9 }], packets) : pcap(packets);
}
