import type { Cidr } from "../../core/net/ip-set.ts";
import { AddressClassifier } from "./address-classes.ts";
import { believedWindow } from "./believed-window.ts";
import { type ClusterFacts, noClusterFacts } from "./cluster-facts.ts";
import type { CollectorSnapshot } from "./collector.ts";
import { EdgeBuilder } from "./edge-builder.ts";
import type { FlowLimits } from "./flow-limits.ts";
import { DeciderLedger } from "./gather-deciders.ts";
import { NameLedger } from "./gather-names.ts";
import { gatherBackends, gatherTable, type Gathering } from "./gather-table.ts";
import { warningsOf } from "./harvest-warnings.ts";
import type { ClusterNetworks, FlowInput, Harvest, Malformed } from "./harvest.ts";
import { inferNetworks } from "./infer-networks.ts";
import { LeftOutLedger } from "./left-out-ledger.ts";
import type { PodBlocksSnapshot } from "./pod-blocks.ts";
import { ServiceMap } from "./service-map.ts";
import { SourceResolver } from "./source-resolver.ts";

/** What is known about the cluster before the first flow is read. */
export interface KnownCluster {
  /** From a cluster dump; undefined without one. */
  readonly facts: ClusterFacts | undefined;
  /** Pod and service networks named by a person; they win over the dump's. */
  readonly given: { readonly pods: readonly Cidr[]; readonly services: readonly Cidr[] } | undefined;
  /** Each record's address has been given to the pod that had it at the time; the pods of now have no say in it. */
  readonly isAttributed?: boolean;
}

/**
 * The networks that are known beforehand; undefined when all must be inferred from the flows. Where only pods or only
 * services are known, the empty list of the others is inferred: see `isInferring`.
 */
export function knownNetworks({ facts = noClusterFacts, given }: KnownCluster): ClusterNetworks | undefined {
  const isGiven = given !== undefined && given.pods.length + given.services.length > 0;
  const pods = isGiven && given.pods.length > 0 ? given.pods : facts.clusterNetworks;
  const services = isGiven && given.services.length > 0 ? given.services : facts.serviceNetworks;
  return isGiven || pods.length > 0 ? { pods, services, origin: isGiven ? "given" : "dump" } : undefined;
}

/** Whether pod or service networks are unknown, so that flows must tell. */
export function isInferring(networks: ClusterNetworks | undefined): boolean {
  return networks === undefined || networks.pods.length === 0 || networks.services.length === 0;
}

/** What is looked up in a cluster whose networks are known; made once for many gatherings. */
export interface ClusterIndex {
  readonly networks: ClusterNetworks;
  readonly classes: AddressClassifier;
  readonly services: ServiceMap;
  readonly resolver: SourceResolver;
}

function indexCluster({ facts = noClusterFacts, isAttributed }: KnownCluster, networks: ClusterNetworks): ClusterIndex {
  const classes = new AddressClassifier(networks.pods, networks.services);
  const resolver = new SourceResolver(facts, isAttributed);
  return { networks, classes, services: new ServiceMap(facts, classes), resolver };
}

/** How a gathering differs from that of a whole reading. */
export interface GatherOptions {
  /** Of the same cluster; for networks that must not be inferred from these flows. */
  readonly index?: ClusterIndex;
  /**
   * Edges of which only records were seen that show a flow going on: `flows` counts those records, because nothing else
   * tells how often; `none` counts no flow and no bytes, because an earlier gathering had them.
   */
  readonly continued?: "flows" | "none";
}

/**
 * Brings together what the workers counted: gives sources their workloads, tells inside from outside per distinct
 * edge, sees through services, and puts everything in order. How the input was divided among workers, and in which
 * order it was read, does not show in the result, as long as no limit was reached.
 */
