import type { Cidr } from "../../core/net/ip-set.ts";
import { hasPorts } from "../../core/net/l4.ts";
import { formatWorkload } from "../../core/workload/workload.ts";
import { addressClass, AddressClassifier } from "./address-classes.ts";
import { type ClusterFacts, noClusterFacts } from "./cluster-facts.ts";
import type { CollectorSnapshot } from "./collector.ts";
import { EdgeBuilder } from "./edge-builder.ts";
import { activitySums, edgeSum, edgeSums, nameSum, nameSums } from "./edge-sums.ts";
import type { FlowLimits } from "./flow-limits.ts";
import { packEdgeMeta, readEdgeMeta } from "./flow-table.ts";
import { NameLedger } from "./gather-names.ts";
import { warningsOf } from "./harvest-warnings.ts";
import type { ClusterNetworks, FlowInput, Harvest, LeftOutReason, Malformed } from "./harvest.ts";
import { inferNetworks } from "./infer-networks.ts";
import { LeftOutLedger } from "./left-out-ledger.ts";
import type { PodBlocksSnapshot } from "./pod-blocks.ts";
import { RowTable } from "./row-table.ts";
import { ServiceMap } from "./service-map.ts";
import { SourceResolver } from "./source-resolver.ts";
import { symbolBytes, symbolText } from "./symbol-table.ts";

/** What is known about the cluster before the first flow is read. */
export interface KnownCluster {
  /** From a cluster dump; undefined without one. */
  readonly facts: ClusterFacts | undefined;
  /** Pod and service networks named by a person; they win over the dump's. */
  readonly given: { readonly pods: readonly Cidr[]; readonly services: readonly Cidr[] } | undefined;
}

/** A row of a worker's edges whose destination is a service address, with (address number, meta) of its backends. */
interface BehindService {
  readonly owner: number;
  readonly targets: readonly (readonly [number, number])[];
  readonly table: RowTable;
  readonly row: number;
  /** Rows of its worker's activity. */
  readonly activity: number[];
  readonly activityTable: RowTable;
}

