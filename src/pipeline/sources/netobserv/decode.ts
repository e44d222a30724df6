import { readIp } from "../ip-bytes.ts";
import { json, JsonScanner } from "../json-projection.ts";
import { unescapeJson } from "../json-unescape.ts";
import { readWhole } from "../number-bytes.ts";
import { endpoint, Observation, type ObservationSink, opener, side, text, textCount, verdict } from "../observation.ts";
import { readProtocol } from "../protocol-bytes.ts";
import { endOfLine, type RecordDecoder, type RecordError } from "../record-decoder.ts";
import { SkimKernel } from "../skim-kernel.ts";
import { utf8Bytes, isWord, startsWithBytes } from "../text-bytes.ts";
import { areWordsAt, copyWords, longestInWords } from "../text-words.ts";
import { takeDrops } from "./drops.ts";
import { projection, slot, slotCount } from "./fields.ts";
import { flag, isLoneAttempt, openerOfFlags } from "./flags.ts";
import { takeDrop, takeEvents } from "./network-events.ts";
import { NetworkName } from "./network-name.ts";
import { WrappedLine } from "./wrapped-line.ts";

const networkEvent = utf8Bytes("NetworkEvent_");
/** Of Open vSwitch, as a packet meets them that a policy denies: no action was left, or to drop it was one. */
const policyDrops = [utf8Bytes("OVS_DROP_LAST_ACTION"), utf8Bytes("OVS_DROP_EXPLICIT")];
const flowLog = utf8Bytes("flowLog");
const yes = utf8Bytes("true");

export class NetobservDecoder implements RecordDecoder {
  error: RecordError = "not_an_object";
  private readonly kernel: SkimKernel | undefined;
  private readonly scanner: JsonScanner;
  private readonly observation = new Observation();
  private readonly agent = new Uint32Array(4);
  private readonly host = new Uint32Array(4);
  private readonly flagsWords = new Float64Array(8);
  private flagsLength = 0;
  private flags = 0;
  private readonly network = new NetworkName();
  /** Of lines that are records of Loki's, not of NetObserv's. */
  private wrapped: { readonly line: WrappedLine; readonly decoder: NetobservDecoder } | undefined;
  private readonly isWrapped: boolean;
  private readonly sink: ObservationSink;

  /** @param isWrapped it reads what a line of Loki's holds, which may not be another such line */
  constructor(sink: ObservationSink, isWrapped = false) {
    this.kernel = isWrapped ? undefined : SkimKernel.for(projection, slotCount);
    this.scanner = new JsonScanner(projection, slotCount, this.kernel);
    this.isWrapped = isWrapped;
    this.sink = sink;
  }

  open(bytes: Uint8Array, from: number, to: number): void {
    this.kernel?.load(bytes, from, to);
  }

  decode(bytes: Uint8Array, view: DataView, at: number): number {
    const { scanner, observation: o } = this;
    const end = scanner.scan(bytes, view, at);
    if (end < 0) return this.refuse(scanner.error);
    const next = endOfLine(bytes, end);
    if (next < 0) return this.refuse("trailing_text");
    const { kind, from, to } = scanner;
    if (kind[slot.line] !== json.absent && kind[slot.labels] === json.object && !this.isWrapped) {
      return this.decodeWrapped(bytes, next);
    }
    o.clear(bytes, view);
    for (let i = 0; i < textCount; i += 1) {
      const found = kind[i]!;
      if (found === json.string) {
        o.textFrom[i] = from[i]!;
        o.textTo[i] = to[i]!;
      } else if (found !== json.absent && !this.readOddText(bytes, i)) return this.refuse("bad_escape");
    }
    o.sourceIs = this.readEndpoint(bytes, slot.sourceType);
    o.destinationIs = this.readEndpoint(bytes, slot.destinationType);
    if (o.sourceIs === endpoint.unknown && o.textTo[text.namespace] !== 0 && o.textTo[text.pod] !== 0) {
      o.sourceIs = endpoint.pod;
    }
    if (!this.readAddresses(bytes)) return this.refuse("bad_address");
    this.readNetwork(bytes);
    if (!this.readPorts(bytes)) return this.refuse("bad_port");
    o.flows = 1;
    const flags = this.readFlags(bytes);
    o.opener = openerOfFlags(flags);
    this.readDirection(bytes);
    this.readAmounts(bytes);
    this.readVerdict(bytes, view);
    this.readDrops(bytes, flags);
    if (isLoneAttempt(flags) && o.verdict === verdict.seen && this.whole(bytes, slot.sampling) === 1)
      o.verdict = verdict.unanswered;
    this.sink(o);
    return next;
  }

  finish(): void {}

