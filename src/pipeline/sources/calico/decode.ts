import { readIp } from "../ip-bytes.ts";
import { json, JsonScanner, type Projection } from "../json-projection.ts";
import { readStrings } from "../json-strings.ts";
import { unescapeJson } from "../json-unescape.ts";
import { readWhole } from "../number-bytes.ts";
import { endpoint, Observation, type ObservationSink, opener, side, text, verdict } from "../observation.ts";
import { readProtocol } from "../protocol-bytes.ts";
import { endOfLine, type RecordDecoder, type RecordError } from "../record-decoder.ts";
import { utf8Text } from "../text-bytes.ts";
import { AggregatedName } from "./aggregated-name.ts";
import { decidersOfHits } from "./policy-hit.ts";

const slot = {
  startTime: 0,
  endTime: 1,
  action: 2,
  reporter: 3,
  protocol: 4,
  sourceAddress: 5,
  sourceName: 6,
  sourceAggregated: 7,
  sourceNamespace: 8,
  sourcePort: 9,
  sourceType: 10,
  destinationAddress: 11,
  destinationType: 12,
  destinationPort: 13,
  domains: 14,
  bytesOut: 15,
  flows: 16,
  flowsStarted: 17,
  cluster: 18,
  enforced: 19,
  allPolicies: 20,
} as const;
/** Policies that one flow passes; more are not read. */
const maxHits = 32;
const slotCount = Object.keys(slot).length;

const record: Projection = {
  start_time: slot.startTime,
  end_time: slot.endTime,
  action: slot.action,
  reporter: slot.reporter,
  proto: slot.protocol,
  source_ip: slot.sourceAddress,
  source_name: slot.sourceName,
  source_name_aggr: slot.sourceAggregated,
  source_namespace: slot.sourceNamespace,
  source_port: slot.sourcePort,
  source_type: slot.sourceType,
  dest_ip: slot.destinationAddress,
  dest_type: slot.destinationType,
  dest_port: slot.destinationPort,
  dest_domains: slot.domains,
  bytes_out: slot.bytesOut,
  num_flows: slot.flows,
  num_flows_started: slot.flowsStarted,
  cluster: slot.cluster,
  policies: { enforced_policies: slot.enforced, all_policies: slot.allPolicies },
};
/** As it stands in the log, or as the document of a search. */
const projection: Projection = { ...record, _source: record };

const ends: Readonly<Record<string, number>> = {
  wep: endpoint.pod,
  hep: endpoint.node,
  ns: endpoint.outside,
  net: endpoint.outside,
};

/**
 * One flow of Calico's flow log: what an endpoint had to do with a destination within some minutes. Flows are written
 * from the side that opened the connection, and reported at both ends; the report of the source counts. Aggregated flows
 * may have no addresses and no pod names, only what the names of the pods begin with.
 * @see Calico Enterprise, flow log data types
 */
export class CalicoDecoder implements RecordDecoder {
  error: RecordError = "not_an_object";
  private readonly scanner = new JsonScanner(projection, slotCount);
  private readonly observation = new Observation();
  private readonly aggregated = new AggregatedName();
  private readonly hitFrom = new Int32Array(maxHits);
  private readonly hitTo = new Int32Array(maxHits);
  private readonly sink: ObservationSink;

  constructor(sink: ObservationSink) {
    this.sink = sink;
  }

  decode(bytes: Uint8Array, view: DataView, at: number): number {
    const { scanner, observation: o } = this;
    const end = scanner.scan(bytes, view, at);
    if (end < 0) return this.refuse(scanner.error);
    const next = endOfLine(bytes, end);
    if (next < 0) return this.refuse("trailing_text");
    o.clear(bytes, view);
    const error = this.readFlow(bytes);
    if (error !== undefined) return this.refuse(error);
    this.sink(o);
    return next;
  }

  finish(): void {}

