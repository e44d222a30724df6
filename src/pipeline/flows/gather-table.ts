import { hasPorts } from "../../core/net/l4.ts";
import { formatWorkload } from "../../core/workload/workload.ts";
import { addressClass, type AddressClassifier } from "./address-classes.ts";
import type { EdgeBuilder } from "./edge-builder.ts";
import { edgeSum, edgeSums, hoursPerBlock, nameSum, nameSums } from "./edge-sums.ts";
import {
  familyOfMeta,
  type FlowTableSnapshot,
  packEdgeMeta,
  prefixOfMeta,
  readEdgeMeta,
  readNameMeta,
} from "./flow-table.ts";
import type { DeciderLedger } from "./gather-deciders.ts";
import type { NameLedger } from "./gather-names.ts";
import type { LeftOutReason } from "./harvest.ts";
import type { LeftOutLedger } from "./left-out-ledger.ts";
import { RowTable } from "./row-table.ts";
import { nameOrigins } from "./sealed-batch.ts";
import type { ServiceMap } from "./service-map.ts";
import type { SourceResolver } from "./source-resolver.ts";
import { symbolBytes, symbolText } from "./symbol-table.ts";

/** Where the content of all workers' tables goes. */
export interface Gathering {
  readonly builder: EdgeBuilder;
  readonly classes: AddressClassifier;
  readonly services: ServiceMap;
  readonly resolver: SourceResolver;
  readonly leftOut: LeftOutLedger;
  readonly names: NameLedger;
  readonly deciders: DeciderLedger;
  readonly overflow: { edges: number; activity: number; names: number };
  readonly behindServices: BehindService[];
}

/** A row of a worker's edges whose destination is a service address, with (address number, meta) of its backends. */
interface BehindService {
  readonly owner: number;
  readonly targets: readonly (readonly [number, number])[];
  readonly row: number;
  readonly from: WorkerTable;
  /** Rows of its worker's two activity tables. */
  readonly activity: number[];
  readonly continued: number[];
  readonly deciders: string[];
}

interface WorkerTable {
  readonly edges: RowTable;
  readonly activity: RowTable;
  readonly continued: RowTable;
}

/** Brings one worker's table in: edges under their owners, inside ones left out, ones to services set aside. */
export function gatherTable(table: FlowTableSnapshot, to: Gathering): void {
  to.overflow.edges += table.overflow.edges;
  to.overflow.activity += table.overflow.activity;
  to.overflow.names += table.overflow.names;
  const owners = resolveOwners(table, to);
  const addresses = RowTable.of(table.addresses);
  // IPv6 addresses have numbers of their own in each table.
  const v6 = new Int32Array(addresses.count);
  for (let id = 0; id < v6.length; id += 1) {
    v6[id] = to.builder.addressId(
      addresses.key(id, 0),
      addresses.key(id, 1),
      addresses.key(id, 2),
      addresses.key(id, 3),
    );
  }
  const from: WorkerTable = {
    edges: RowTable.of(table.edges, edgeSums),
    activity: RowTable.of(table.activity, hoursPerBlock),
    continued: RowTable.of(table.continued, hoursPerBlock),
  };
  to.builder.reserve(from.edges.count, from.activity.count);
  const translated = gatherEdges(from, owners, addresses, v6, to);
  gatherDeciders(table, translated, owners, v6, to);
  gatherNames(table, owners, v6, to);
}

function resolveOwners({ sources }: FlowTableSnapshot, { resolver, builder }: Gathering): Int32Array {
  const owners = new Int32Array(sources.starts.length - 1).fill(-1);
  for (let source = 1; source < owners.length; source += 1) {
    const owner = resolver.resolve(symbolBytes(sources, source));
    if (owner !== undefined) owners[source] = builder.ownerId(owner);
  }
  return owners;
}

