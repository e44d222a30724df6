import { describe, expect, test } from "vitest";
import { CapturedFrame } from "./captured-frame.ts";
import { decodeDatagram, decodePacket } from "./decode-packet.ts";
import {
  bytesOf,
  cooked,
  cooked2,
  type End,
  ethernet,
  geneve,
  ip,
  tcp,
  u16,
  u32,
  udp,
  vxlan,
} from "./made-packets.test-support.ts";
import { Packet } from "./packet.ts";

const protocols: Readonly<Record<number, string>> = { 1: "icmp", 6: "tcp", 17: "udp", 58: "icmp6", 132: "sctp" };
const ethernetLink = 1;
const raw = 101;

function captured(frame: Uint8Array, link = raw, snap = frame.length): CapturedFrame {
  const own = new CapturedFrame();
  // Somewhere inside of a buffer, as captures hold them.
  own.bytes = bytesOf(9, 9, 9, frame.subarray(0, snap), Array<number>(50).fill(9));
  own.view = new DataView(own.bytes.buffer);
  own.from = 3;
  own.to = 3 + snap;
  own.originalLength = frame.length;
  own.link = link;
  return own;
}

/** `tcp 40000 → 443, 3 of 3 bytes`, or what it is instead. */
function decode(frame: Uint8Array, link = raw, snap = frame.length): string {
  const packet = new Packet();
  const fate = decodePacket(captured(frame, link, snap), packet);
  if (fate !== "ip") return fate;
  const { protocol, sourcePort, destinationPort, payloadFrom, payloadTo, payloadLength, isTunnelled } = packet;
  const part = packet.isFragment ? `, part at ${packet.fragmentAt}${packet.hasMore ? " and more" : ""}` : "";
  const ends = `${protocols[protocol] ?? protocol} ${sourcePort} → ${destinationPort}`;
  return `${isTunnelled ? "tunnelled " : ""}${ends}, ${payloadTo - payloadFrom} of ${payloadLength} bytes${part}`;
}

const [a, b]: readonly [End, End] = [
  { address: "10.128.0.7", port: 40_000 },
  { address: "198.51.100.7", port: 443 },
];
const [a6, b6]: readonly [End, End] = [
  { address: "fd01::7", port: 40_000 },
  { address: "2001:db8::7", port: 443 },
];
const packet = tcp(a, b, "abc");
const content = tcp(a6, b6, "abc").subarray(40);
const v6 = (next: number, ...parts: readonly (readonly number[] | Uint8Array)[]): Uint8Array =>
  ip(a6.address, b6.address, next, bytesOf(...parts));
const options = (next: number, eights = 0): number[] => [next, eights, ...Array<number>(6 + 8 * eights).fill(0)];
const authentication = (next: number): number[] => [next, 4, ...Array<number>(22).fill(0)];
const plain = "tcp 40000 → 443, 3 of 3 bytes";