/** The networks that are known beforehand; undefined when they must be inferred from the flows. */
export function knownNetworks({ facts, given }: KnownCluster): ClusterNetworks | undefined {
  if (given !== undefined && given.pods.length + given.services.length > 0) return { ...given, origin: "given" };
  if (facts !== undefined && facts.clusterNetworks.length > 0) {
    return { pods: facts.clusterNetworks, services: facts.serviceNetworks, origin: "dump" };
  }
  return undefined;
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
): Harvest {
  const facts = known.facts ?? noClusterFacts;
  const inferred = knownNetworks(known) === undefined ? inferNetworks(unionBlocks(snapshots)) : undefined;
  const networks: ClusterNetworks = knownNetworks(known) ?? {
    pods: inferred?.pods ?? [],
    services: inferred?.services ?? [],
    origin: inferred !== undefined && inferred.reasons.length > 0 ? "inferred" : "unknown",
  };
  const classes = new AddressClassifier(networks.pods, networks.services);
  const services = new ServiceMap(facts, classes);
  const resolver = new SourceResolver(facts);
  const builder = new EdgeBuilder(limits);
  const leftOut = new LeftOutLedger();
  const names = new NameLedger();
  const behindServices: BehindService[] = [];
  const overflow = { edges: 0, activity: 0, names: 0 };
  for (const snapshot of snapshots) leftOut.addRecords(snapshot);

  for (const { table } of snapshots) {
    overflow.edges += table.overflow.edges;
    overflow.activity += table.overflow.activity;
    overflow.names += table.overflow.names;
    const owners = new Int32Array(table.sources.starts.length - 1).fill(-1);
    for (let source = 1; source < owners.length; source += 1) {
      const owner = resolver.resolve(symbolBytes(table.sources, source));
      if (owner !== undefined) owners[source] = builder.ownerId(owner);
    }
    const addresses = RowTable.of(table.addresses);
    const words = new Uint32Array(4);
    const addressIn = (id: number, isV6: boolean): number => {
      if (!isV6) {
        words[0] = id;
        return id;
      }
      for (let cell = 0; cell < 4; cell += 1) words[cell] = addresses.key(id, cell);
      return builder.addressId(words[0]! | 0, words[1]! | 0, words[2]! | 0, words[3]! | 0);
    };
    const nameOfOwner = (owner: number): string => {
      const named = builder.owners[owner];
      return named === undefined ? "unknown" : `${named.namespace}/${formatWorkload(named.workload)}`;
    };

    const edges = RowTable.of(table.edges, edgeSums);
    const activity = RowTable.of(table.activity, activitySums);
    const finalEdges = new Int32Array(edges.count).fill(-1);
    const translated = new Map<number, BehindService>();
    for (let row = 0; row < edges.count; row += 1) {
      const meta = edges.key(row, 2);
      const family = ((meta >>> 5) & 1) === 1 ? 6 : 4;
      const address = addressIn(edges.key(row, 1), family === 6);
      const owner = owners[edges.key(row, 0)]!;
      const flows = edges.sum(row, edgeSum.flows) || edges.sum(row, edgeSum.others);
      const leave = (reason: LeftOutReason): void =>
        leftOut.addEdge(reason, flows, nameOfOwner(owner), builder.addressOf(address, family), meta);
      if (family === 6 && address < 0) {
        overflow.edges += flows;
        continue;
      }
      if (owner < 0) {
        leave("source-unknown");
        continue;
      }
      const found = classes.classOf(family, words);
      if (found === addressClass.pod) {
        leave("internal");
        continue;
      }
      if (found === addressClass.service || !services.isEmpty) {
        const { protocol, port, verdict } = readEdgeMeta(meta);
        const backends = services.backendsOf(builder.addressOf(address, family), protocol, port);
        if (backends === "unresolved" || backends?.length === 0) {
          leave(backends === "unresolved" ? "service-unresolved" : "internal");
          continue;
        }
        if (backends !== undefined) {
          const targets = backends.map((backend): [number, number] => [
            builder.addressIdOf(backend.address),
            packEdgeMeta(protocol, verdict, backend.address.family, -1, hasPorts(protocol) ? backend.port : 0),
          ]);
          const flow: BehindService = { owner, targets, row, table: edges, activity: [], activityTable: activity };
          behindServices.push(flow);
          translated.set(row, flow);
          continue;
        }
      }
      finalEdges[row] = builder.add(owner, address, meta, edges, row);
    }
    for (let id = 0; id < activity.count; id += 1) {
      const row = activity.key(id, 0);
      if (finalEdges[row]! >= 0) builder.addActivity(finalEdges[row]!, activity, id);
      else translated.get(row)?.activity.push(id);
    }
    const evidence = RowTable.of(table.names, nameSums);
    for (let id = 0; id < evidence.count; id += 1) {
      const owner = owners[evidence.key(id, 1)]!;
      const meta = evidence.key(id, 3);
      const family = (meta & 1) === 1 ? 6 : 4;
      const address = addressIn(evidence.key(id, 2), family === 6);
      if (owner < 0 || (family === 6 && address < 0)) continue;
      const sums = {
        count: evidence.sum(id, nameSum.count),
        first: evidence.sum(id, nameSum.first),
        last: evidence.sum(id, nameSum.last),
      };
      const text = symbolText(table.symbols, evidence.key(id, 0));
      const ip = builder.addressOf(address, family);
      names.add(text, owner, builder.owners[owner]!, address, ip, (meta & 2) !== 0, sums);
    }
  }
  addBackends(builder, behindServices);

  overflow.edges += builder.overflow.edges;
  overflow.activity += builder.overflow.activity;
  const times = snapshots.filter(({ firstMs }) => firstMs >= 0);
  const harvest: Omit<Harvest, "warnings" | "isComplete"> = {
    edges: builder.build(names.namesOf),
    nameEvidence: names.list(),
    leftOut: leftOut.list(),
    malformed,
    inputs,
    window:
      times.length === 0
        ? undefined
        : {
            firstMs: Math.min(...times.map(({ firstMs }) => firstMs)),
            lastMs: Math.max(...times.map(({ lastMs }) => lastMs)),
          },
    samplingMax: Math.max(1, ...snapshots.map(({ samplingMax }) => samplingMax)),
    gaps: {
      lostEvents: snapshots.reduce((sum, { lostEvents }) => sum + lostEvents, 0),
      nodeOutages: snapshots.reduce((sum, { nodeOutages }) => sum + nodeOutages, 0),
    },
    clusterNetworks: networks,
    overflow,
  };
  const isMissing = overflow.edges > 0 || harvest.gaps.lostEvents > 0 || harvest.gaps.nodeOutages > 0;
  return {
    ...harvest,
    isComplete: harvest.samplingMax === 1 && !isMissing && !inputs.some(({ format }) => format === "ovn-acl"),
    warnings: warningsOf(harvest, inferred?.reasons ?? []),
  };
}

/**
 * Gives flows to a service address to its real backends. Where the flow to a backend was recorded too, the service's
 * copy adds nothing; a backend that was not seen could have been, so it is needed as well.
 */
function addBackends(builder: EdgeBuilder, behindServices: readonly BehindService[]): void {
  const recorded = behindServices.map(({ owner, targets }) =>
    targets.map(([address, meta]) => builder.find(owner, address, meta) >= 0),
  );
  for (const [i, { owner, targets, row, table, activity, activityTable }] of behindServices.entries()) {
    for (const [j, [address, meta]] of targets.entries()) {
      if (recorded[i]![j] === true) continue;
      const edge = builder.add(owner, address, meta, table, row);
      if (edge >= 0) for (const from of activity) builder.addActivity(edge, activityTable, from);
    }
  }
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