function gatherEdges(
  from: WorkerTable,
  owners: Int32Array,
  addresses: RowTable,
  v6: Int32Array,
  { builder, classes, services, leftOut, overflow, behindServices }: Gathering,
): ReadonlyMap<number, BehindService> {
  const { edges, activity, continued } = from;
  const finalEdges = new Int32Array(edges.count).fill(-1);
  const translated = new Map<number, BehindService>();
  const words = new Uint32Array(4);
  const leave = (reason: LeftOutReason, owner: number, address: number, meta: number, flows: number): void => {
    const known = builder.owners[owner];
    const who = known === undefined ? "unknown" : `${known.namespace}/${formatWorkload(known.workload)}`;
    leftOut.addEdge(reason, flows, who, builder.addressOf(address, familyOfMeta(meta)), meta);
  };
  for (let row = 0; row < edges.count; row += 1) {
    const meta = edges.key(row, 2);
    const family = familyOfMeta(meta);
    const said = edges.key(row, 1);
    const address = family === 6 ? v6[said]! : said;
    const owner = owners[edges.key(row, 0)]!;
    // Every record, as the judge of records counts them: whoever read which of them does not show.
    const flows = edges.sum(row, edgeSum.flows) + edges.sum(row, edgeSum.others);
    if (family === 6 && address < 0) {
      overflow.edges += flows;
      continue;
    }
    if (family === 4) words[0] = said;
    else for (let cell = 0; cell < 4; cell += 1) words[cell] = addresses.key(said, cell);
    const found = classes.classOfBlock(family, words, prefixOfMeta(meta));
    if (owner < 0) {
      leave("source-unknown", owner, address, meta, flows);
    } else if (found === addressClass.pod) {
      leave("internal", owner, address, meta, flows);
    } else if (found !== addressClass.service && services.isEmpty) {
      finalEdges[row] = builder.add(owner, address, meta, edges, row);
    } else {
      const { protocol, port, verdict } = readEdgeMeta(meta);
      const backends = services.backendsOf(builder.addressOf(address, family), protocol, port);
      if (backends === undefined) {
        finalEdges[row] = builder.add(owner, address, meta, edges, row);
      } else if (backends === "unresolved") {
        leave("service-unresolved", owner, address, meta, flows);
      } else if (backends.length === 0) {
        leave("internal", owner, address, meta, flows);
      } else {
        const targets = backends.map((backend): readonly [number, number] => [
          builder.addressIdOf(backend.address),
          packEdgeMeta(protocol, verdict, backend.address.family, -1, hasPorts(protocol) ? backend.port : 0),
        ]);
        const flow: BehindService = { owner, targets, row, from, activity: [], continued: [], deciders: [] };
        behindServices.push(flow);
        translated.set(row, flow);
      }
    }
  }
  for (let id = 0; id < activity.count; id += 1) {
    const row = activity.key(id, 0);
    if (finalEdges[row]! >= 0) builder.addActivity(finalEdges[row]!, activity, id, false);
    else translated.get(row)?.activity.push(id);
  }
  for (let id = 0; id < continued.count; id += 1) {
    const row = continued.key(id, 0);
    if (finalEdges[row]! >= 0) builder.addActivity(finalEdges[row]!, continued, id, true);
    else translated.get(row)?.continued.push(id);
  }
  return translated;
}

function gatherDeciders(
  table: FlowTableSnapshot,
  translated: ReadonlyMap<number, BehindService>,
  owners: Int32Array,
  v6: Int32Array,
  { builder, deciders }: Gathering,
): void {
  const told = RowTable.of(table.deciders);
  if (told.count === 0) return;
  const keyOf = (rows: RowTable, id: number, cell: number): string =>
    `${rows.key(id, cell)} ${rows.key(id, cell + 1)} ${rows.key(id, cell + 2)}`;
  const behind = new Map([...translated].map(([row, flow]) => [keyOf(flow.from.edges, row, 0), flow]));
  for (let id = 0; id < told.count; id += 1) {
    const decider = symbolText(table.symbols, told.key(id, 0));
    const said = told.key(id, 2);
    const meta = told.key(id, 3);
    const address = familyOfMeta(meta) === 6 ? v6[said]! : said;
    const edge = builder.find(owners[told.key(id, 1)]!, address, meta);
    if (edge >= 0) deciders.add(edge, decider);
    else behind.get(keyOf(told, id, 1))?.deciders.push(decider);
  }
}

function gatherNames(
  table: FlowTableSnapshot,
  owners: Int32Array,
  v6: Int32Array,
  { builder, names }: Gathering,
): void {
  const evidence = RowTable.of(table.names, nameSums);
  for (let id = 0; id < evidence.count; id += 1) {
    const owner = owners[evidence.key(id, 1)]!;
    const { family, origin, chain } = readNameMeta(evidence.key(id, 3));
    const said = evidence.key(id, 2);
    const address = family === 6 ? v6[said]! : said;
    if (owner < 0 || (family === 6 && address < 0)) continue;
    const sums = {
      count: evidence.sum(id, nameSum.count),
      first: evidence.sum(id, nameSum.first),
      last: evidence.sum(id, nameSum.last),
      ttl: evidence.sum(id, nameSum.ttl),
    };
    const place = { ownerId: owner, owner: builder.owners[owner]!, addressId: address };
    const ip = builder.addressOf(address, family);
    const aliases = symbolText(table.symbols, chain).split("\0").slice(0, -1);
    names.add(symbolText(table.symbols, evidence.key(id, 0)), place, ip, nameOrigins[origin] ?? "flow", aliases, sums);
  }
}

/**
 * Gives flows to a service address to its real backends, once all tables are in. Where the flow to a backend was
 * recorded too, the service's copy adds nothing; a backend that was not seen could have been, so it is needed as well.
 */
export function gatherBackends({ builder, behindServices, deciders }: Gathering): void {
  const recorded = behindServices.map(({ owner, targets }) =>
    targets.map(([address, meta]) => builder.find(owner, address, meta) >= 0),
  );
  for (const [i, { owner, targets, row, from, activity, continued, deciders: told }] of behindServices.entries()) {
    for (const [j, [address, meta]] of targets.entries()) {
      if (recorded[i]![j] === true) continue;
      const edge = builder.add(owner, address, meta, from.edges, row);
      if (edge < 0) continue;
      for (const id of activity) builder.addActivity(edge, from.activity, id, false);
      for (const id of continued) builder.addActivity(edge, from.continued, id, true);
      for (const decider of told) deciders.add(edge, decider);
    }
  }
}