describe("a packet", () => {
  test.each<[string, Uint8Array, string]>([
    ["of IPv4", packet, plain],
    ["of IPv6", tcp(a6, b6, "abc"), plain],
    ["of UDP", udp(a, b, bytesOf("abcd")), "udp 40000 → 443, 4 of 4 bytes"],
    ["with padding behind it", bytesOf(packet, 0, 0, 0), plain],
    ["with padding behind it, of IPv6", bytesOf(tcp(a6, b6, "abc"), 0, 0, 0), plain],
    ["with options of IPv4", bytesOf(0x46, 0, u16(47), packet.subarray(4, 20), u32(0), packet.subarray(20)), plain],
    ["with extension headers", v6(0, options(43), options(60, 2), options(135), options(6), content), plain],
    ["with an authentication header", v6(51, authentication(6), content), plain],
    [
      "with as many headers as are read",
      v6(0, ...Array.from({ length: 7 }, () => options(0)), options(6), content),
      plain,
    ],
    [
      "with more headers than are read",
      v6(0, ...Array.from({ length: 8 }, () => options(0)), options(6), content),
      "broken",
    ],
    ["whose extension header is cut short by its length", v6(0, [6, 0, 0, 0]), "broken"],
    [
      "that is a first fragment of IPv6",
      v6(44, [6, 0, ...u16(1), ...u32(7)], content),
      "tcp 40000 → 443, 3 of 3 bytes, part at 0 and more",
    ],
    [
      "that is a later fragment of IPv6",
      v6(44, [6, 0, ...u16(16), ...u32(7)], content),
      "tcp 0 → 0, 0 of 0 bytes, part at 16",
    ],
    [
      "that is a later fragment, whose first bytes look like a header",
      v6(44, [60, 0, ...u16(17), ...u32(7)], content),
      "60 0 → 0, 0 of 0 bytes, part at 16 and more",
    ],
    [
      "that is a later fragment of IPv4",
      ip(a.address, b.address, 6, content, { fragment: 0x2002 }),
      "tcp 0 → 0, 0 of 0 bytes, part at 16 and more",
    ],
    ["of no version", bytesOf(0x50, packet.subarray(1)), "broken"],
    ["of nothing", bytesOf(), "broken"],
    ["with a header of less than twenty bytes", bytesOf(0x44, packet.subarray(1)), "broken"],
    ["with a header longer than itself", bytesOf(0x46, 0, u16(20), packet.subarray(4, 20), u32(0)), "broken"],
    ["that ends inside its header", packet.subarray(0, 19), "broken"],
    ["that ends inside its header, of IPv6", tcp(a6, b6, "").subarray(0, 39), "broken"],
    ["of TCP with a header of less than twenty bytes", changed(packet, 32, 0x40), "broken"],
    ["of TCP with a header longer than itself", changed(packet, 32, 0x60), "broken"],
    [
      "of TCP with options",
      bytesOf(0x45, 0, u16(47), packet.subarray(4, 32), 0x60, packet.subarray(33, 40), u32(0), "abc"),
      plain,
    ],
    ["of TCP without a header", ip(a.address, b.address, 6, bytesOf(Array<number>(13).fill(0))), "broken"],
    ["of UDP without a header", ip(a.address, b.address, 17, bytesOf(Array<number>(7).fill(0))), "broken"],
    ["of SCTP without a header", ip(a.address, b.address, 132, bytesOf(Array<number>(11).fill(0))), "broken"],
    [
      "of SCTP without a chunk",
      ip(a.address, b.address, 132, bytesOf(u16(5), u16(6), u32(0), u32(0))),
      "sctp 5 → 6, 0 of 0 bytes",
    ],
    ["of ICMP without anything", ip(a.address, b.address, 1, bytesOf()), "broken"],
    ["of an echo", ip(a.address, b.address, 1, bytesOf(8, 0, 0, 0, u16(77), u16(1))), "icmp 77 → 77, 0 of 0 bytes"],
    ["of an echo of IPv6", v6(58, [129, 0, 0, 0, ...u16(77), ...u16(1)]), "icmp6 77 → 77, 0 of 0 bytes"],
    [
      "of an echo that is too short for a number",
      ip(a.address, b.address, 1, bytesOf(8, 0, 0, 0, 7)),
      "icmp 0 → 0, 0 of 0 bytes",
    ],
    ["of ICMP that is no echo", v6(58, [8, 0, 0, 0, ...u16(77), ...u16(1)]), "icmp6 0 → 0, 0 of 0 bytes"],
  ])("%s", (_, bytes, expected) => {
    expect(decode(bytes)).toBe(expected);
  });

  test.each<[string, Uint8Array, number, string]>([
    ["inside its content", packet, 41, "tcp 40000 → 443, 1 of 3 bytes"],
    ["behind what is read of its header", packet, 34, "tcp 40000 → 443, 0 of 3 bytes"],
    ["inside what is read of its header", packet, 33, "other"],
    ["inside an extension header", v6(0, options(6), content), 44, "other"],
    ["inside the headers of IP", packet, 19, "broken"],
    ["inside the header of UDP", udp(a, b, bytesOf("abcd")), 27, "other"],
    ["behind the header of UDP", udp(a, b, bytesOf("abcd")), 28, "udp 40000 → 443, 0 of 4 bytes"],
  ])("that was cut off %s", (_, bytes, snap, expected) => {
    expect(decode(bytes, raw, snap)).toBe(expected);
  });

  test("is told with all of its numbers", () => {
    const own = new Packet();
    decodePacket(
      captured(tcp(a, b, "abc", { sequence: 0xfedcba98, acknowledged: 7, flags: "FA", identification: 99 })),
      own,
    );
    expect(own).toMatchObject({ family: 4, sequence: 0xfedcba98, acknowledged: 7, flags: 17, identification: 99 });
    expect([own.byteCount, ...own.source, ...own.destination]).toEqual([43, 0x0a800007, 0, 0, 0, 0xc6336407, 0, 0, 0]);
    decodePacket(captured(v6(44, [6, 0, ...u16(1), ...u32(0x01020304)], content)), own);
    expect(own).toMatchObject({ family: 6, identification: 0x01020304, contentLength: 23, byteCount: 71 });
    expect([...own.source]).toEqual([0xfd010000, 0, 0, 7]);
    expect([...own.destination]).toEqual([0x20010db8, 0, 0, 7]);
    decodePacket(captured(ip(a.address, b.address, 132, bytesOf(u16(5), u16(6), u32(0), u32(0), 1))), own);
    expect(own.chunkType).toBe(1);
  });

  test("has nothing of the one before it", () => {
    const frames = [
      packet,
      tcp(a6, b6, "abcdef", { sequence: 5, acknowledged: 6, flags: "SA" }),
      udp(a, b, bytesOf("abcd")),
      v6(44, [6, 0, ...u16(17), ...u32(7)], content),
      ip(a.address, b.address, 17, content, { fragment: 0x2002, identification: 9 }),
      ip(a.address, b.address, 1, bytesOf(8, 0, 0, 0, u16(77), u16(1))),
      v6(132, u16(5), u16(6), u32(0), u32(0), [1]),
      geneve(ethernet(tcp(a6, b6, "abc"))),
      v6(47),
    ];
    const told = (own: Packet): unknown[] =>
      Object.entries(own).filter(([field]) => !["bytes", "view", "isCarrier"].includes(field));
    for (const before of frames) {
      for (const frame of frames) {
        const [used, fresh] = [new Packet(), new Packet()];
        decodePacket(captured(before), used);
        decodePacket(captured(frame), used);
        decodePacket(captured(frame), fresh);
        expect(told(used)).toEqual(told(fresh));
      }
    }
  });

  const inner = ethernet(packet);
  const outer = (port: number, ...parts: readonly (readonly number[] | Uint8Array)[]): Uint8Array =>
    udp({ address: "192.0.2.1", port: 50_000 }, { address: "192.0.2.2", port }, bytesOf(...parts));
  const around = (bytes: Uint8Array, times: number): Uint8Array =>
    times === 0 ? bytes : around(ip("192.0.2.1", "192.0.2.2", 4, bytes), times - 1);
  test.each<[string, Uint8Array, string]>([
    ["Geneve", geneve(inner), `tunnelled ${plain}`],
    ["Geneve without Ethernet", outer(6081, [0, 0, ...u16(0x0800), ...u32(0)], packet), `tunnelled ${plain}`],
    [
      "Geneve with an ARP",
      outer(6081, [0, 0, ...u16(0x6558), ...u32(0)], ethernet(packet).fill(8, 12, 14)),
      "udp 50000 → 6081, 65 of 65 bytes",
    ],
    [
      "Geneve of another version",
      changed(geneve(inner), 28, 0x41),
      `udp 50000 → 6081, ${12 + inner.length} of ${12 + inner.length} bytes`,
    ],
    ["Geneve that is too short", outer(6081, [0, 0, ...u16(0x6558), 0, 0, 0]), "udp 50000 → 6081, 7 of 7 bytes"],
    ["VXLAN", vxlan(inner), `tunnelled ${plain}`],
    ["VXLAN on the port of old", outer(8472, [8, 0, 0, 0, ...u32(0)], inner), `tunnelled ${plain}`],
    [
      "VXLAN without a network",
      outer(4789, [0, 0, 0, 0, ...u32(0)], inner),
      `udp 50000 → 4789, ${8 + inner.length} of ${8 + inner.length} bytes`,
    ],
    ["IPv6 in IPv4", ip("192.0.2.1", "192.0.2.2", 41, tcp(a6, b6, "abc")), `tunnelled ${plain}`],
    ["as many tunnels as are opened", around(packet, 4), `tunnelled ${plain}`],
    ["more tunnels than are opened", around(packet, 5), "tunnelled 4 0 → 0, 0 of 0 bytes"],
    ["IP that is none", ip("192.0.2.1", "192.0.2.2", 4, bytesOf(0x10, 0)), "4 0 → 0, 0 of 0 bytes"],
  ])("in %s", (_, bytes, expected) => {
    expect(decode(bytes)).toBe(expected);
  });
});

