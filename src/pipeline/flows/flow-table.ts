import { type Observation, text, textCount } from "../sources/observation.ts";
import type { FlowLimits } from "./flow-limits.ts";
import { type RowSnapshot, RowTable } from "./row-table.ts";
import { type SymbolSnapshot, SymbolTable } from "./symbol-table.ts";

/** Everything a worker has counted, ready to cross to the main thread. */
export interface FlowTableSnapshot {
  readonly symbols: SymbolSnapshot;
  readonly addresses: RowSnapshot;
  readonly sources: SymbolSnapshot;
  readonly edges: RowSnapshot;
  readonly activity: RowSnapshot;
  readonly names: RowSnapshot;
  readonly overflow: { readonly edges: number; readonly activity: number; readonly names: number };
}

/** Packing of an edge's protocol, verdict, family, prefix length and port into one row cell. */
const familyShift = 5;
const prefixShift = 6;
const portShift = 14;

export const protocolCodes = ["tcp", "udp", "sctp", "icmp", "other"] as const;

export function protocolCodeOf(number: number): number {
  if (number === 6) return 0;
  if (number === 17) return 1;
  if (number === 132) return 2;
  return number === 1 || number === 58 ? 3 : 4;
}

export function readEdgeMeta(meta: number): {
  protocol: (typeof protocolCodes)[number];
  verdict: number;
  family: 4 | 6;
  prefixLength: number | undefined;
  port: number;
} {
  const prefix = (meta >>> prefixShift) & 0xff;
  return {
    protocol: protocolCodes[meta & 7] ?? "other",
    verdict: (meta >>> 3) & 3,
    family: ((meta >>> familyShift) & 1) === 1 ? 6 : 4,
    prefixLength: prefix === 0 ? undefined : prefix - 1,
    port: (meta >>> portShift) & 0xffff,
  };
}

/**
 * Sums of an edge: flows counted; records that only show that a flow goes on; bytes of the one and of the other sort;
 * first and last time. Times and bytes are kept one higher, so that 0, the fresh value, means "none known".
 */
export const edgeSum = { flows: 0, others: 1, bytes: 2, otherBytes: 3, first: 4, last: 5 } as const;
export const activitySum = { flows: 0, others: 1 } as const;
export const nameSum = { count: 0, first: 1, last: 2 } as const;
export const edgeSums = 6;
export const activitySums = 2;
export const nameSums = 3;
/** Of one part of a source; Kubernetes names end at 253 bytes. */
const longestText = 253;
export const hourMs = 3_600_000;

/**
 * Aggregates observations into edges without an object per record: texts become symbols, composite keys become rows,
 * sums are columns. Two tables absorbed in any order give the same sums as one that saw everything.
 */
export class FlowTable {
  readonly symbols: SymbolTable;
  /** IPv6 addresses of destinations. */
  readonly addresses: RowTable;
  /** Sources as one text each: see `readSource`. */
  readonly sources: SymbolTable;
  /** (source, IPv4 word or address number, meta). */
  readonly edges: RowTable;
  /** (edge, hour). */
  readonly activity: RowTable;
  /** (name symbol, source, IPv4 word or address number, family bit 0 | is DNS answer bit 1). */
  readonly names: RowTable;
  readonly overflow = { edges: 0, activity: 0, names: 0 };
  private readonly key = new Uint8Array(textCount * (longestText + 8));
  private readonly keyView = new DataView(this.key.buffer);

  constructor(limits: FlowLimits) {
    this.symbols = new SymbolTable(limits.symbols);
    this.addresses = new RowTable(limits.edges);
    this.sources = new SymbolTable(limits.symbols);
    this.edges = new RowTable(limits.edges, edgeSums);
    this.activity = new RowTable(limits.activity, activitySums);
    this.names = new RowTable(limits.names, nameSums);
  }

