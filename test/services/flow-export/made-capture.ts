import {
  type Bytes,
  ethernet,
  type Packet,
  tcp,
  udp,
} from "../../../src/pipeline/sources/flow-export/datagram.test-support.ts";
import { keyOf } from "./collected-flows.ts";

/** One conversation; `sizes` are payloads there and back by turns. */
interface Conversation {
  readonly from: string;
  readonly to: string;
  readonly protocol: 6 | 17 | 1 | 58;
  readonly fromPort: number;
  readonly toPort: number;
  readonly sizes: readonly number[];
}

const names: readonly (readonly [pod: string, outside: string])[] = [
  ["10.128.0.7", "198.51.100.4"],
  ["10.129.3.9", "203.0.113.77"],
  ["fd01::7", "2001:db8::4"],
  ["fd01:0:0:2::9", "2001:db8:ffff::1"],
];

/** Every protocol in both families, some long, some of one packet, some unanswered. */
export const conversations: readonly Conversation[] = names.flatMap(([from, to], n) => [
  ...Array.from({ length: 8 }, (_, i) => ({
    from,
    to,
    protocol: 6 as const,
    fromPort: 40_000 + 100 * n + i,
    toPort: i % 2 === 0 ? 443 : 5432,
    sizes: Array.from({ length: 3 + 4 * i }, (__, k) => (k * 97 + i * 31) % 1200),
  })),
  ...Array.from({ length: 6 }, (_, i) => ({
    from,
    to,
    protocol: 17 as const,
    fromPort: 50_000 + 100 * n + i,
    toPort: i === 0 ? 53 : 4433 + i,
    sizes: i === 5 ? [120] : [60, 200 + i],
  })),
  { from, to, protocol: from.includes(":") ? 58 : 1, fromPort: 0, toPort: 0, sizes: [56, 56, 56, 56] } as const,
]);

/** The packets of all conversations, mixed, with their times in milliseconds from the first. */
export function madePackets(): readonly { readonly atMs: number; readonly bytes: Bytes }[] {
  return conversations
    .flatMap((one, n) => one.sizes.map((size, i) => ({ atMs: 13 * n + 40 * i, bytes: packetOf(one, i, size) })))
    .toSorted((a, b) => a.atMs - b.atMs);
}

function packetOf({ from, to, protocol, fromPort, toPort, sizes }: Conversation, i: number, size: number): Bytes {
  const isThere = i % 2 === 0;
  const [source, destination] = isThere ? [from, to] : [to, from];
  const [sourcePort, destinationPort] = isThere ? [fromPort, toPort] : [toPort, fromPort];
  const payload = Array.from({ length: size }, () => 0x2a);
  const flags = i === 0 ? 0x02 : i === 1 ? 0x12 : i >= sizes.length - 2 ? 0x11 : 0x18;
  const echo: Bytes =
    protocol === 1 ? [isThere ? 8 : 0, 0, 0, 0, 0, 1, 0, i] : [isThere ? 128 : 129, 0, 0, 0, 0, 1, 0, i];
  const head =
    protocol === 6
      ? tcp(sourcePort, destinationPort, flags)
      : protocol === 17
        ? [...udp(sourcePort, destinationPort).slice(0, 4), (8 + size) >> 8, (8 + size) & 0xff, 0, 0]
        : echo;
  const packet: Packet = { source, destination, protocol, transport: [...head, ...payload] };
  return ethernet(packet);
}

/** A capture file as `tcpdump -w` writes it. */
export function captureFile(startMs: number): Uint8Array {
  const packets = madePackets();
  const size = 24 + packets.reduce((sum, { bytes }) => sum + 16 + bytes.length, 0);
  const file = Buffer.alloc(size);
  file.writeUInt32LE(0xa1b2c3d4, 0);
  file.writeUInt16LE(2, 4);
  file.writeUInt16LE(4, 6);
  file.writeUInt32LE(65_535, 16);
  file.writeUInt32LE(1, 20);
  let at = 24;
  for (const { atMs, bytes } of packets) {
    const time = startMs + atMs;
    file.writeUInt32LE(Math.floor(time / 1000), at);
    file.writeUInt32LE((time % 1000) * 1000, at + 4);
    file.writeUInt32LE(bytes.length, at + 8);
    file.writeUInt32LE(bytes.length, at + 12);
    file.set(bytes, at + 16);
    at += 16 + bytes.length;
  }
  return file;
}

/** What a meter of IP bytes must find in the packets, by flow. */
export function madeTotals(): ReadonlyMap<string, number> {
  const totals = new Map<string, number>();
  for (const { from, to, protocol, fromPort, toPort, sizes } of conversations) {
    const head = (from.includes(":") ? 40 : 20) + (protocol === 6 ? 20 : 8);
    for (const [i, size] of sizes.entries()) {
      const key =
        i % 2 === 0 ? keyOf(from, fromPort, to, toPort, protocol) : keyOf(to, toPort, from, fromPort, protocol);
      totals.set(key, (totals.get(key) ?? 0) + head + size);
    }
  }
  return totals;
}