describe("a datagram of fragments", () => {
  const broken = tcp(a6, b6, "").subarray(0, 40);
  test.each<[string, number, Uint8Array, string]>([
    ["is told with its ports", 53, bytesOf("abcd"), "4 udp 50000 → 53 from c0000201 to c0000202"],
    [
      "is opened where it is a tunnel",
      4789,
      bytesOf(8, 0, 0, 0, u32(0), ethernet(tcp(a6, b6, "abc"))),
      "6 tcp 40000 → 443 from fd010000 to 20010db8",
    ],
    [
      "is what it is outside where its content is none",
      4789,
      bytesOf(8, 0, 0, 0, u32(0), ethernet(broken)),
      "4 udp 50000 → 4789 from c0000201 to c0000202",
    ],
  ])("%s", (_, port, inside, expected) => {
    const whole = udp({ address: "192.0.2.1", port: 50_000 }, { address: "192.0.2.2", port }, inside);
    const own = new Packet();
    // The headers are those of its last part.
    decodePacket(captured(ip("192.0.2.1", "192.0.2.2", 17, whole.subarray(28), { fragment: 3 })), own);
    const { byteCount } = own;
    expect(decodeDatagram(own, whole.subarray(20), false)).toBe("ip");
    const { family, protocol, sourcePort, destinationPort, source, destination, isTunnelled, isFragment } = own;
    const ends = `from ${source[0]!.toString(16)} to ${destination[0]!.toString(16)}`;
    expect(`${family} ${protocols[protocol]} ${sourcePort} → ${destinationPort} ${ends}`).toBe(expected);
    expect([isFragment, isTunnelled]).toEqual([false, family === 6]);
    if (family === 4) expect(own.byteCount).toBe(byteCount);
  });
});

