/** Packets and captures made by hand, for tests. Checksums are left 0: nobody here looks at them. */

export interface End {
  readonly address: string;
  readonly port: number;
}

export interface TcpOptions {
  readonly sequence?: number;
  readonly acknowledged?: number;
  /** `S`, `SA`, `A`, `FA`, `R` … */
  readonly flags?: string;
  readonly identification?: number;
}

const flagBits: Readonly<Record<string, number>> = { F: 1, S: 2, R: 4, P: 8, A: 16 };

export function bytesOf(...parts: readonly (number | readonly number[] | Uint8Array | string)[]): Uint8Array {
  return joined(
    parts.map((part) =>
      typeof part === "number" ? [part] : typeof part === "string" ? Buffer.from(part, "latin1") : part,
    ),
  );
}

function joined(parts: readonly (readonly number[] | Uint8Array)[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

export const u16 = (value: number): number[] => [(value >>> 8) & 0xff, value & 0xff];
export const u24 = (value: number): number[] => [(value >>> 16) & 0xff, ...u16(value)];
export const u32 = (value: number): number[] => [...u16(value >>> 16), ...u16(value & 0xffff)];

export function addressBytes(text: string): number[] {
  if (!text.includes(":")) return text.split(".").map(Number);
  const [head = "", tail = ""] = text.split("::");
  const groups = (part: string): number[] =>
    part === "" ? [] : part.split(":").map((group) => Number.parseInt(group, 16));
  const [first, last] = [groups(head), text.includes("::") ? groups(tail) : []];
  return [...first, ...Array<number>(8 - first.length - last.length).fill(0), ...last].flatMap(u16);
}

/** An IP packet of the family of its addresses. */
export function ip(
  from: string,
  to: string,
  protocol: number,
  payload: Uint8Array,
  { identification = 0, fragment = 0 }: { readonly identification?: number; readonly fragment?: number } = {},
): Uint8Array {
  const ends = [...addressBytes(from), ...addressBytes(to)];
  if (ends.length === 32) return bytesOf(0x60, 0, 0, 0, u16(payload.length), protocol, 64, ends, payload);
  return bytesOf(
    0x45,
    0,
    u16(20 + payload.length),
    u16(identification),
    u16(fragment),
    64,
    protocol,
    0,
    0,
    ends,
    payload,
  );
}

export function tcp(from: End, to: End, payload: Uint8Array | string, options: TcpOptions = {}): Uint8Array {
  const { sequence = 0, acknowledged = 0, flags = "A", identification = 0 } = options;
  const bits = Array.from(flags, (flag) => flagBits[flag]!).reduce((sum, bit) => sum | bit, 0);
  const segment = bytesOf(
    u16(from.port),
    u16(to.port),
    u32(sequence),
    u32(acknowledged),
    0x50,
    bits,
    u16(65_535),
    u32(0),
    payload,
  );
  return ip(from.address, to.address, 6, segment, { identification });
}

export function udp(from: End, to: End, payload: Uint8Array): Uint8Array {
  return ip(
    from.address,
    to.address,
    17,
    bytesOf(u16(from.port), u16(to.port), u16(8 + payload.length), u16(0), payload),
  );
}

/** With the checksum that a machine computes before it cuts a datagram. */
export function withChecksum(packet: Uint8Array): Uint8Array {
  const isV6 = packet[0]! >>> 4 === 6;
  const [from, header] = isV6 ? [8, 40] : [12, 20];
  const summed = bytesOf(packet.subarray(from), packet.length % 2 === 0 ? [] : 0);
  let sum = 17 + packet.length - header;
  for (let at = 0; at < summed.length; at += 2) sum += (summed[at]! << 8) + summed[at + 1]!;
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  const made = packet.slice();
  made.set(u16(~sum), header + 6);
  return made;
}

/** Parts of an IP packet, cut at these places behind its header, which are multiples of eight. */
export function fragmentsOf(packet: Uint8Array, cuts: readonly number[], identification = 99): Uint8Array[] {
  const isV6 = packet[0]! >>> 4 === 6;
  const header = isV6 ? 40 : 20;
  const content = packet.subarray(header);
  const ends = [...cuts, content.length];
  return ends.map((end, i) => {
    const at = ends[i - 1] ?? 0;
    const part = content.subarray(at, end);
    const hasMore = end < content.length;
    const head = packet.slice(0, header);
    if (isV6) {
      head.set(u16(8 + part.length), 4);
      head[6] = 44;
      return bytesOf(head, packet[6]!, 0, u16(at | Number(hasMore)), u32(identification), part);
    }
    head.set(u16(header + part.length), 2);
    head.set(u16(identification), 4);
    head.set(u16((at >>> 3) | (hasMore ? 0x2000 : 0)), 6);
    return bytesOf(head, part);
  });
}

/** Around an IP packet; `tags` are VLAN identifiers, outermost first. */
export function ethernet(packet: Uint8Array, tags: readonly number[] = []): Uint8Array {
  const type = packet[0]! >>> 4 === 6 ? 0x86dd : 0x0800;
  const tagged = tags.flatMap((tag, i) => [...u16(i + 1 < tags.length ? 0x88a8 : 0x8100), ...u16(tag)]);
  return bytesOf(Array<number>(12).fill(2), tagged, u16(type), packet);
}

export function cooked(packet: Uint8Array): Uint8Array {
  return bytesOf(
    u16(4),
    u16(1),
    u16(6),
    Array<number>(8).fill(0),
    u16(packet[0]! >>> 4 === 6 ? 0x86dd : 0x0800),
    packet,
  );
}

export function cooked2(packet: Uint8Array): Uint8Array {
  const type = packet[0]! >>> 4 === 6 ? 0x86dd : 0x0800;
  return bytesOf(u16(type), u16(0), u32(3), u16(1), 4, 6, Array<number>(8).fill(0), packet);
}

/** In Geneve with one option of four bytes. */
export function geneve(frame: Uint8Array): Uint8Array {
  const inner = bytesOf(1, 0, u16(0x6558), u24(7), 0, u32(0xdeadbeef), frame);
  return udp({ address: "192.0.2.1", port: 50_000 }, { address: "192.0.2.2", port: 6081 }, inner);
}

export function vxlan(frame: Uint8Array): Uint8Array {
  const inner = bytesOf(8, 0, 0, 0, u24(7), 0, frame);
  return udp({ address: "192.0.2.1", port: 50_000 }, { address: "192.0.2.2", port: 4789 }, inner);
}

export interface MadePacket {
  readonly frame: Uint8Array;
  /** Milliseconds; by default 1 ms after the one before. */
  readonly atMs?: number;
  readonly snap?: number;
  /** Of a pcapng capture. */
  readonly interface?: number;
}

export const startMs = Date.UTC(2026, 8, 1);

/** A classic capture. */
export function pcap(
  packets: readonly (MadePacket | Uint8Array)[],
  {
    link = 1,
    isBig = false,
    isNano = false,
  }: { readonly link?: number; readonly isBig?: boolean; readonly isNano?: boolean } = {},
): Uint8Array {
  const order = (bytes: number[]): number[] => (isBig ? bytes : bytes.toReversed());
  const word = (value: number): number[] => order(u32(value));
  const parts: (readonly number[] | Uint8Array)[] = [
    word(isNano ? 0xa1b23c4d : 0xa1b2c3d4),
    order(u16(2)),
    order(u16(4)),
    word(0),
    word(0),
    word(262_144),
    word(link),
  ];
  for (const [i, made] of packets.entries()) {
    const { frame, atMs = startMs + i, snap = frame.length } = made instanceof Uint8Array ? { frame: made } : made;
    parts.push(word(Math.floor(atMs / 1000)), word((atMs % 1000) * (isNano ? 1_000_000 : 1000)));
    parts.push(word(Math.min(snap, frame.length)), word(frame.length), frame.subarray(0, snap));
  }
  return joined(parts);
}

export interface MadeInterface {
  readonly link: number;
  /** As the option stores it: 6 is microseconds, 0x80 + n is 2^-n seconds; absent means microseconds. */
  readonly resolution?: number;
  readonly offsetSeconds?: number;
}

/** One section of the newer format. */
export function pcapng(
  interfaces: readonly MadeInterface[],
  packets: readonly MadePacket[],
  { isBig = false, lost = 0 }: { readonly isBig?: boolean; readonly lost?: number } = {},
): Uint8Array {
  const order = (bytes: number[]): number[] => (isBig ? bytes : bytes.toReversed());
  const half = (value: number): number[] => order(u16(value));
  const word = (value: number): number[] => order(u32(value));
  const padded = (bytes: readonly number[]): number[] => [...bytes, ...Array<number>(-bytes.length & 3).fill(0)];
  const option = (code: number, value: readonly number[]): number[] => [
    ...half(code),
    ...half(value.length),
    ...padded(value),
  ];
  const long = (value: bigint): number[] =>
    order([...u32(Number((value >> 32n) & 0xffffffffn)), ...u32(Number(value & 0xffffffffn))]);
  const block = (type: number, body: readonly number[]): number[] => {
    const length = word(12 + body.length);
    return [...word(type), ...length, ...body, ...length];
  };
  const parts = [
    block(0x0a0d0d0a, [...word(0x1a2b3c4d), ...half(1), ...half(0), ...word(0xffffffff), ...word(0xffffffff)]),
  ];
  // A block of names, which nobody wants.
  parts.push(block(4, padded([...half(0), ...half(0)])));
  for (const { link, resolution, offsetSeconds } of interfaces) {
    const options = [
      ...(resolution === undefined ? [] : option(9, [resolution])),
      ...(offsetSeconds === undefined ? [] : option(14, long(BigInt(offsetSeconds)))),
      ...option(0, []),
    ];
    parts.push(block(1, [...half(link), ...half(0), ...word(0), ...options]));
  }
  for (const [i, { frame, atMs = startMs + i, snap = frame.length, interface: which = 0 }] of packets.entries()) {
    const { resolution = 6, offsetSeconds = 0 } = interfaces[which]!;
    const perSecond = resolution >= 0x80 ? 2n ** BigInt(resolution & 0x7f) : 10n ** BigInt(resolution);
    const units = (BigInt(atMs - 1000 * offsetSeconds) * perSecond) / 1000n;
    const captured = Math.min(snap, frame.length);
    const head = [
      ...word(which),
      ...word(Number(units >> 32n)),
      ...word(Number(units & 0xffffffffn)),
      ...word(captured),
    ];
    parts.push(block(6, [...head, ...word(frame.length), ...padded([...frame.subarray(0, captured)])]));
  }
  if (lost > 0)
    parts.push(block(5, [...word(0), ...word(0), ...word(0), ...option(5, long(BigInt(lost))), ...option(0, [])]));
  return Uint8Array.from(parts.flat());
}

/** A ClientHello as handshake bytes; `more` are further extensions, which come first. */
export function hello(name: string | undefined, more: readonly (readonly [number, number])[] = []): Uint8Array {
  const extension = (type: number, body: readonly number[]): number[] => [...u16(type), ...u16(body.length), ...body];
  const names =
    name === undefined
      ? []
      : extension(0, [...u16(name.length + 3), 0, ...u16(name.length), ...Buffer.from(name, "latin1")]);
  const extensions = [...more.flatMap(([type, length]) => extension(type, Array<number>(length).fill(7))), ...names];
  const body = [
    3,
    3,
    ...Array<number>(32).fill(5),
    0,
    ...u16(2),
    0x13,
    0x01,
    1,
    0,
    ...u16(extensions.length),
    ...extensions,
  ];
  return bytesOf(1, u24(body.length), body);
}

/** Handshake bytes as TLS records of at most `size` bytes. */
export function tlsRecords(handshake: Uint8Array, size = 16_384): Uint8Array {
  const records: number[] = [];
  for (let at = 0; at < handshake.length; at += size) {
    const part = handshake.subarray(at, at + size);
    records.push(22, 3, 1, ...u16(part.length), ...part);
  }
  return Uint8Array.from(records);
}