  /** The number of the observation's source; -1 when there is no room for a new one. */
  sourceOf(o: Observation): number {
    const { key, keyView } = this;
    const { view, textFrom, textTo } = o;
    const hasOwner = textTo[text.ownerName]! > textFrom[text.ownerName]!;
    const hasPod = textTo[text.pod]! > textFrom[text.pod]!;
    const last = hasOwner ? text.ownerName : text.pod;
    let at = 0;
    for (let index = 0; index <= last; index += 1) {
      let p = textFrom[index]!;
      const to = Math.min(textTo[index]!, p + longestText);
      // Words may reach beyond the text: what is written next covers it.
      const end = at + to - p;
      for (let q = at; q < end; q += 4, p += 4) keyView.setInt32(q, view.getInt32(p, true), true);
      key[end] = 0;
      at = end + 1;
    }
    if (!hasOwner && !hasPod && o.sourceFamily !== 0) {
      for (let i = 0; i < (o.sourceFamily === 4 ? 1 : 4); i += 1, at += 4) keyView.setUint32(at, o.source[i]!);
    }
    return this.sources.intern(key, keyView, 0, at);
  }

  private addressOf(words: Uint32Array, at: number): number {
    return this.addresses.add(words[at]! | 0, words[at + 1]! | 0, words[at + 2]! | 0, words[at + 3]! | 0);
  }

  add(o: Observation): void {
    const source = this.sourceOf(o);
    const isV6 = o.destinationFamily === 6;
    const address = isV6 ? this.addressOf(o.destination, 0) : o.destination[0]! | 0;
    const protocol = protocolCodeOf(o.protocol);
    const meta =
      protocol |
      (o.verdict << 3) |
      (isV6 ? 1 << familyShift : 0) |
      ((o.prefixLength + 1) << prefixShift) |
      ((protocol < 3 && o.destinationPort > 0 ? o.destinationPort : 0) << portShift);
    const edge = source < 0 || (isV6 && address < 0) ? -1 : this.edges.add(source, address, meta, 0);
    if (edge < 0) {
      this.overflow.edges += Math.max(1, o.flows);
      return;
    }
    const bytes = o.byteCount < 0 ? 0 : o.byteCount * o.sampling + 1;
    if (o.flows > 0) this.addEdgeSums(edge, o.flows, 0, bytes, 0, o.startMs + 1, o.endMs + 1);
    else this.addEdgeSums(edge, 0, 1, 0, bytes, o.startMs + 1, o.endMs + 1);
    if (o.startMs >= 0) this.addActivity(edge, Math.floor(o.startMs / hourMs), o.flows, o.flows > 0 ? 0 : 1);
    for (let i = 0; i < o.nameCount; i += 1) {
      this.addName(o, o.nameFrom[i]!, o.nameTo[i]!, source, address, isV6 ? 1 : 0);
    }
  }

  /** The addresses a pod was told for the one name of the observation. */
  addAnswers(o: Observation): void {
    const source = this.sourceOf(o);
    for (let i = 0; i < o.answerCount; i += 1) {
      const isV6 = o.answerFamily[i] === 6;
      const address = isV6 ? this.addressOf(o.answers, 4 * i) : o.answers[4 * i]! | 0;
      if (source < 0 || (isV6 && address < 0)) this.overflow.names += 1;
      else this.addName(o, o.nameFrom[0]!, o.nameTo[0]!, source, address, isV6 ? 3 : 2);
    }
  }

  private addName(o: Observation, from: number, to: number, source: number, address: number, meta: number): void {
    const name = this.symbols.intern(o.bytes, o.view, from, to);
    if (name === 0) return;
    const id = name < 0 ? -1 : this.names.add(name, source, address, meta);
    if (id < 0) this.overflow.names += 1;
    else this.addNameSums(id, 1, o.startMs + 1, o.endMs + 1);
  }

  /** Times one higher, 0 for unknown: as they are kept. */
  private addNameSums(id: number, count: number, first: number, last: number): void {
    const { sums, stride } = this.names;
    const at = stride * id + 2;
    sums[at + nameSum.count] = sums[at + nameSum.count]! + count;
    sums[at + nameSum.first] = earlier(sums[at + nameSum.first]!, first);
    sums[at + nameSum.last] = Math.max(sums[at + nameSum.last]!, last);
  }

  /** Bytes and times one higher, 0 for unknown: as they are kept. */
  private addEdgeSums(
    edge: number,
    flows: number,
    others: number,
    bytes: number,
    otherBytes: number,
    first: number,
    last: number,
  ): void {
    const { sums, stride } = this.edges;
    const at = stride * edge + 2;
    sums[at] = sums[at]! + flows;
    if (others > 0) sums[at + edgeSum.others] = sums[at + edgeSum.others]! + others;
    if (bytes > 0) sums[at + edgeSum.bytes] = plusKnown(sums[at + edgeSum.bytes]!, bytes);
    if (otherBytes > 0) sums[at + edgeSum.otherBytes] = plusKnown(sums[at + edgeSum.otherBytes]!, otherBytes);
    sums[at + edgeSum.first] = earlier(sums[at + edgeSum.first]!, first);
    if (last > sums[at + edgeSum.last]!) sums[at + edgeSum.last] = last;
  }

