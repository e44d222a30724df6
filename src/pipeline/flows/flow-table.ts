import { type Observation, type SourceKey, text, textCount, toldBy } from "../sources/observation.ts";
import { EdgeBatch } from "./edge-batch.ts";
import { addToName, edgeSums, hoursPerBlock, nameSums } from "./edge-sums.ts";
import type { FlowLimits } from "./flow-limits.ts";
import { type RowSnapshot, RowTable } from "./row-table.ts";
import { longestSymbol, type SymbolSnapshot, SymbolTable } from "./symbol-table.ts";

/** Everything a worker has counted, ready to cross to the main thread. */
export interface FlowTableSnapshot {
  readonly symbols: SymbolSnapshot;
  readonly addresses: RowSnapshot;
  readonly sources: SymbolSnapshot;
  readonly edges: RowSnapshot;
  readonly activity: RowSnapshot;
  readonly continued: RowSnapshot;
  readonly names: RowSnapshot;
  readonly deciders: RowSnapshot;
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

function pack(protocol: number, verdict: number, isV6: boolean, prefixLength: number, port: number): number {
  const family = isV6 ? 1 << familyShift : 0;
  return protocol | (verdict << 3) | family | ((prefixLength + 1) << prefixShift) | (port << portShift);
}

export function packEdgeMeta(
  protocol: (typeof protocolCodes)[number],
  verdict: number,
  family: number,
  prefixLength: number,
  port: number,
): number {
  return pack(protocolCodes.indexOf(protocol), verdict, family === 6, prefixLength, port);
}

export function familyOfMeta(meta: number): 4 | 6 {
  return ((meta >>> familyShift) & 1) === 1 ? 6 : 4;
}

/** -1 for a single address. */
export function prefixOfMeta(meta: number): number {
  return ((meta >>> prefixShift) & 0xff) - 1;
}

export function readEdgeMeta(meta: number): {
  protocol: (typeof protocolCodes)[number];
  verdict: number;
  family: 4 | 6;
  prefixLength: number | undefined;
  port: number;
} {
  const prefixLength = prefixOfMeta(meta);
  return {
    protocol: protocolCodes[meta & 7] ?? "other",
    verdict: (meta >>> 3) & 3,
    family: familyOfMeta(meta),
    prefixLength: prefixLength < 0 ? undefined : prefixLength,
    port: (meta >>> portShift) & 0xffff,
  };
}

/** Packing of a name's address family, origin and chain (a symbol) into one row cell. */
function packName(isV6: boolean, origin: number, chain: number): number {
  return (isV6 ? 1 : 0) | (origin << 1) | (chain << 3);
}

export function readNameMeta(meta: number): { family: 4 | 6; origin: number; chain: number } {
  return { family: (meta & 1) === 1 ? 6 : 4, origin: (meta >>> 1) & 3, chain: meta >>> 3 };
}

/** Sources seen lately, so that most are found without their texts being read; a power of two. */
const lateSources = 1024;

/** Of one part of a source; Kubernetes names end at 253 bytes. */
const longestText = 253;

/**
 * Aggregates observations into edges without an object per record: texts become symbols, composite keys become rows,
 * sums lie beside their keys. What several tables counted is brought together by `gatherHarvest`.
 */
export class FlowTable {
  readonly symbols: SymbolTable;
  /** IPv6 addresses of destinations. */
  readonly addresses: RowTable;
  /** Sources as one text each: cluster, namespace, owner kind, owner name, pod, each ended by a zero byte, address. */
  readonly sources: SymbolTable;
  /** (source, IPv4 word or address number, meta). */
  readonly edges: RowTable;
  /** (edge, block of hours), with the flows counted in each hour. */
  readonly activity: RowTable;
  /** The same for records that only show that a flow goes on. */
  readonly continued: RowTable;
  /** (name symbol, source, IPv4 word or address number, family, origin and chain). */
  readonly names: RowTable;
  /** (decider symbol, source, IPv4 word or address number, meta): what is said to have decided an edge. */
  readonly deciders: RowTable;
  readonly overflow = { edges: 0, activity: 0, names: 0 };
  private readonly batch: EdgeBatch;
  private readonly key = new Uint8Array(textCount * (longestText + 8));
  private readonly keyView = new DataView(this.key.buffer);
  /** By a hash of the address: what stood for the source (its key, or nothing but its IPv4 address), and its number. */
  private readonly lateKeys = Array.from<SourceKey | undefined>({ length: lateSources });
  private readonly lateWords = new Int32Array(lateSources);
  private readonly lateNumbers = new Int32Array(lateSources).fill(-1);
  private readonly chain = new Uint8Array(longestSymbol + 4);
  private readonly chainView = new DataView(this.chain.buffer);

  constructor(limits: FlowLimits) {
    this.symbols = new SymbolTable(limits.symbols);
    this.addresses = new RowTable(limits.edges);
    this.sources = new SymbolTable(limits.symbols);
    this.edges = new RowTable(limits.edges, edgeSums);
    this.activity = new RowTable(limits.activity, hoursPerBlock);
    this.continued = new RowTable(limits.activity, hoursPerBlock);
    this.names = new RowTable(limits.names, nameSums);
    this.deciders = new RowTable(limits.names);
    this.batch = new EdgeBatch(this.edges, this.activity, this.continued, this.overflow);
  }

