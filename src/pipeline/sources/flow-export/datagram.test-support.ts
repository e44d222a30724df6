import { parseIp } from "../../../core/net/ip.ts";

/** Writes datagrams as exporters do; the obvious way, for tests. */
export type Bytes = readonly number[];

export function uint(value: number | bigint, length: number): Bytes {
  const bytes: number[] = [];
  let rest = BigInt(value);
  for (let i = 0; i < length; i += 1, rest >>= 8n) bytes.unshift(Number(rest & 0xffn));
  return bytes;
}

export function ip(text: string): Bytes {
  const read = parseIp(text);
  if (!read.ok) throw new Error(read.error.message);
  return uint(read.value.value, read.value.family === 4 ? 4 : 16);
}

export function datagram(...parts: readonly Bytes[]): Uint8Array {
  return Uint8Array.from(parts.flat());
}

/** A field of a template: element, length, and for IPFIX an enterprise. */
export type Field = readonly [element: number, length: number, enterprise?: number];

export interface Exported {
  readonly sequence?: number;
  readonly domain?: number;
  /** Of the header, milliseconds since the epoch. */
  readonly atMs?: number;
  readonly uptimeMs?: number;
}

function fieldBytes([element, length, enterprise]: Field): Bytes {
  if (enterprise === undefined) return [...uint(element, 2), ...uint(length, 2)];
  return [...uint(element | 0x8000, 2), ...uint(length, 2), ...uint(enterprise, 4)];
}

export function set(id: number, ...contents: readonly Bytes[]): Bytes {
  const body = contents.flat();
  return [...uint(id, 2), ...uint(body.length + 4, 2), ...body];
}

export function template(id: number, fields: readonly Field[]): Bytes {
  return [...uint(id, 2), ...uint(fields.length, 2), ...fields.flatMap(fieldBytes)];
}

export function ipfixOptions(id: number, scopes: readonly Field[], fields: readonly Field[]): Bytes {
  const all = [...scopes, ...fields];
  return [...uint(id, 2), ...uint(all.length, 2), ...uint(scopes.length, 2), ...all.flatMap(fieldBytes)];
}

export function netflow9Options(id: number, scopes: readonly Field[], fields: readonly Field[]): Bytes {
  const lengths = [...uint(4 * scopes.length, 2), ...uint(4 * fields.length, 2)];
  return [...uint(id, 2), ...lengths, ...[...scopes, ...fields].flatMap(fieldBytes)];
}

export function ipfix({ sequence = 0, domain = 0, atMs = 0 }: Exported, ...sets: readonly Bytes[]): Uint8Array {
  const body = sets.flat();
  const seconds = Math.floor(atMs / 1000);
  const header = [uint(10, 2), uint(16 + body.length, 2), uint(seconds, 4), uint(sequence, 4), uint(domain, 4)];
  return datagram(...header, body);
}

export function netflow9(exported: Exported, ...sets: readonly Bytes[]): Uint8Array {
  const { sequence = 0, domain = 0, atMs = 0, uptimeMs = 0 } = exported;
  const seconds = Math.floor(atMs / 1000);
  const header = [uint(9, 2), uint(sets.length, 2), uint(uptimeMs, 4), uint(seconds, 4)];
  return datagram(...header, uint(sequence, 4), uint(domain, 4), ...sets);
}

export interface Netflow5Record {
  readonly source: string;
  readonly destination: string;
  readonly packets: number;
  readonly bytes: number;
  readonly firstUptimeMs: number;
  readonly lastUptimeMs: number;
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly flags: number;
  readonly protocol: number;
}

export function netflow5(
  exported: Exported & { readonly sampling?: number; readonly count?: number },
  records: readonly Netflow5Record[],
): Uint8Array {
  const { sequence = 0, domain = 0, atMs = 0, uptimeMs = 0, sampling = 0, count = records.length } = exported;
  const header = [
    uint(5, 2),
    uint(count, 2),
    uint(uptimeMs, 4),
    uint(Math.floor(atMs / 1000), 4),
    uint((atMs % 1000) * 1_000_000, 4),
    uint(sequence, 4),
    uint(domain, 2),
    uint(sampling, 2),
  ];
  const body = records.map((r) => [
    ...ip(r.source),
    ...ip(r.destination),
    ...ip("0.0.0.0"),
    ...uint(0, 4),
    ...uint(r.packets, 4),
    ...uint(r.bytes, 4),
    ...uint(r.firstUptimeMs, 4),
    ...uint(r.lastUptimeMs, 4),
    ...uint(r.sourcePort, 2),
    ...uint(r.destinationPort, 2),
    0,
    r.flags,
    r.protocol,
    ...uint(0, 9),
  ]);
  return datagram(...header, ...body);
}