  /** @param next behind the record that holds the line */
  private decodeWrapped(bytes: Uint8Array, next: number): number {
    const { from, to } = this.scanner;
    this.wrapped ??= { line: new WrappedLine(), decoder: new NetobservDecoder(this.sink, true) };
    const { line, decoder } = this.wrapped;
    const isRecord = line.unwrap(bytes, from[slot.labels]!, to[slot.labels]!, from[slot.line]!, to[slot.line]!);
    if (!isRecord) return this.refuse("not_an_object");
    return decoder.decode(line.bytes, line.view, 0) < 0 ? this.refuse(decoder.error) : next;
  }

  private refuse(error: RecordError): -1 {
    this.error = error;
    return -1;
  }

  /** A whole number, however it is written; -1 when absent or something else. */
  private whole(bytes: Uint8Array, index: number): number {
    const { kind, whole } = this.scanner;
    const found = kind[index]!;
    if (found === json.absent) return -1;
    const value = whole[index]!;
    return found === json.number && value >= 0 && value <= Number.MAX_SAFE_INTEGER
      ? value
      : this.oddWhole(bytes, index);
  }

  private oddWhole(bytes: Uint8Array, index: number): number {
    const { kind, from, to } = this.scanner;
    const found = kind[index]!;
    return found === json.number || found === json.string ? readWhole(bytes, from[index]!, to[index]!) : -1;
  }

  /** A text that is not a string without escapes. */
  private readOddText(bytes: Uint8Array, index: number): boolean {
    const { kind, from, to } = this.scanner;
    const found = kind[index]!;
    if (found === json.number) this.observation.setText(index, from[index]!, to[index]!);
    if (found !== json.escaped) return true;
    const end = unescapeJson(bytes, from[index]!, to[index]!);
    if (end < 0) return false;
    this.observation.setText(index, from[index]!, end);
    return true;
  }

  private readEndpoint(bytes: Uint8Array, index: number): number {
    const { kind, from, to } = this.scanner;
    if (kind[index] !== json.string || to[index] === from[index]) return endpoint.unknown;
    const first = bytes[from[index]!]!;
    if (first === 0x50) return endpoint.pod; // Pod
    if (first === 0x4e) return endpoint.node; // Node
    return first === 0x53 ? endpoint.service : endpoint.unknown;
  }

  /** False for an address that is none; a record without addresses is left to the judge. */
  private readAddresses(bytes: Uint8Array): boolean {
    const { observation: o, scanner } = this;
    const { kind, from, to } = scanner;
    if (kind[slot.sourceAddress] === json.string) {
      o.sourceFamily = readIp(bytes, from[slot.sourceAddress]!, to[slot.sourceAddress]!, o.source);
      if (o.sourceFamily === 0 && to[slot.sourceAddress]! > from[slot.sourceAddress]!) return false;
    }
    if (kind[slot.destinationAddress] === json.string) {
      o.destinationFamily = readIp(bytes, from[slot.destinationAddress]!, to[slot.destinationAddress]!, o.destination);
      if (o.destinationFamily === 0 && to[slot.destinationAddress]! > from[slot.destinationAddress]!) return false;
    }
    return true;
  }

  private readNetwork(bytes: Uint8Array): void {
    const { observation: o, network } = this;
    const { kind, from, to } = this.scanner;
    if (kind[slot.networks] === json.array) network.takeList(o, bytes, from[slot.networks]!, to[slot.networks]!);
    else if (kind[slot.networkLabel] === json.string) {
      network.take(o, bytes, from[slot.networkLabel]!, to[slot.networkLabel]!);
    }
  }

  private readPorts(bytes: Uint8Array): boolean {
    const { observation: o, scanner } = this;
    const { kind, from, to } = scanner;
    if (kind[slot.protocol] === json.number) o.protocol = this.whole(bytes, slot.protocol);
    else if (kind[slot.protocol] === json.string) {
      o.protocol = readProtocol(bytes, from[slot.protocol]!, to[slot.protocol]!);
    }
    o.sourcePort = this.whole(bytes, slot.sourcePort);
    o.destinationPort = this.whole(bytes, slot.destinationPort);
    if (kind[slot.icmpType] !== json.absent) o.icmpType = this.whole(bytes, slot.icmpType);
    // After translation: what a policy sees of a connection to a service address.
    if (kind[slot.translatedAddress] === json.string) {
      const family = readIp(bytes, from[slot.translatedAddress]!, to[slot.translatedAddress]!, this.host);
      const [first, second, third, fourth] = this.host;
      if (family !== 0 && (first !== 0 || (family === 6 && (second! | third! | fourth!) !== 0))) {
        if (o.destinationIs === endpoint.service) o.destinationIs = endpoint.unknown;
        o.destinationFamily = family;
        o.destination.set(this.host);
        const port = this.whole(bytes, slot.translatedPort);
        if (port > 0) o.destinationPort = port;
      }
    }
    return o.sourcePort <= 65535 && o.destinationPort <= 65535;
  }

