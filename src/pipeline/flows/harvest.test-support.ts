import { formatCidr, parseCidr, type Cidr } from "../../core/net/ip-set.ts";
import { formatIp, type IpAddress, parseIp } from "../../core/net/ip.ts";
import { hasPorts } from "../../core/net/l4.ts";
import { formatWorkload } from "../../core/workload/workload.ts";
import { detectInput } from "../sources/detect-input.ts";
import type { FlowFormat } from "../sources/flow-format.ts";
import { recordForTest } from "../sources/record-bytes.test-support.ts";
import type { ClusterFacts } from "./cluster-facts.ts";
import type { Edge } from "./edge.ts";
import { defaultFlowLimits, type FlowLimits } from "./flow-limits.ts";
import { gatherHarvest, isInferring, knownNetworks, type KnownCluster } from "./gather.ts";
import type { Harvest } from "./harvest.ts";
import { PieceReader } from "./piece-reader.ts";

export function cidrForTest(text: string): Cidr {
  const cidr = parseCidr(text);
  if (!cidr.ok) throw new Error(cidr.error.message);
  return cidr.value;
}

export function ipForTest(text: string): IpAddress {
  const ip = parseIp(text);
  if (!ip.ok) throw new Error(ip.error.message);
  return ip.value;
}

export const usualNetworks = {
  pods: [cidrForTest("10.128.0.0/14"), cidrForTest("fd01::/48")],
  services: [cidrForTest("172.30.0.0/16")],
};

export interface TestReading {
  readonly format?: FlowFormat;
  readonly facts?: ClusterFacts;
  readonly given?: KnownCluster["given"];
  readonly limits?: FlowLimits;
  /** How many readers share the lines. */
  readonly readers?: number;
  /** Reader of each piece, and lines per piece, by turns. */
  readonly deal?: readonly number[];
}

/** Reads lines as one input. Networks are the usual ones of OpenShift unless said otherwise. */
export function harvestForTest(lines: readonly string[], options: TestReading = {}): Harvest {
  const known: KnownCluster = { facts: options.facts, given: "given" in options ? options.given : usualNetworks };
  const limits = options.limits ?? defaultFlowLimits;
  const detected = detectInput(Buffer.from(lines.join("\n")), options.format);
  if (!detected.ok) throw new Error(detected.error.saw);
  const { format, csv } = detected.value;
  const networks = knownNetworks(known);
  const plan = { inputs: [{ format, csv }], networks, isInferring: isInferring(networks), limits };
  const readers = Array.from({ length: options.readers ?? 1 }, () => new PieceReader(plan));
  const deal = options.deal ?? [];
  let at = 0;
  for (let piece = 0; at < lines.length; piece += 1) {
    const size = deal.length === 0 ? lines.length : 1 + (deal[piece % deal.length]! % 7);
    const reader = readers[(deal[piece % Math.max(1, deal.length)] ?? 0) % readers.length]!;
    const { bytes, view } = recordForTest(lines.slice(at, at + size).join("\n"));
    reader.read(
      0,
      piece,
      bytes,
      view,
      0,
      bytes.indexOf(0x0a, Buffer.byteLength(lines.slice(at, at + size).join("\n"))) + 1,
      0,
      false,
    );
    at += size;
  }
  for (const reader of readers) reader.finish(0);
  const snapshots = readers.map((reader) => reader.snapshot());
  const malformed = { count: snapshots.reduce((sum, { inputs }) => sum + (inputs[0]?.malformed ?? 0), 0), samples: [] };
  return gatherHarvest(
    snapshots.map(({ collected }) => collected),
    known,
    limits,
    [{ path: "flows", format, compression: "none", bytes: 1, flows: 0, malformed: 0, isTruncated: false }],
    malformed,
  );
}

/** `shop Deployment/cart → 198.51.100.7 tcp/443 seen ×2 300 B (pay.example.com)`. */
export function formatEdgeForTest(edge: Edge): string {
  const destination =
    edge.prefixLength === undefined
      ? formatIp(edge.address)
      : formatCidr({ family: edge.address.family, first: edge.address.value, prefixLength: edge.prefixLength });
  const l4 = hasPorts(edge.protocol) ? `${edge.protocol}/${edge.port}` : edge.protocol;
  const bytes = edge.bytes === undefined ? "" : ` ${edge.bytes} B`;
  const names = edge.names.length === 0 ? "" : ` (${edge.names.join(", ")})`;
  const cluster = edge.cluster === "" ? "" : `${edge.cluster}: `;
  return `${cluster}${edge.namespace} ${formatWorkload(edge.workload)} → ${destination} ${l4} ${edge.verdict} ×${edge.flows}${bytes}${names}`;
}

/** What became of a single record: its edges, or the reason why it was left out, or `malformed`. */
export function fateForTest(line: string | readonly string[], options: TestReading = {}): string {
  const harvest = harvestForTest(typeof line === "string" ? [line] : line, options);
  if (harvest.malformed.count > 0) return "malformed";
  return [...harvest.edges.map(formatEdgeForTest), ...harvest.leftOut.map(({ reason }) => `left out: ${reason}`)].join(
    "; ",
  );
}
