import { formatIp } from "../../core/net/ip.ts";
import { hasPorts } from "../../core/net/l4.ts";
import { endpoint, type Observation, observed, text } from "../sources/observation.ts";
import { utf8Text } from "../sources/text-bytes.ts";
import { type AddressClassifier } from "./address-classes.ts";
import { addressOfWords } from "./address-words.ts";
import { latestMs } from "./edge-sums.ts";
import type { FlowLimits } from "./flow-limits.ts";
import { FlowTable, type FlowTableSnapshot, protocolCodeOf, protocolCodes } from "./flow-table.ts";
import { leftOutReasons } from "./harvest.ts";
import { judge, keep } from "./judge.ts";
import { PodBlocks, type PodBlocksSnapshot } from "./pod-blocks.ts";

/** An example with the place it comes from, so that the first one wins whoever found it. */
export interface PlacedExample {
  /** Number of the piece of input that was being read; pieces are numbered in reading order. */
  readonly piece: number;
  readonly text: string;
}

export interface CollectorSnapshot {
  readonly table: FlowTableSnapshot;
  readonly leftOut: Float64Array<ArrayBuffer>;
  readonly examples: readonly (PlacedExample | undefined)[];
  readonly podBlocks: PodBlocksSnapshot;
  readonly records: number;
  readonly firstMs: number;
  readonly lastMs: number;
  readonly samplingMax: number;
  readonly lostEvents: number;
  readonly nodeOutages: number;
  /** Requests to proxies for hosts behind them. */
  readonly proxied: number;
  readonly proxiedExample: PlacedExample | undefined;
}

/** Takes every observation, judges it, and counts it as an edge, as a name, as a gap or as left out. */
export class FlowCollector {
  readonly table: FlowTable;
  /** Set by the reader before each piece of input. */
  piece = 0;
  records = 0;
  private readonly classes: AddressClassifier;
  private readonly leftOut = new Float64Array(leftOutReasons.length);
  private readonly examples: (PlacedExample | undefined)[] = leftOutReasons.map(() => undefined);
  private readonly podBlocks = new PodBlocks();
  private readonly isInferring: boolean;
  private firstMs = -1;
  private lastMs = -1;
  private samplingMax = 1;
  private lostEvents = 0;
  private nodeOutages = 0;
  private proxied = 0;
  private proxiedExample: PlacedExample | undefined;

  /** `isInferring`: the cluster networks are not known, so the addresses of pods are collected as evidence. */
  constructor(classes: AddressClassifier, limits: FlowLimits, isInferring: boolean) {
    this.classes = classes;
    this.table = new FlowTable(limits);
    this.isInferring = isInferring;
  }

  readonly take = (o: Observation): void => {
    this.records += 1;
    // No clock of a cluster says this: the record counts, its time does not.
    if (o.startMs > latestMs || o.endMs > latestMs) o.startMs = o.endMs = -1;
    else if (o.endMs < o.startMs) o.endMs = o.startMs;
    if (o.startMs >= 0 && (this.firstMs < 0 || o.startMs < this.firstMs)) this.firstMs = o.startMs;
    if (o.endMs > this.lastMs) this.lastMs = o.endMs;
    if (o.sampling > this.samplingMax) this.samplingMax = o.sampling;
    if (o.what === observed.flow && this.isInferring) this.collectPodAddresses(o);
    else if (o.what === observed.lostEvents) this.lostEvents += o.lost;
    else if (o.what === observed.nodeOutage) this.nodeOutages += 1;
    else if (o.what === observed.dnsAnswer) this.table.addAnswers(o);
    else if (o.what === observed.names && o.destinationFamily !== 0) this.table.addNames(o);
    else if (o.what === observed.proxied) this.noteProxy(o);
    const reason = judge(o, this.classes);
    if (reason === keep) this.table.add(o);
    else this.leaveOut(reason, o);
  };

  private collectPodAddresses(o: Observation): void {
    if (o.sourceIs === endpoint.pod && o.sourceFamily !== 0) this.podBlocks.addPod(o.sourceFamily, o.source);
    if (o.destinationIs === endpoint.unknown || o.destinationFamily === 0) return;
    if (o.destinationIs === endpoint.pod) this.podBlocks.addPod(o.destinationFamily, o.destination);
    else if (o.destinationIs === endpoint.service) this.podBlocks.addService(o.destinationFamily, o.destination);
  }

  private noteProxy(o: Observation): void {
    this.proxied += 1;
    const host = utf8Text(o.bytes, o.nameFrom[0]!, o.nameTo[0]!).slice(0, 253);
    this.proxiedExample ??= { piece: this.piece, text: `${describe(o)} for ${host}` };
  }

  private leaveOut(reason: number, o: Observation): void {
    this.leftOut[reason] = this.leftOut[reason]! + Math.max(1, o.flows);
    this.examples[reason] ??= { piece: this.piece, text: describe(o) };
  }

  snapshot(): CollectorSnapshot {
    return {
      table: this.table.snapshot(),
      leftOut: this.leftOut,
      examples: this.examples,
      podBlocks: this.podBlocks.snapshot(),
      records: this.records,
      firstMs: this.firstMs,
      lastMs: this.lastMs,
      samplingMax: this.samplingMax,
      lostEvents: this.lostEvents,
      nodeOutages: this.nodeOutages,
      proxied: this.proxied,
      proxiedExample: this.proxiedExample,
    };
  }
}

/** One flow in words: `shop/cart-5d4f 10.128.2.7 → 198.51.100.4 tcp/443`. */
function describe(o: Observation): string {
  const word = (index: number): string => utf8Text(o.bytes, o.textFrom[index]!, o.textTo[index]!).slice(0, 253);
  const who = [word(text.namespace), word(text.pod) || word(text.ownerName)].filter((part) => part !== "").join("/");
  const ip = (family: number, words: Uint32Array): string =>
    family === 0 ? "" : formatIp(addressOfWords(family, words, 0));
  const source = [who, ip(o.sourceFamily, o.source)].filter((part) => part !== "").join(" ");
  const name = protocolCodes[protocolCodeOf(o.protocol)] ?? "other";
  const port = hasPorts(name) && o.destinationPort >= 0 ? `${name}/${o.destinationPort}` : name;
  const destination = ip(o.destinationFamily, o.destination);
  if (source === "" && destination === "") return "a record without addresses";
  return `${source || "unknown"} → ${destination || "unknown"}${o.protocol < 0 ? "" : ` ${port}`}`;
}
