import { formatIp } from "../../../core/net/ip.ts";
import { type Observation, observed, opener, verdict } from "../observation.ts";
import { defaultFlowExportSettings, FlowExportDecoder, type FlowExportSettings } from "./decode.ts";
import type { FlowExportError } from "./flow-export-error.ts";

/** An observation as plain values. */
export interface ObservedFlow {
  readonly isFlow: boolean;
  readonly source: string;
  readonly destination: string;
  readonly protocol: number;
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly icmpType: number;
  readonly bytes: number;
  readonly sampling: number;
  readonly opener: "source" | "destination" | undefined;
  readonly isCopy: boolean;
  readonly isDenied: boolean;
  readonly flows: number;
  readonly startMs: number;
  readonly endMs: number;
}

/** A decoder that remembers all it brought. */
export class WatchedDecoder {
  readonly flows: ObservedFlow[] = [];
  readonly errors: FlowExportError[] = [];
  lost = 0;
  readonly decoder: FlowExportDecoder;
  private readonly nowMs: number;

  constructor(nowMs: number, settings: Partial<FlowExportSettings> = {}) {
    this.nowMs = nowMs;
    const report = {
      malformed: (error: FlowExportError): void => void this.errors.push(error),
      lost: (records: number): void => void (this.lost += records),
    };
    this.decoder = new FlowExportDecoder((o) => this.flows.push(plain(o)), report, {
      ...defaultFlowExportSettings,
      ...settings,
    });
  }

  take(datagram: Uint8Array, from: { address?: string; port?: number; atMs?: number } = {}): this {
    const { address = "192.0.2.200", port = 40_000, atMs = this.nowMs } = from;
    this.decoder.decode(datagram, address, port, atMs);
    return this;
  }

  /** Flows in short: `10.0.0.1:1234 > 192.0.2.1:443 p6 500B`. */
  get lines(): readonly string[] {
    return this.flows.map(lineOf);
  }
}

export function lineOf(flow: ObservedFlow): string {
  const { source, destination, protocol, sourcePort, destinationPort, icmpType, bytes } = flow;
  const end = (address: string, port: number): string => (port < 0 ? address : `${address}:${port}`);
  const words = [
    `${end(source, sourcePort)} > ${end(destination, destinationPort)} p${protocol} ${bytes}B`,
    ...(icmpType < 0 ? [] : [`icmp ${icmpType}`]),
    ...(flow.sampling === 1 ? [] : [`1 in ${flow.sampling}`]),
    ...(flow.opener === undefined ? [] : [`opened by ${flow.opener}`]),
    ...(flow.isCopy ? ["copy"] : []),
    ...(flow.isDenied ? ["denied"] : []),
    ...(flow.isFlow ? [] : ["no flow"]),
    ...(flow.flows === 1 ? [] : [`${flow.flows} flows`]),
  ];
  return words.join(", ");
}

function plain(o: Observation): ObservedFlow {
  return {
    isFlow: o.what === observed.flow,
    source: ipOf(o.sourceFamily, o.source),
    destination: ipOf(o.destinationFamily, o.destination),
    protocol: o.protocol,
    sourcePort: o.sourcePort,
    destinationPort: o.destinationPort,
    icmpType: o.icmpType,
    bytes: o.byteCount,
    sampling: o.sampling,
    opener: o.opener === opener.source ? "source" : o.opener === opener.destination ? "destination" : undefined,
    isCopy: o.isCopy,
    isDenied: o.verdict === verdict.denied,
    flows: o.flows,
    startMs: o.startMs,
    endMs: o.endMs,
  };
}

function ipOf(family: number, words: Uint32Array): string {
  if (family === 0) return "-";
  let value = 0n;
  for (const word of family === 4 ? words.subarray(0, 1) : words) value = (value << 32n) | BigInt(word);
  return formatIp({ family: family === 4 ? 4 : 6, value });
}
