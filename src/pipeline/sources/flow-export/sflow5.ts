import { Observation, type ObservationSink, opener } from "../observation.ts";
import type { FlowExportError } from "./flow-export-error.ts";
import { readPacket } from "./sampled-packet.ts";
import type { ExportSession } from "./session.ts";
import { openerOfPacket, protocol, readAddress } from "./wire-words.ts";

/** Formats of samples and of their records, enterprise 0 (sFlow v5, section 5). */
const sampleFormat = { flow: 1, expandedFlow: 3 } as const;
const recordFormat = { rawHeader: 1, ipv4: 3, ipv6: 4 } as const;
/** No agent puts more into a datagram. */
const maxSamples = 4096;

export interface SflowHeader {
  /** Which agent and part of it, as text. */
  readonly stream: string;
  readonly sequence: number;
  readonly uptimeMs: number;
  readonly samples: number;
  /** Of the first sample. */
  readonly at: number;
}

/** Undefined for a datagram that is too short for its header. */
export function readSflowHeader(view: DataView): SflowHeader | undefined {
  if (view.byteLength < 28) return undefined;
  const family = view.getUint32(4);
  if (family !== 1 && family !== 2) return undefined;
  const words = family === 1 ? 1 : 4;
  const at = 8 + 4 * words;
  if (at + 16 > view.byteLength) return undefined;
  let agent = "";
  for (let i = 0; i < words; i += 1) agent += `${view.getUint32(8 + 4 * i).toString(16)}.`;
  return {
    stream: `${agent}/${view.getUint32(at)}`,
    sequence: view.getUint32(at + 4),
    uptimeMs: view.getUint32(at + 8),
    samples: view.getUint32(at + 12),
    at: at + 16,
  };
}

/** Reads the samples of a datagram. Every sampled packet is handed over with the rate of its own sample. */
export class SflowReader {
  private readonly observation = new Observation();
  private readonly sink: ObservationSink;
  private readonly malformed: (error: FlowExportError, bytes: Uint8Array) => void;

  constructor(sink: ObservationSink, malformed: (error: FlowExportError, bytes: Uint8Array) => void) {
    this.sink = sink;
    this.malformed = malformed;
  }

  read(session: ExportSession, header: SflowHeader, bytes: Uint8Array, view: DataView, receivedMs: number): void {
    const end = bytes.length;
    let p = header.at;
    for (let i = 0; i < header.samples; i += 1) {
      if (i >= maxSamples || p + 8 > end) return this.malformed("cut_off", bytes);
      const format = view.getUint32(p);
      const length = view.getUint32(p + 4);
      const from = p + 8;
      if (length > end - from) return this.malformed("bad_sample", bytes.subarray(p));
      p = from + length;
      if (format === sampleFormat.flow || format === sampleFormat.expandedFlow) {
        const isRead = this.readSample(session, format === sampleFormat.expandedFlow, bytes, view, from, p, receivedMs);
        if (!isRead) this.malformed("bad_sample", bytes.subarray(from, p));
      }
    }
  }

  private readSample(
    session: ExportSession,
    isExpanded: boolean,
    bytes: Uint8Array,
    view: DataView,
    at: number,
    end: number,
    receivedMs: number,
  ): boolean {
    const headBytes = isExpanded ? 44 : 32;
    if (at + headBytes > end) return false;
    const source = isExpanded
      ? view.getUint32(at + 4) * 0x1_0000_0000 + view.getUint32(at + 8)
      : view.getUint32(at + 4);
    const rateAt = at + (isExpanded ? 12 : 8);
    const rate = view.getUint32(rateAt);
    session.followSampler(source, view.getUint32(at), view.getUint32(rateAt + 8));
    const records = view.getUint32(at + headBytes - 4);
    let p = at + headBytes;
    let found = -1;
    let foundFormat = 0;
    for (let i = 0; i < records && p + 8 <= end; i += 1) {
      const format = view.getUint32(p);
      const length = view.getUint32(p + 4);
      if (length > end - p - 8) return false;
      // A header says most; the other forms are used where there is none.
      const isPacket =
        format === recordFormat.rawHeader || format === recordFormat.ipv4 || format === recordFormat.ipv6;
      if (isPacket && (found < 0 || format === recordFormat.rawHeader)) {
        found = p + 8;
        foundFormat = format;
      }
      p += 8 + length;
    }
    if (found < 0) return true;
    const { observation: o } = this;
    o.clear(bytes, view);
    const isRead =
      foundFormat === recordFormat.rawHeader
        ? readRawHeader(o, view, found, end)
        : readSampledIp(o, view, found, end, foundFormat === recordFormat.ipv4 ? 4 : 6);
    if (!isRead) return false;
    o.sampling = Math.max(1, rate);
    o.startMs = o.endMs = receivedMs;
    this.sink(o);
    return true;
  }
}

function readRawHeader(o: Observation, view: DataView, at: number, end: number): boolean {
  if (at + 16 > end) return false;
  const headerBytes = view.getUint32(at + 12);
  if (headerBytes > end - at - 16) return false;
  const frameBytes = Math.max(0, view.getUint32(at + 4) - view.getUint32(at + 8));
  readPacket(o, view, at + 16, at + 16 + headerBytes, view.getUint32(at), frameBytes);
  return true;
}

function readSampledIp(o: Observation, view: DataView, at: number, end: number, family: 4 | 6): boolean {
  const addressBytes = family === 4 ? 4 : 16;
  const behind = at + 8 + 2 * addressBytes;
  if (behind + 16 > end) return false;
  o.byteCount = view.getUint32(at);
  o.protocol = view.getUint32(at + 4);
  o.sourceFamily = readAddress(view, at + 8, family, o.source);
  o.destinationFamily = readAddress(view, at + 8 + addressBytes, family, o.destination);
  if (o.protocol === protocol.icmp || o.protocol === protocol.icmp6) return true; // this form has no ICMP type
  o.sourcePort = portOf(view.getUint32(behind));
  o.destinationPort = portOf(view.getUint32(behind + 4));
  o.opener = o.protocol === protocol.tcp ? openerOfPacket(view.getUint32(behind + 8)) : opener.unknown;
  return true;
}

function portOf(number: number): number {
  return number <= 65_535 ? number : -1;
}