export interface SflowSample {
  readonly sequence?: number;
  readonly source?: number;
  readonly rate: number;
  readonly drops?: number;
  readonly isExpanded?: boolean;
  /** `[format, data]`; data is a multiple of four bytes. */
  readonly records: readonly (readonly [number, Bytes])[];
}

function opaque(format: number, data: Bytes): Bytes {
  return [...uint(format, 4), ...uint(data.length, 4), ...data];
}

export function sflow(exported: Exported & { readonly agent?: string }, samples: readonly SflowSample[]): Uint8Array {
  const { sequence = 0, domain = 0, uptimeMs = 0, agent = "192.0.2.200" } = exported;
  const address = ip(agent);
  const header = [uint(5, 4), uint(address.length === 4 ? 1 : 2, 4), address, uint(domain, 4), uint(sequence, 4)];
  return datagram(...header, uint(uptimeMs, 4), uint(samples.length, 4), ...samples.map(sampleBytes));
}

function sampleBytes(sample: SflowSample, index: number): Bytes {
  const { sequence = index, source = 1, rate, drops = 0, isExpanded = false, records } = sample;
  const head = isExpanded
    ? [uint(sequence, 4), uint(0, 4), uint(source, 4), uint(rate, 4), uint(0, 4), uint(drops, 4), uint(0, 16)]
    : [uint(sequence, 4), uint(source, 4), uint(rate, 4), uint(0, 4), uint(drops, 4), uint(0, 8)];
  const body = [
    ...head.flat(),
    ...uint(records.length, 4),
    ...records.flatMap(([format, data]) => opaque(format, data)),
  ];
  return opaque(isExpanded ? 3 : 1, body);
}

/** A sampled packet as sFlow carries it. */
export function rawHeader(header: Bytes, protocol = 1, frameBytes = header.length): readonly [number, Bytes] {
  const padding = Array.from({ length: (4 - (header.length % 4)) % 4 }, () => 0);
  const head = [uint(protocol, 4), uint(frameBytes, 4), uint(4, 4), uint(header.length, 4)].flat();
  return [1, [...head, ...header, ...padding]];
}

export interface Packet {
  readonly source: string;
  readonly destination: string;
  readonly protocol: number;
  /** Of the transport header. */
  readonly transport: Bytes;
  readonly payloadBytes?: number;
  readonly vlans?: readonly number[];
  /** Extension headers of IPv6, `[kind, bytes]`; the first two bytes are set here. */
  readonly extensions?: readonly (readonly [number, number])[];
  readonly fragmentOffset?: number;
}

export function ipPacket(packet: Packet): Bytes {
  const { source, destination, protocol, transport, payloadBytes = 0, extensions = [], fragmentOffset = 0 } = packet;
  if (!source.includes(":")) {
    const total = 20 + transport.length + payloadBytes;
    const head = [0x45, 0, ...uint(total, 2), 0, 0, ...uint(fragmentOffset, 2), 64, protocol, 0, 0];
    return [...head, ...ip(source), ...ip(destination), ...transport];
  }
  const kinds = [...extensions.map(([kind]) => kind), protocol];
  const chain = extensions.flatMap(([, length], i) => [kinds[i + 1]!, length / 8 - 1, ...uint(0, length - 2)]);
  const length = chain.length + transport.length + payloadBytes;
  const head = [0x60, 0, 0, 0, ...uint(length, 2), kinds[0]!, 64];
  return [...head, ...ip(source), ...ip(destination), ...chain, ...transport];
}

export function ethernet(packet: Packet): Bytes {
  const type = packet.source.includes(":") ? 0x86dd : 0x0800;
  const tags = (packet.vlans ?? []).flatMap((vlan) => [...uint(0x8100, 2), ...uint(vlan, 2)]);
  return [...uint(0, 12), ...tags, ...uint(type, 2), ...ipPacket(packet)];
}

export function tcp(sourcePort: number, destinationPort: number, flags: number): Bytes {
  return [...uint(sourcePort, 2), ...uint(destinationPort, 2), ...uint(0, 8), 0x50, flags, ...uint(0, 6)];
}

export function udp(sourcePort: number, destinationPort: number): Bytes {
  return [...uint(sourcePort, 2), ...uint(destinationPort, 2), ...uint(8, 2), 0, 0];
}