export function gatherHarvest(
  snapshots: readonly CollectorSnapshot[],
  known: KnownCluster,
  limits: FlowLimits,
  inputs: readonly FlowInput[],
  malformed: Malformed,
  options: GatherOptions = {},
): Harvest {
  const { index, reasons } =
    options.index === undefined ? inferIndex(known, unionBlocks(snapshots)) : { index: options.index, reasons: [] };
  const { networks, classes, services, resolver } = index;
  const to: Gathering = {
    builder: new EdgeBuilder(limits),
    classes,
    services,
    resolver,
    leftOut: new LeftOutLedger(),
    names: new NameLedger(limits.names),
    deciders: new DeciderLedger(limits.names),
    overflow: { edges: 0, activity: 0, names: 0 },
    behindServices: [],
  };
  for (const snapshot of snapshots) to.leftOut.addRecords(snapshot);
  for (const { table } of snapshots) gatherTable(table, to);
  gatherBackends(to);
  const { builder, overflow } = to;
  overflow.edges += builder.overflow.edges;
  overflow.activity += builder.overflow.activity;
  overflow.names += to.names.overflow + to.deciders.overflow;
  const times = snapshots.filter(({ firstMs }) => firstMs >= 0);
  const edges = builder.build(to.names.namesOf, to.deciders.of, options.continued ?? "flows");
  const believed = believedWindow(
    edges,
    times.length === 0
      ? undefined
      : {
          firstMs: Math.min(...times.map(({ firstMs }) => firstMs)),
          lastMs: Math.max(...times.map(({ lastMs }) => lastMs)),
        },
  );
  const harvest: Omit<Harvest, "warnings" | "isComplete"> = {
    edges,
    nameEvidence: to.names.list(),
    leftOut: to.leftOut.list(),
    malformed,
    inputs,
    window: believed.window,
    samplingMax: Math.max(1, ...snapshots.map(({ samplingMax }) => samplingMax)),
    gaps: {
      lostEvents: snapshots.reduce((sum, { lostEvents }) => sum + lostEvents, 0),
      nodeOutages: snapshots.reduce((sum, { nodeOutages }) => sum + nodeOutages, 0),
    },
    proxied: proxiedOf(snapshots),
    clusterNetworks: networks,
    overflow,
  };
  const isMissing = overflow.edges > 0 || harvest.gaps.lostEvents > 0 || harvest.gaps.nodeOutages > 0;
  return {
    ...harvest,
    isComplete: harvest.samplingMax === 1 && !isMissing && !inputs.some(({ format }) => format === "ovn-acl"),
    warnings: [...believed.warnings, ...warningsOf(harvest, reasons)],
  };
}

/** The index of a cluster, of which the addresses in the flows tell the networks that are not known beforehand. */
export function inferIndex(
  known: KnownCluster,
  blocks: PodBlocksSnapshot,
): { readonly index: ClusterIndex; readonly reasons: readonly string[] } {
  const before = knownNetworks(known);
  const inferred = isInferring(before) ? inferNetworks(blocks, before) : undefined;
  const networks: ClusterNetworks = {
    pods: [...(before?.pods ?? []), ...(inferred?.pods ?? [])],
    services: [...(before?.services ?? []), ...(inferred?.services ?? [])],
    origin: before?.origin ?? (inferred !== undefined && inferred.reasons.length > 0 ? "inferred" : "unknown"),
  };
  return { index: indexCluster(known, networks), reasons: inferred?.reasons ?? [] };
}

function proxiedOf(snapshots: readonly CollectorSnapshot[]): Harvest["proxied"] {
  const examples = snapshots.flatMap(({ proxiedExample }) => proxiedExample ?? []);
  const [first] = examples.toSorted((a, b) => a.piece - b.piece);
  if (first === undefined) return undefined;
  return { requests: snapshots.reduce((sum, { proxied }) => sum + proxied, 0), example: first.text };
}

function unionBlocks(snapshots: readonly CollectorSnapshot[]): PodBlocksSnapshot {
  const all = snapshots.map(({ podBlocks }) => podBlocks);
  return {
    pods: Int32Array.from(new Set(all.flatMap(({ pods }) => [...pods]))).sort(),
    services: Int32Array.from(new Set(all.flatMap(({ services }) => [...services]))).sort(),
    pods6: [...new Set(all.flatMap(({ pods6 }) => pods6))].toSorted(),
    services6: [...new Set(all.flatMap(({ services6 }) => services6))].toSorted(),
  };
}
