import type { Edge } from "../../src/pipeline/flows/edge.ts";
import type { EdgeDelta, NameDelta, SealedBatch } from "../../src/pipeline/flows/sealed-batch.ts";
import { edgeForTest } from "../arbitraries/edge.ts";

export const hourMs = 3_600_000;
/** 2026-11-02, a Monday; hours since the epoch. */
export const monday = Date.UTC(2026, 10, 2) / hourMs;

/**
 * A batch of edges, each as {@link edgeForTest} reads it, at an hour counted from {@link monday}, with the flows of that hour:
 * `["shop/Deployment/cart tcp 192.0.2.1:443", 3, 10]`. Names on an edge become evidence of a DNS answer.
 */
export function batchForTest(
  edges: readonly (readonly [text: string, hour: number, flows: number])[],
  fields: Partial<SealedBatch> & { readonly source?: string } = {},
): SealedBatch {
  const { source = "netobserv", ...own } = fields;
  const parsed = edges.map(([text, hour, flows]) => ({ edge: edgeForTest(text), hour: monday + hour, flows }));
  return {
    observer: "node-a",
    incarnation: "0".repeat(32),
    sequence: 1,
    cluster: "east",
    sealedAtMs: (monday + 24) * hourMs,
    owners: parsed.map(({ edge: { namespace, workload } }) => ({
      cluster: own.cluster ?? "east",
      namespace,
      workload,
    })),
    sources: [source],
    edges: parsed.map(({ edge, hour, flows }, owner) => deltaOf(edge, owner, hour, flows)),
    names: parsed.flatMap(({ edge, hour }, owner) => edge.names.map((name) => nameOf(edge, name, owner, hour))),
    coarse: [],
    health: [],
    ...own,
  };
}

function deltaOf(edge: Edge, owner: number, hour: number, flows: number): EdgeDelta {
  const { address, prefixLength, protocol, port, verdict, decidedBy } = edge;
  const times = { firstSeenMs: hour * hourMs + 1000, lastSeenMs: hour * hourMs + 2000 };
  return {
    source: 0,
    owner,
    address,
    prefixLength,
    protocol,
    port,
    verdict,
    decidedBy,
    hour,
    flows,
    bytes: 100 * flows,
    ...times,
  };
}

function nameOf(edge: Edge, name: string, owner: number, hour: number): NameDelta {
  const times = { firstSeenMs: hour * hourMs, lastSeenMs: hour * hourMs + 500 };
  const { address } = edge;
  return { source: 0, owner, name, address, from: "dns-answer", chain: [], ttlSeconds: 60, count: 1, ...times };
}
