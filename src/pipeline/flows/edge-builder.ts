import type { IpAddress } from "../../core/net/ip.ts";
import { wordsOf } from "./address-classes.ts";
import { addressOfWords } from "./address-words.ts";
import { addToEdge, edgeSum, edgeSums, hoursPerBlock } from "./edge-sums.ts";
import { type Edge, observedVerdicts } from "./edge.ts";
import type { FlowLimits } from "./flow-limits.ts";
import { readEdgeMeta } from "./flow-table.ts";
import { RowTable } from "./row-table.ts";
import type { EdgeOwner } from "./source-resolver.ts";

const none: readonly never[] = [];

/** Edges under their final owners: what the tables of all workers come together in. */
export class EdgeBuilder {
  readonly owners: EdgeOwner[] = [];
  readonly overflow = { edges: 0, activity: 0 };
  private readonly ownerIds = new Map<string, number>();
  /** (owner, IPv4 word or address number, meta). */
  private readonly edges: RowTable;
  private readonly activity: RowTable;
  private readonly continued: RowTable;
  private readonly addresses: RowTable;

  constructor(limits: FlowLimits) {
    this.edges = new RowTable(limits.edges, edgeSums);
    this.activity = new RowTable(limits.activity, hoursPerBlock);
    this.continued = new RowTable(limits.activity, hoursPerBlock);
    this.addresses = new RowTable(limits.edges);
  }

  /** Makes room for what a worker's table may bring. */
  reserve(edges: number, activity: number): void {
    this.edges.reserve(this.edges.count + edges);
    this.activity.reserve(this.activity.count + activity);
  }

  ownerId(owner: EdgeOwner): number {
    const { cluster, namespace, workload } = owner;
    const key = `${cluster}\0${namespace}\0${workload.kind}\0${workload.name}`;
    const known = this.ownerIds.get(key);
    if (known !== undefined) return known;
    this.ownerIds.set(key, this.owners.length);
    this.owners.push(owner);
    return this.owners.length - 1;
  }

  /** The number under which the four words of an IPv6 address are kept; -1 when there is no room. */
  addressId(a: number, b: number, c: number, d: number): number {
    return this.addresses.add(a, b, c, d);
  }

  addressIdOf({ family, value }: IpAddress): number {
    if (family === 4) return Number(value) | 0;
    const [a = 0, b = 0, c = 0, d = 0] = wordsOf(value);
    return this.addresses.add(a | 0, b | 0, c | 0, d | 0);
  }

  addressOf(id: number, family: number): IpAddress {
    if (family === 4) return { family: 4, value: BigInt(id >>> 0) };
    return addressOfWords(6, this.addresses.keys, 2 * this.addresses.stride * id);
  }

  /** Adds row `from` of a worker's table. @returns the number of the edge, -1 when there was no room */
  add(owner: number, address: number, meta: number, table: RowTable, from: number): number {
    const edge = this.edges.add(owner, address, meta, 0);
    const { sums, stride } = table;
    const at = stride * from + 2;
    const flows = sums[at]!;
    const others = sums[at + 1]!;
    if (edge < 0) this.overflow.edges += flows > 0 ? flows : others;
    else addToEdge(this.edges, edge, flows, others, sums[at + 2]!, sums[at + 3]!, sums[at + 4]!, sums[at + 5]!);
    return edge;
  }

  /** Adds row `from` of a worker's activity to an edge; `isContinued` for records that were not counted as flows. */
  addActivity(edge: number, table: RowTable, from: number, isContinued: boolean): void {
    const target = isContinued ? this.continued : this.activity;
    const row = target.add(edge, table.key(from, 1), 0, 0);
    const { sums } = target;
    const read = table.stride * from + 2;
    const write = target.stride * row + 2;
    for (let hour = 0; hour < hoursPerBlock; hour += 1) {
      const flows = table.sums[read + hour]!;
      if (flows === 0) continue;
      if (row < 0) this.overflow.activity += flows;
      else sums[write + hour] = sums[write + hour]! + flows;
    }
  }

  /** The number of an edge that was added before, or -1. */
  find(owner: number, address: number, meta: number): number {
    return this.edges.find(owner, address, meta, 0);
  }

  /**
   * The edges in their order; `namesOf` gives the names an owner has evidence for, by owner and address number, and
   * `decidersOf` what is said to have decided an edge.
   * `whenContinued`: what to say of edges of which only records were seen that show a flow going on.
   */
  build(
    namesOf: (owner: number, address: number, family: number) => readonly string[],
    decidersOf: (edge: number) => readonly string[],
    whenContinued: "flows" | "none" = "flows",
  ): Edge[] {
    const { edges } = this;
    const ranks = this.ownerRanks();
    const order = this.orderOf(ranks);
    const counted = this.rowsByEdge(this.activity);
    const continued = this.continued.count === 0 ? undefined : this.rowsByEdge(this.continued);
    return Array.from(order, (id) => {
      const owner = edges.key(id, 0);
      const who = this.owners[owner]!;
      const { protocol, verdict, family, prefixLength, port } = readEdgeMeta(edges.key(id, 2));
      const address = edges.key(id, 1);
      const isCounted =
        whenContinued === "none" || edges.sum(id, edgeSum.flows) > 0 || edges.sum(id, edgeSum.others) === 0;
      // Bytes that come on top of others count, whether or not the beginning was seen.
      const onTop = edges.sum(id, edgeSum.bytes);
      const bytes = isCounted || onTop > 0 ? onTop : edges.sum(id, edgeSum.otherBytes);
      const first = edges.sum(id, edgeSum.first);
      const last = edges.sum(id, edgeSum.last);
      return {
        cluster: who.cluster,
        namespace: who.namespace,
        workload: who.workload,
        address: this.addressOf(address, family),
        prefixLength,
        protocol,
        port,
        verdict: observedVerdicts[verdict] ?? "seen",
        names: namesOf(owner, address, family),
        decidedBy: decidersOf(id),
        flows: edges.sum(id, isCounted ? edgeSum.flows : edgeSum.others),
        bytes: bytes === 0 ? undefined : bytes - 1,
        firstSeenMs: first === 0 ? undefined : first - 1,
        lastSeenMs: last === 0 ? undefined : last - 1,
        activity: this.activityOf(id, isCounted, counted, continued),
      };
    });
  }

