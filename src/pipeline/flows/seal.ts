import type { Harvest, NameEvidence } from "./harvest.ts";
import { splitByHour } from "./seal-hours.ts";
import type { BatchOwner, CoarseDelta, EdgeDelta, NameDelta, SealedBatch, SourceDelta } from "./sealed-batch.ts";
import type { EdgeOwner } from "./source-resolver.ts";

/** What names a batch: who sealed it, and which of theirs it is. */
export type BatchHead = Pick<SealedBatch, "observer" | "incarnation" | "sequence" | "cluster" | "sealedAtMs">;

/** How a source stands, without its place in a batch. */
export type SourceReport = Omit<SourceDelta, "source">;

/** Coarse rows before they are put into a batch. */
export interface OwnedCoarse extends Omit<CoarseDelta, "source" | "owner"> {
  readonly owner: BatchOwner;
}

/** What one source brought since the last sealing. */
export interface SourceYield {
  /** As named in the configuration. */
  readonly source: string;
  readonly harvest: Pick<Harvest, "edges" | "nameEvidence">;
  readonly coarse: readonly OwnedCoarse[];
  /** When records without a time of their own came in. */
  readonly arrivedAtMs: number;
  readonly report: SourceReport;
}

/**
 * Puts what sources brought into one batch: owners are told once, and edges are split by hour. Owners without a cluster are in
 * the head's. The order is the order of the yields and of their harvests, so that the same yields give the same batch.
 */
export function sealYields(yields: readonly SourceYield[], head: BatchHead): SealedBatch {
  const owners = new OwnerList(head.cluster);
  const edges: EdgeDelta[] = [];
  const names: NameDelta[] = [];
  const coarse: CoarseDelta[] = [];
  for (const [source, { harvest, coarse: rows, arrivedAtMs }] of yields.entries()) {
    for (const edge of harvest.edges) {
      const { address, prefixLength, protocol, port, verdict, decidedBy } = edge;
      const owner = owners.indexOf(edge);
      for (const { hour, flows, bytes, firstSeenMs, lastSeenMs } of splitByHour(edge, arrivedAtMs)) {
        edges.push({
          source,
          owner,
          address,
          prefixLength,
          protocol,
          port,
          verdict,
          decidedBy,
          hour,
          flows,
          bytes,
          firstSeenMs,
          lastSeenMs,
        });
      }
    }
    for (const evidence of harvest.nameEvidence) {
      names.push(nameDelta(evidence, source, owners.indexOf(evidence), arrivedAtMs));
    }
    for (const { owner, ...row } of rows) coarse.push({ source, owner: owners.indexOf(owner), ...row });
  }
  return {
    ...head,
    owners: owners.list,
    sources: yields.map(({ source }) => source),
    edges,
    names,
    coarse,
    health: yields.map(({ report }, source) => ({ source, ...report })),
  };
}

/** One harvest as one batch: what an import of recorded flows stores. */
export function sealHarvest(
  harvest: Harvest,
  { source, kind, arrivedAtMs, ...head }: BatchHead & Pick<SourceYield, "source" | "arrivedAtMs"> & { kind: string },
): SealedBatch {
  return sealYields([{ source, harvest, coarse: [], arrivedAtMs, report: reportOf(harvest, kind) }], head);
}

/** What a harvest says about the source it was read from to its end. */
function reportOf(harvest: Harvest, kind: string): SourceReport {
  const { malformed, gaps, overflow, leftOut, samplingMax, inputs } = harvest;
  const sum = (count: (input: Harvest["inputs"][number]) => number): number =>
    inputs.reduce((total, input) => total + count(input), 0);
  return {
    kind,
    state: "ended",
    message: "",
    records: sum(({ flows }) => flows),
    malformed: malformed.count,
    lost: gaps.lostEvents,
    outages: gaps.nodeOutages,
    dropped: overflow.edges + overflow.names,
    receivedBytes: sum(({ bytes }) => bytes),
    leftOut: leftOut.map(({ reason, flows }) => ({ reason, flows })),
    samplingMax,
    lastArrivalMs: undefined,
    lagMs: undefined,
  };
}

function nameDelta(evidence: NameEvidence, source: number, owner: number, arrivedAtMs: number): NameDelta {
  const { name, address, from, chain, ttlSeconds, count } = evidence;
  const firstSeenMs = Math.floor(evidence.firstSeenMs ?? arrivedAtMs);
  const lastSeenMs = Math.floor(evidence.lastSeenMs ?? arrivedAtMs);
  return { source, owner, name, address, from, chain, ttlSeconds, count, firstSeenMs, lastSeenMs };
}

/** Owners by number, in the order in which they are first told. */
class OwnerList {
  readonly list: BatchOwner[] = [];
  private readonly numbers = new Map<string, number>();
  private readonly home: string;

  constructor(home: string) {
    this.home = home;
  }

  indexOf({ cluster: said, namespace, workload }: EdgeOwner): number {
    const cluster = said === "" ? this.home : said;
    const key = `${cluster}\0${namespace}\0${workload.kind}\0${workload.name}`;
    const known = this.numbers.get(key);
    if (known !== undefined) return known;
    this.numbers.set(key, this.list.length);
    this.list.push({ cluster, namespace, workload: { kind: workload.kind, name: workload.name } });
    return this.list.length - 1;
  }
}