  /** A number of old versions, or a list of names. */
  private readFlags(bytes: Uint8Array): number {
    const { kind, from, to } = this.scanner;
    if (kind[slot.flags] === json.number || kind[slot.flags] === json.string) {
      return Math.max(0, this.whole(bytes, slot.flags));
    }
    if (kind[slot.flags] !== json.array) return 0;
    // Nearly always the list that came last time.
    const at = from[slot.flags]!;
    const length = to[slot.flags]! - at;
    if (length === this.flagsLength && areWordsAt(this.observation.view, at, this.flagsWords, 0, length)) {
      return this.flags;
    }
    let flags = 0;
    for (let p = at; p < at + length; p += 1) {
      if (bytes[p] !== 0x22) continue;
      const name = p + 1;
      do p += 1;
      while (p < at + length && bytes[p] !== 0x22);
      flags |= flagNamed(bytes, name, p - name);
    }
    if (length >= 4 && length <= longestInWords) {
      copyWords(this.observation.view, at, this.flagsWords, 0, length);
      this.flagsLength = length;
      this.flags = flags;
    }
    return flags;
  }

  private readDirection(bytes: Uint8Array): void {
    const { observation: o, scanner } = this;
    const { kind, from, to } = scanner;
    const direction = this.whole(bytes, slot.direction);
    o.side = direction === 0 ? side.ingress : direction > 0 ? side.egress : side.unknown;
    if (kind[slot.duplicate] === json.true) o.isCopy = true;
    else if (kind[slot.duplicate] === json.string) {
      o.isCopy = isWord(bytes, from[slot.duplicate]!, to[slot.duplicate]!, yes);
    }
    // Neither end's host is the agent's: an egress IP carries the packet over another node. When the two addresses
    // are of different families the direction is missing for that reason alone.
    if (o.side === side.unknown && kind[slot.agent] === json.string && kind[slot.sourceHost] === json.string) {
      const agentFamily = readIp(bytes, from[slot.agent]!, to[slot.agent]!, this.agent);
      const hostFamily = readIp(bytes, from[slot.sourceHost]!, to[slot.sourceHost]!, this.host);
      if (agentFamily !== 0 && agentFamily === hostFamily) {
        for (let i = 0; i < (agentFamily === 4 ? 1 : 4); i += 1) if (this.agent[i] !== this.host[i]) o.isCopy = true;
      }
    }
    // With conversation tracking the same traffic may come again as plain flow logs, which then are what counts.
    if (kind[slot.recordType] === json.string) {
      if (!isWord(bytes, from[slot.recordType]!, to[slot.recordType]!, flowLog)) {
        o.flows = 0;
        // Flags of a conversation are those of both ends, and who opened it is its source.
        if (o.opener === opener.destination) o.opener = opener.source;
      }
    }
  }

  private readAmounts(bytes: Uint8Array): void {
    const { observation: o } = this;
    o.byteCount = this.whole(bytes, slot.bytes);
    o.sampling = Math.max(1, this.whole(bytes, slot.sampling));
    const startMs = this.whole(bytes, slot.startMs);
    const endMs = this.whole(bytes, slot.endMs);
    o.startMs = startMs > 0 ? startMs : endMs > 0 ? endMs : -1;
    o.endMs = endMs > 0 ? endMs : o.startMs;
    if (o.startMs < 0) {
      const seconds = this.whole(bytes, slot.receivedSeconds);
      if (seconds > 0) {
        o.startMs = seconds * 1000;
        o.endMs = o.startMs;
      }
    }
  }

  private readVerdict(bytes: Uint8Array, view: DataView): void {
    const { observation: o, scanner } = this;
    const { kind, from, to } = scanner;
    if (kind[slot.events] === json.array) takeEvents(o, bytes, view, from[slot.events]!, to[slot.events]!);
    if (kind[slot.dropCause] === json.string && startsWithBytes(bytes, from[slot.dropCause]!, networkEvent))
      takeDrop(o);
  }

  private readDrops(bytes: Uint8Array, flags: number): void {
    const { kind, from, to } = this.scanner;
    if (kind[slot.dropPackets] === json.absent) return;
    const isByPolicy =
      kind[slot.dropCause] === json.string &&
      policyDrops.some((cause) => isWord(bytes, from[slot.dropCause]!, to[slot.dropCause]!, cause));
    const drops = {
      isByPolicy,
      packets: this.whole(bytes, slot.dropPackets),
      flags: this.whole(bytes, slot.dropFlags),
    };
    takeDrops(this.observation, flags, this.whole(bytes, slot.packets), this.whole(bytes, slot.sampling), drops);
  }
}

/** SYN, SYN_ACK and the two congestion flags; any other name shows that the connection went on, as an ACK does. */
function flagNamed(bytes: Uint8Array, at: number, length: number): number {
  const first = bytes[at]!;
  if (first === 0x53 && length === 3) return flag.syn;
  if (first === 0x53 && length === 7) return flag.synAck;
  if (first === 0x45) return flag.ece;
  return first === 0x43 ? flag.cwr : flag.ack;
}