  /** Position of each owner in the order of cluster, namespace, workload name, workload kind. */
  private ownerRanks(): Int32Array {
    const { owners } = this;
    const sorted = owners.map((_, id) => id).toSorted((a, b) => compareOwners(owners[a]!, owners[b]!));
    const ranks = new Int32Array(owners.length);
    for (const [rank, id] of sorted.entries()) ranks[id] = rank;
    return ranks;
  }

  /** Edge numbers by owner, family, address, protocol, port, verdict, prefix length. */
  private orderOf(ranks: Int32Array): Int32Array {
    const { edges, addresses } = this;
    const { keys, stride, count } = edges;
    const width = 2 * stride;
    // By owner first: sorting many short runs is much less work than sorting everything.
    const ends = new Int32Array(this.owners.length + 1);
    for (let id = 0; id < count; id += 1) {
      const at = ranks[keys[width * id]!]! + 1;
      ends[at] = ends[at]! + 1;
    }
    for (let rank = 1; rank < ends.length; rank += 1) ends[rank] = ends[rank]! + ends[rank - 1]!;
    const next = ends.slice();
    const order = new Int32Array(count);
    for (let id = 0; id < count; id += 1) {
      const rank = ranks[keys[width * id]!]!;
      order[next[rank]!] = id;
      next[rank] = next[rank]! + 1;
    }
    const compare = (a: number, b: number): number => {
      const m = keys[width * a + 2]!;
      const n = keys[width * b + 2]!;
      const family = ((m >>> 5) & 1) - ((n >>> 5) & 1);
      if (family !== 0) return family;
      const x = keys[width * a + 1]!;
      const y = keys[width * b + 1]!;
      if (x !== y) {
        if (((m >>> 5) & 1) === 0) return (x >>> 0) - (y >>> 0);
        for (let cell = 0; cell < 4; cell += 1) {
          const difference = (addresses.key(x, cell) >>> 0) - (addresses.key(y, cell) >>> 0);
          if (difference !== 0) return difference;
        }
      }
      return (m & 7) - (n & 7) || (m >>> 14) - (n >>> 14) || ((m >>> 3) & 3) - ((n >>> 3) & 3) || m - n;
    };
    for (let rank = 0; rank + 1 < ends.length; rank += 1) order.subarray(ends[rank], ends[rank + 1]).sort(compare);
    return order;
  }

  /** The activity of an edge: an hour in which flows only went on has 0 flows, unless the edge has no others. */
  private activityOf(
    edge: number,
    isCounted: boolean,
    counted: RowsByEdge,
    continued: RowsByEdge | undefined,
  ): Edge["activity"] {
    const hours: { hour: number; flows: number }[] = [];
    if (isCounted) this.addHours(hours, this.activity, counted, edge, true);
    if (continued === undefined) return hours.length === 0 ? none : hours;
    const shown = new Set(hours.map(({ hour }) => hour));
    const before = hours.length;
    this.addHours(hours, this.continued, continued, edge, !isCounted);
    if (before === 0 || hours.length === before) return hours.length === 0 ? none : hours;
    const merged = hours.filter(({ hour }, i) => i < before || !shown.has(hour));
    return merged.sort((a, b) => a.hour - b.hour);
  }

  private addHours(
    hours: { hour: number; flows: number }[],
    table: RowTable,
    { ends, rows }: RowsByEdge,
    edge: number,
    isCounting: boolean,
  ): void {
    const from = ends[edge]!;
    const to = ends[edge + 1]!;
    if (to - from > 1) rows.subarray(from, to).sort((a, b) => table.key(a, 1) - table.key(b, 1));
    for (let i = from; i < to; i += 1) {
      const row = rows[i]!;
      const first = table.key(row, 1) * hoursPerBlock;
      for (let hour = 0; hour < hoursPerBlock; hour += 1) {
        const flows = table.sum(row, hour);
        if (flows > 0) hours.push({ hour: first + hour, flows: isCounting ? flows : 0 });
      }
    }
  }

  private rowsByEdge(table: RowTable): RowsByEdge {
    const ends = new Int32Array(this.edges.count + 1);
    for (let id = 0; id < table.count; id += 1) {
      const at = table.key(id, 0) + 1;
      ends[at] = ends[at]! + 1;
    }
    for (let edge = 1; edge < ends.length; edge += 1) ends[edge] = ends[edge]! + ends[edge - 1]!;
    const next = ends.slice();
    const rows = new Int32Array(table.count);
    for (let id = 0; id < table.count; id += 1) {
      const edge = table.key(id, 0);
      rows[next[edge]!] = id;
      next[edge] = next[edge]! + 1;
    }
    return { ends, rows };
  }
}

/** Rows of a table in the order of their edges: those of edge e from ends[e] to ends[e + 1]. */
interface RowsByEdge {
  readonly ends: Int32Array;
  readonly rows: Int32Array;
}

export function compareOwners(a: EdgeOwner, b: EdgeOwner): number {
  return (
    compareText(a.cluster, b.cluster) ||
    compareText(a.namespace, b.namespace) ||
    compareText(a.workload.name, b.workload.name) ||
    compareText(a.workload.kind, b.workload.kind)
  );
}

/** By code unit: the same on every machine. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