describe("a frame", () => {
  test.each([
    ["Linux, macOS and the BSDs, of IPv4", 2],
    ["Linux", 10],
    ["NetBSD and OpenBSD", 24],
    ["FreeBSD", 28],
    ["macOS", 30],
  ])("of a loopback is IP as numbered by %s, in either byte order", (_, family) => {
    expect(decode(bytesOf(family, 0, 0, 0, packet), 0)).toBe(plain);
    expect(decode(bytesOf(0, 0, 0, family, packet), 108)).toBe(plain);
  });

  const arp = bytesOf(Array<number>(12).fill(2), u16(0x0806), 0, 1);
  const tagged = (types: readonly number[]): Uint8Array =>
    bytesOf(Array<number>(12).fill(2), ...types.map((type) => [...u16(type), 0, 7]), u16(0x0800), packet);
  test.each<[string, Uint8Array, number, string]>([
    ["of Ethernet", ethernet(packet), ethernetLink, plain],
    ["of Ethernet with IPv6", ethernet(tcp(a6, b6, "abc")), ethernetLink, plain],
    ["of Ethernet with tags of all kinds", tagged([0x8100, 0x88a8, 0x9100, 0x8100]), ethernetLink, plain],
    ["of Ethernet with too many tags", tagged(Array<number>(5).fill(0x8100)), ethernetLink, "other"],
    ["of Ethernet that is no IP", arp, ethernetLink, "other"],
    ["of Ethernet that is too short", arp.subarray(0, 13), ethernetLink, "broken"],
    ["of Ethernet that ends in a tag", tagged([0x8100]).subarray(0, 17), ethernetLink, "broken"],
    ["of raw IP, as OpenBSD numbers it", packet, 14, plain],
    ["of raw IP, as others number it", packet, 12, plain],
    ["of raw IPv4", packet, 228, plain],
    ["of raw IPv6", tcp(a6, b6, "abc"), 229, plain],
    [
      "of all interfaces, tagged",
      bytesOf(Array<number>(14).fill(0), u16(0x8100), 0, 7, u16(0x0800), packet),
      113,
      plain,
    ],
    [
      "of all interfaces, version 2, tagged",
      bytesOf(u16(0x8100), Array<number>(18).fill(0), 0, 7, u16(0x0800), packet),
      276,
      plain,
    ],
    ["of all interfaces, version 2, that is no IP", bytesOf(u16(0x0806), Array<number>(18).fill(0)), 276, "other"],
    ["of all interfaces, version 2, that is too short", bytesOf(u16(0x0800), Array<number>(17).fill(0)), 276, "broken"],
    ["of all interfaces", cooked(packet), 113, plain],
    ["of all interfaces, version 2", cooked2(packet), 276, plain],
    ["of all interfaces, version 2, with nothing in it", cooked2(packet).subarray(0, 20), 276, "broken"],
    ["of a loopback with nothing in it", bytesOf(2, 0, 0, 0), 0, "broken"],
    ["of a loopback with IPv6", bytesOf(30, 0, 0, 0, tcp(a6, b6, "abc")), 0, plain],
    ["of a loopback that is no IP", bytesOf(7, 0, 0, 0, packet), 0, "other"],
    ["of a loopback that is too short", bytesOf(2, 0, 0), 108, "broken"],
    ["of a link that nobody knows", packet, 147, "unsupported"],
  ])("%s", (_, bytes, link, expected) => {
    expect(decode(bytes, link)).toBe(expected);
  });
});

function changed(bytes: Uint8Array, at: number, value: number): Uint8Array {
  const copy = bytes.slice();
  copy[at] = value;
  return copy;
}