  private readFlow(bytes: Uint8Array): RecordError | undefined {
    const { observation: o, scanner } = this;
    for (let index = 0; index < slotCount; index += 1) if (!this.unescape(bytes, index)) return "bad_escape";
    o.startMs = this.seconds(bytes, slot.startTime);
    o.endMs = this.seconds(bytes, slot.endTime);
    if (o.startMs < -1 || o.endMs < -1) return "bad_time";
    if (o.startMs < 0) o.startMs = o.endMs;
    if (o.endMs < 0) o.endMs = o.startMs;
    const isNamed = this.readSource(bytes);
    o.sourceIs = this.endpointOf(bytes, slot.sourceType);
    // Only pods have a namespace and a name.
    if (o.sourceIs === endpoint.unknown && isNamed) o.sourceIs = endpoint.pod;
    o.destinationIs = this.endpointOf(bytes, slot.destinationType);
    if (this.isText(slot.sourceAddress)) {
      o.sourceFamily = readIp(bytes, scanner.from[slot.sourceAddress]!, scanner.to[slot.sourceAddress]!, o.source);
      if (o.sourceFamily === 0) return "bad_address";
    }
    if (this.isText(slot.destinationAddress)) {
      const { from, to } = scanner;
      o.destinationFamily = readIp(bytes, from[slot.destinationAddress]!, to[slot.destinationAddress]!, o.destination);
      if (o.destinationFamily === 0) return "bad_address";
    }
    if (this.isText(slot.protocol) || scanner.kind[slot.protocol] === json.number) {
      o.protocol = readProtocol(bytes, scanner.from[slot.protocol]!, scanner.to[slot.protocol]!);
      if (o.protocol < 0) return "bad_protocol";
    }
    o.sourcePort = this.whole(bytes, slot.sourcePort);
    o.destinationPort = this.whole(bytes, slot.destinationPort);
    if (o.sourcePort > 65535 || o.destinationPort > 65535) return "bad_port";
    o.opener = opener.source;
    // One record may name several reporters: `dst, fwd`.
    const reporter = this.word(bytes, slot.reporter);
    o.side = reporter.startsWith("src") ? side.egress : reporter.startsWith("dst") ? side.ingress : side.unknown;
    // What a node forwards is reported by the ends as well.
    o.isCopy = reporter.startsWith("fwd");
    const action = this.word(bytes, slot.action);
    if (action === "allow") o.verdict = verdict.allowed;
    else if (action === "deny") o.verdict = verdict.denied;
    else if (action !== "") return "bad_verdict";
    // The policies are those of the reporter's end.
    if (o.side === side.egress && action !== "") this.readPolicies(bytes, action);
    const started = this.whole(bytes, slot.flowsStarted);
    o.flows = started >= 0 ? started : Math.max(1, this.whole(bytes, slot.flows));
    // Each record has the bytes of its own minutes.
    o.isMore = o.flows === 0;
    o.byteCount = this.whole(bytes, slot.bytesOut);
    if (scanner.kind[slot.domains] === json.array) {
      const { from, to } = scanner;
      o.nameCount = readStrings(bytes, from[slot.domains]!, to[slot.domains]!, o.nameFrom, o.nameTo);
    }
    return undefined;
  }

  /** Older writers mix in what staged policies would do. */
  private readPolicies(bytes: Uint8Array, action: string): void {
    const { kind, from, to } = this.scanner;
    const list = kind[slot.enforced] === json.array ? slot.enforced : slot.allPolicies;
    if (kind[list] !== json.array) return;
    const count = readStrings(bytes, from[list]!, to[list]!, this.hitFrom, this.hitTo);
    const hits = Array.from({ length: count }, (_, i) => utf8Text(bytes, this.hitFrom[i]!, this.hitTo[i]!));
    for (const decider of decidersOfHits(hits, action)) this.observation.addDecider(decider);
  }

  /** Whether the source has a namespace and a name, of its own or of its kind. */
  private readSource(bytes: Uint8Array): boolean {
    const { observation: o, scanner } = this;
    const { from, to } = scanner;
    if (this.isText(slot.cluster)) o.setText(text.cluster, from[slot.cluster]!, to[slot.cluster]!);
    const hasNamespace = this.isText(slot.sourceNamespace);
    if (hasNamespace) o.setText(text.namespace, from[slot.sourceNamespace]!, to[slot.sourceNamespace]!);
    const name = slot.sourceName;
    // A name may be as aggregated as the field that is there for it.
    if (this.isText(name) && bytes[to[name]! - 1] !== 0x2a) {
      o.setText(text.pod, from[name]!, to[name]!);
      return hasNamespace;
    }
    const aggregated = this.isText(name) ? name : slot.sourceAggregated;
    if (!this.isText(aggregated)) return false;
    o.attributed = this.aggregated.key(o, from[aggregated]!, to[aggregated]!);
    return hasNamespace && o.attributed !== undefined;
  }

  private endpointOf(bytes: Uint8Array, index: number): number {
    const word = this.word(bytes, index);
    return Object.hasOwn(ends, word) ? ends[word]! : endpoint.unknown;
  }

  /** Milliseconds; -1 when absent, -2 for what is no time. Very new writers may count milliseconds. */
  private seconds(bytes: Uint8Array, index: number): number {
    const { kind } = this.scanner;
    if (kind[index] === json.absent || kind[index] === json.null) return -1;
    const value = this.whole(bytes, index);
    if (value < 0) return -2;
    return value < 100_000_000_000 ? value * 1000 : value;
  }

  private whole(bytes: Uint8Array, index: number): number {
    const { kind, from, to } = this.scanner;
    return kind[index] === json.number || kind[index] === json.string ? readWhole(bytes, from[index]!, to[index]!) : -1;
  }

  private word(bytes: Uint8Array, index: number): string {
    const { from, to } = this.scanner;
    if (!this.isText(index)) return "";
    return utf8Text(bytes, from[index]!, Math.min(to[index]!, from[index]! + 16)).toLowerCase();
  }

  /** `-` stands for nothing. */
  private isText(index: number): boolean {
    const { kind, from, to } = this.scanner;
    const start = from[index]!;
    const length = to[index]! - start;
    return kind[index] === json.string && length > 0 && !(length === 1 && this.observation.bytes[start] === 0x2d);
  }

  private unescape(bytes: Uint8Array, index: number): boolean {
    const { kind, from, to } = this.scanner;
    if (kind[index] !== json.escaped) return true;
    const end = unescapeJson(bytes, from[index]!, to[index]!);
    if (end < 0) return false;
    kind[index] = json.string;
    to[index] = end;
    return true;
  }

  private refuse(error: RecordError): -1 {
    this.error = error;
    return -1;
  }
}
