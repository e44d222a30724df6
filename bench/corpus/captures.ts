import { cryptoFrame, initialPacket, quicVersion } from "../../src/adapters/capture/made-quic.test-support.ts";
import { aRecord, cname, dns } from "../../src/pipeline/sources/packets/made-dns.test-support.ts";
import {
  bytesOf,
  type End,
  ethernet,
  hello,
  type MadePacket,
  startMs,
  tcp,
  tlsRecords,
  udp,
} from "../../src/pipeline/sources/packets/made-packets.test-support.ts";
import type { Random } from "./random.ts";

/** One conversation of a pod: packets with the pauses between them, in milliseconds. */
type Conversation = readonly Uint8Array[];

const resolver: End = { address: "172.30.0.10", port: 53 };

/** A question, its answer with aliases, and a TLS or QUIC connection to one of the addresses. */
export function conversation(n: number, random: Random, dataSegments = 0): Conversation {
  const isV6 = random.chance(0.2);
  const client: End = {
    address: isV6 ? `fd01::${(n % 0xffff).toString(16)}` : `10.128.${(n >> 8) % 256}.${n % 256}`,
    port: 33_000 + (n % 20_000),
  };
  const asker: End = { ...client, address: `10.128.${(n >> 8) % 256}.${n % 256}` };
  const server: End = {
    address: isV6 ? `2001:db8::${random.below(500).toString(16)}` : `198.51.100.${random.below(250)}`,
    port: 443,
  };
  const name = `host-${random.below(200)}.example`;
  const aliases = Array.from({ length: random.below(4) }, (_, i) => `alias-${i}-${n}.example`);
  const chain = [name, ...aliases];
  const records = [
    ...aliases.map((alias, i) => cname(chain[i]!, alias, 1 + random.below(300))),
    aRecord(chain.at(-1)!, server.address, random.below(300)),
  ];
  const shuffled = records.map((one) => [random.next(), one] as const).toSorted(([a], [b]) => a - b);
  const options = { id: random.below(65_536), type: isV6 ? 28 : 1 };
  const asked = [
    udp(asker, resolver, dns(name, undefined, options)),
    udp(
      resolver,
      asker,
      dns(
        name,
        shuffled.map(([, one]) => one),
        options,
      ),
    ),
  ];
  const handshake = hello(name, [[51, random.below(1500)]]);
  if (random.chance(0.15)) return [...asked, ...quicPackets(handshake, client, server, random)];
  return [...asked, ...tlsPackets(tlsRecords(handshake, 1 + random.below(2000)), client, server, random, dataSegments)];
}

function quicPackets(handshake: Uint8Array, client: End, server: End, random: Random): Conversation {
  const version = random.chance(0.5) ? quicVersion.one : quicVersion.two;
  const size = 300 + random.below(700);
  const id = Uint8Array.from({ length: 8 }, () => random.below(256));
  return Array.from({ length: Math.ceil(handshake.length / size) }, (_, number) => {
    return udp(
      client,
      server,
      initialPacket(cryptoFrame(handshake, number * size, (number + 1) * size), 1200, { version, number, id }),
    );
  });
}

function tlsPackets(records: Uint8Array, client: End, server: End, random: Random, dataSegments: number): Conversation {
  const first = random.below(2 ** 31) * 2;
  const segments: Uint8Array[] = [];
  for (let at = 0; at < records.length;) {
    const size = 40 + random.below(1360);
    segments.push(
      tcp(client, server, records.subarray(at, at + size), { sequence: (first + 1 + at) >>> 0, acknowledged: 1 }),
    );
    at += size;
  }
  // Now and then neighbours overtake each other, or one is sent again.
  if (segments.length > 1 && random.chance(0.3))
    segments.splice(random.below(segments.length - 1), 2, ...segments.slice(0, 2).toReversed());
  const payload = bytesOf(23, 3, 3, 5, 120, Array<number>(1395).fill(170));
  const data = Array.from({ length: dataSegments }, (_, i) =>
    tcp(server, client, payload, { sequence: 2 + i * payload.length }),
  );
  return [
    tcp(client, server, "", { sequence: first, flags: "S" }),
    tcp(server, client, "", { sequence: 1, acknowledged: first + 1, flags: "SA" }),
    ...segments,
    ...data,
  ];
}

/** Conversations that go on at the same time, each in its order. */
export function interleaved(conversations: readonly Conversation[], random: Random): MadePacket[] {
  const open = conversations.map((packets) => packets.values());
  const packets: MadePacket[] = [];
  while (open.length > 0) {
    const index = random.below(open.length);
    const next = open[index]!.next();
    if (next.done === true) {
      open[index] = open.at(-1)!;
      open.pop();
    } else {
      packets.push({ frame: ethernet(next.value), atMs: startMs + packets.length });
    }
  }
  return packets;
}