  private addActivity(edge: number, hour: number, flows: number, others: number): void {
    const id = this.activity.add(edge, hour, 0, 0);
    if (id < 0) {
      this.overflow.activity += Math.max(1, flows);
      return;
    }
    const { sums, stride } = this.activity;
    const at = stride * id + 2;
    sums[at] = sums[at]! + flows;
    if (others > 0) sums[at + 1] = sums[at + 1]! + others;
  }

  snapshot(): FlowTableSnapshot {
    return {
      symbols: this.symbols.snapshot(),
      addresses: this.addresses.snapshot(),
      sources: this.sources.snapshot(),
      edges: this.edges.snapshot(),
      activity: this.activity.snapshot(),
      names: this.names.snapshot(),
      overflow: this.overflow,
    };
  }

  /** Adds another table's content, renumbered into this one's. */
  absorb(other: FlowTableSnapshot): void {
    const symbols = this.symbols.absorb(other.symbols);
    const addresses = renumber(other.addresses, (a, b, c, d) => this.addresses.add(a, b, c, d));
    const sources = this.sources.absorb(other.sources);
    const addressIn = (address: number, isV6: boolean): number | undefined => {
      if (!isV6) return address;
      return addresses[address]! < 0 ? undefined : addresses[address]!;
    };
    const edges = renumber(
      other.edges,
      (source, address, meta) => {
        const mine = addressIn(address, ((meta >>> familyShift) & 1) === 1);
        return sources[source]! < 0 || mine === undefined ? -1 : this.edges.add(sources[source]!, mine, meta, 0);
      },
      edgeSums,
    );
    const theirs = RowTable.of(other.edges, edgeSums);
    for (let edge = 0; edge < edges.length; edge += 1) {
      const [flows, others, bytes, otherBytes, first, last] = [0, 1, 2, 3, 4, 5].map((i) => theirs.sum(edge, i));
      if (edges[edge]! < 0) this.overflow.edges += flows! > 0 ? flows! : others!;
      else this.addEdgeSums(edges[edge]!, flows!, others!, bytes!, otherBytes!, first!, last!);
    }
    const activity = RowTable.of(other.activity, activitySums);
    for (let id = 0; id < activity.count; id += 1) {
      const edge = edges[activity.key(id, 0)]!;
      if (edge < 0) continue; // counted with its edge
      this.addActivity(edge, activity.key(id, 1), activity.sum(id, 0), activity.sum(id, 1));
    }
    const names = RowTable.of(other.names, nameSums);
    for (let id = 0; id < names.count; id += 1) {
      const name = symbols[names.key(id, 0)]!;
      const source = sources[names.key(id, 1)]!;
      const meta = names.key(id, 3);
      const address = addressIn(names.key(id, 2), (meta & 1) === 1);
      const known = name < 0 || source < 0 || address === undefined ? -1 : this.names.add(name, source, address, meta);
      if (known < 0) this.overflow.names += names.sum(id, nameSum.count);
      else this.addNameSums(known, names.sum(id, 0), names.sum(id, 1), names.sum(id, 2));
    }
    this.overflow.edges += other.overflow.edges;
    this.overflow.activity += other.overflow.activity;
    this.overflow.names += other.overflow.names;
  }
}

function renumber(
  snapshot: RowSnapshot,
  add: (a: number, b: number, c: number, d: number) => number,
  sums = 0,
): Int32Array {
  const table = RowTable.of(snapshot, sums);
  const mine = new Int32Array(table.count);
  for (let id = 0; id < table.count; id += 1) {
    mine[id] = add(table.key(id, 0), table.key(id, 1), table.key(id, 2), table.key(id, 3));
  }
  return mine;
}

/** Of two times, kept one higher, of which either may be unknown (0). */
function earlier(a: number, b: number): number {
  return a === 0 ? b : b === 0 ? a : Math.min(a, b);
}

/** The sum of two byte counts, each kept one higher. */
function plusKnown(a: number, b: number): number {
  return a === 0 ? b : a + b - 1;
}
