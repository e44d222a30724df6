import { type Bytes, type Field, ip, ipfix, set, template, uint } from "./datagram.test-support.ts";
import { WatchedDecoder } from "./observed.test-support.ts";

export const nowMs = Date.UTC(2026, 8, 1, 12);
/** Addresses, protocol, ports, flags, octets, packets, start and end in milliseconds. */
export const fields4: readonly Field[] = [
  [8, 4],
  [12, 4],
  [4, 1],
  [7, 2],
  [11, 2],
  [6, 1],
  [1, 8],
  [2, 4],
  [152, 8],
  [153, 8],
];
export const fields6: readonly Field[] = [[27, 16], [28, 16], ...fields4.slice(2)];

export interface Flow {
  readonly source: string;
  readonly destination: string;
  readonly protocol: number;
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly flags: number;
  readonly bytes: number;
  readonly packets: number;
  readonly startMs: number;
  readonly endMs: number;
}

export const usual: Flow = {
  source: "10.128.0.7",
  destination: "198.51.100.4",
  protocol: 6,
  sourcePort: 50_000,
  destinationPort: 443,
  flags: 0x1a,
  bytes: 1234,
  packets: 9,
  startMs: nowMs - 3000,
  endMs: nowMs - 1000,
};

export function record(flow: Flow): Bytes {
  return [
    ...ip(flow.source),
    ...ip(flow.destination),
    flow.protocol,
    ...uint(flow.sourcePort, 2),
    ...uint(flow.destinationPort, 2),
    flow.flags,
    ...uint(flow.bytes, 8),
    ...uint(flow.packets, 4),
    ...uint(flow.startMs, 8),
    ...uint(flow.endMs, 8),
  ];
}

export const usualLine = "10.128.0.7:50000 > 198.51.100.4:443 p6 1234B";

export const ends: readonly Field[] = [
  [8, 4],
  [12, 4],
];
export const endsBytes: Bytes = [...ip("10.128.0.7"), ...ip("198.51.100.4")];
export const endsWords = "10.128.0.7 > 198.51.100.4";

/** The lines of records of one template, in one IPFIX message. */
export function told(fields: readonly Field[], ...records: readonly Bytes[]): readonly string[] {
  const data = records.map((one) => set(300, one));
  return new WatchedDecoder(nowMs).take(ipfix({ atMs: nowMs }, set(2, template(300, fields)), ...data)).lines;
}