  /** The number of the observation's source; -1 when there is no room for a new one. */
  sourceOf(o: Observation): number {
    const { attributed } = o;
    if (attributed === undefined && (o.sourceFamily !== 4 || hasTexts(o))) return this.internTexts(o);
    const word = o.source[0]! | 0;
    const mixed = Math.imul(o.sourceFamily === 6 ? word ^ o.source[3]! : word, 0x9e37_79b1);
    const place = (mixed >>> 16) & (lateSources - 1);
    const { lateKeys, lateWords, lateNumbers } = this;
    if (lateNumbers[place]! >= 0 && lateKeys[place] === attributed) {
      if (attributed !== undefined || lateWords[place] === word) return lateNumbers[place]!;
    }
    const number =
      attributed === undefined
        ? this.internTexts(o)
        : this.sources.intern(attributed.bytes, attributed.view, 0, attributed.length);
    lateKeys[place] = attributed;
    lateWords[place] = word;
    lateNumbers[place] = number;
    return number;
  }

  private internTexts(o: Observation): number {
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
    const port = protocol < 3 && o.destinationPort > 0 ? o.destinationPort : 0;
    const meta = pack(protocol, o.verdict, isV6, o.prefixLength, port);
    if (source < 0 || (isV6 && address < 0)) {
      this.overflow.edges += Math.max(1, o.flows);
      return;
    }
    const bytes = o.byteCount < 0 ? -1 : o.byteCount * o.sampling;
    this.batch.add(source, address, meta, o.wasCounted ? -1 : o.flows, bytes, o.isMore, o.startMs, o.endMs);
    for (let i = 0; i < o.nameCount; i += 1) this.addName(o, i, source, address, packName(isV6, o.nameOrigin, 0));
    for (let i = 0; i < o.deciderCount; i += 1) this.addDecider(o, i, source, address, meta);
  }

  /** The names of the observation's destination, and nothing else of it. */
  addNames(o: Observation): void {
    const source = this.sourceOf(o);
    const isV6 = o.destinationFamily === 6;
    const address = isV6 ? this.addressOf(o.destination, 0) : o.destination[0]! | 0;
    if (source < 0 || (isV6 && address < 0)) this.overflow.names += o.nameCount;
    else for (let i = 0; i < o.nameCount; i += 1) this.addName(o, i, source, address, packName(isV6, o.nameOrigin, 0));
  }

  /** The addresses a pod was told for the one name of the observation. */
  addAnswers(o: Observation): void {
    const source = this.sourceOf(o);
    const chain = this.chainOf(o);
    for (let i = 0; i < o.answerCount; i += 1) {
      const isV6 = o.answerFamily[i] === 6;
      const address = isV6 ? this.addressOf(o.answers, 4 * i) : o.answers[4 * i]! | 0;
      if (source < 0 || chain < 0 || (isV6 && address < 0)) this.overflow.names += 1;
      else this.addName(o, 0, source, address, packName(isV6, toldBy.dnsAnswer, chain));
    }
  }

  /** The aliases of an answer as one symbol, each ended by a zero byte. */
  private chainOf({ bytes, chainCount, chainFrom, chainTo }: Observation): number {
    let at = 0;
    for (let i = 0; i < chainCount; i += 1) {
      // Two bytes more than a name may have, final dot or not: what was cut is none, and not another name.
      const alias = bytes.subarray(chainFrom[i], Math.min(chainTo[i]!, chainFrom[i]! + longestText + 2));
      // Longer than a symbol may be, the rest of the chain is left out and not cut inside a name.
      if (at + alias.length + 1 > longestSymbol) break;
      this.chain.set(alias, at);
      at += alias.length + 1;
      this.chain[at - 1] = 0;
    }
    return this.symbols.intern(this.chain, this.chainView, 0, at);
  }

  private addName(o: Observation, index: number, source: number, address: number, meta: number): void {
    const name = this.symbols.intern(o.bytes, o.view, o.nameFrom[index]!, o.nameTo[index]!);
    if (name === 0) return;
    const id = name < 0 ? -1 : this.names.add(name, source, address, meta);
    if (id < 0) this.overflow.names += 1;
    else addToName(this.names, id, 1, o.startMs + 1, o.endMs + 1, o.ttlSeconds + 1);
  }

  private addDecider(o: Observation, index: number, source: number, address: number, meta: number): void {
    const decider = this.symbols.intern(o.deciderBytes, o.deciderView, o.deciderFrom[index]!, o.deciderTo[index]!);
    if (decider < 0 || this.deciders.add(decider, source, address, meta) < 0) this.overflow.names += 1;
  }

  snapshot(): FlowTableSnapshot {
    this.batch.settle();
    return {
      symbols: this.symbols.snapshot(),
      addresses: this.addresses.snapshot(),
      sources: this.sources.snapshot(),
      edges: this.edges.snapshot(),
      activity: this.activity.snapshot(),
      continued: this.continued.snapshot(),
      names: this.names.snapshot(),
      deciders: this.deciders.snapshot(),
      overflow: this.overflow,
    };
  }
}

function hasTexts({ textFrom, textTo }: Observation): boolean {
  for (let index = 0; index < textCount; index += 1) if (textTo[index]! > textFrom[index]!) return true;
  return false;
}
