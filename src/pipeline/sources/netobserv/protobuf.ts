import { Observation, type ObservationSink, verdict } from "../observation.ts";
import { WireReader } from "../protobuf/wire-reader.ts";
import type { RecordError } from "../record-decoder.ts";
import { utf8Text } from "../text-bytes.ts";
import { takeDrops } from "./drops.ts";
import { isLoneAttempt, openerOfFlags } from "./flags.ts";
import { takeDrop, takeEvent } from "./network-events.ts";
import { NetworkName } from "./network-name.ts";

/** Of `pbflow.Record` and the messages in it, as far as they are wanted. @see NetObserv agent proto/flow.proto */
const record = {
  etherType: 1,
  start: 3,
  end: 4,
  network: 6,
  transport: 7,
  bytes: 8,
  packets: 9,
  duplicate: 11,
  flags: 13,
  icmpType: 14,
  dropPackets: 17,
  dropFlags: 18,
  dropCause: 20,
  interfaces: 26,
  events: 27,
  translation: 28,
  sampling: 29,
} as const;
const timestamp = { seconds: 1, nanos: 2 } as const;
const network = { source: 1, destination: 2 } as const;
const address = { ipv4: 1, ipv6: 2 } as const;
const transport = { sourcePort: 1, destinationPort: 2, protocol: 3 } as const;
const translation = { destination: 2, destinationPort: 4 } as const;
const seenAt = { network: 3 } as const;
const event = { words: 1 } as const;
const pair = { key: 1, value: 2 } as const;

const etherType = { ipv4: 0x0800, ipv6: 0x86dd } as const;
const protocol = { icmp: 1, tcp: 6, udp: 17, icmp6: 58, sctp: 132 } as const;
/** Where the agent puts its own drop causes, beyond the kernel's: this is what `NetworkEvent_…` is in JSON. */
const firstEventCause = 1 << 24;
const eventCauses = 10;
/** Of Open vSwitch, among the kernel's causes: its `OVS_DROP_LAST_ACTION` and `OVS_DROP_EXPLICIT`. */
const policyDrops: ReadonlySet<number> = new Set([(3 << 16) + 1, (3 << 16) + 3]);
/** Of a word of an event: one more than a name may have, so that what is cut is no name. */
const longestWord = 254;

/**
 * Messages of the agent's own topic, before flowlogs-pipeline has put Kubernetes names in: a source is an address,
 * whose pod is found by address and time. Which way the flow went past the node is not told either (`direction` is the
 * interface's), so the copies that an egress IP makes on a second node cannot be told apart.
 */
export class NetobservProtobufDecoder {
  error: RecordError = "bad_protobuf";
  private readonly reader = new WireReader();
  private readonly observation = new Observation();
  private readonly translated = new Uint32Array(4);
  private translatedFamily = 0;
  private translatedPort = 0;
  private ethernetType = 0;
  private flags = 0;
  private packets = -1;
  private dropPackets = -1;
  private dropFlags = -1;
  private dropCause = 0;
  private icmp = 0;
  private readonly networkName = new NetworkName();
  private readonly sink: ObservationSink;

  constructor(sink: ObservationSink) {
    this.sink = sink;
  }

  /** Decodes the message in bytes[from, to). @returns false when it is broken; nothing is handed over then */
  decode(bytes: Uint8Array, view: DataView, from: number, to: number): boolean {
    const { observation: o, reader } = this;
    o.clear(bytes, view);
    this.translatedFamily = this.translatedPort = 0;
    this.ethernetType = this.flags = this.dropCause = this.icmp = 0;
    this.packets = this.dropPackets = this.dropFlags = -1;
    // Left out when 0, as protobuf does; agents of old do not know it.
    o.sampling = 0;
    o.sourcePort = o.destinationPort = 0;
    reader.open(bytes, from, to);
    while (reader.next()) this.readField(reader.field, bytes);
    if (reader.error !== undefined) {
      this.error = reader.error;
      return false;
    }
    const error = this.finish();
    if (error !== undefined) {
      this.error = error;
      return false;
    }
    this.sink(o);
    return true;
  }

  private readField(field: number, bytes: Uint8Array): void {
    const { reader, observation: o } = this;
    switch (field) {
      case record.etherType:
        this.ethernetType = reader.whole();
        break;
      case record.start:
        o.startMs = this.readTime();
        break;
      case record.end:
        o.endMs = this.readTime();
        break;
      case record.network:
        if (!reader.enter()) break;
        while (reader.next()) {
          if (reader.field === network.source) o.sourceFamily = this.readAddress(bytes, o.source);
          else if (reader.field === network.destination) o.destinationFamily = this.readAddress(bytes, o.destination);
        }
        reader.leave();
        break;
      case record.transport:
        if (!reader.enter()) break;
        while (reader.next()) {
          if (reader.field === transport.sourcePort) o.sourcePort = reader.whole();
          else if (reader.field === transport.destinationPort) o.destinationPort = reader.whole();
          else if (reader.field === transport.protocol) o.protocol = reader.whole();
        }
        reader.leave();
        break;
      case record.bytes:
        o.byteCount = reader.whole();
        break;
      case record.duplicate:
        o.isCopy = reader.isTrue();
        break;
      case record.flags:
        this.flags = Math.max(0, reader.whole());
        break;
      case record.icmpType:
        this.icmp = reader.whole();
        break;
      case record.packets:
        this.packets = reader.whole();
        break;
      case record.dropPackets:
        this.dropPackets = reader.whole();
        break;
      case record.dropFlags:
        this.dropFlags = reader.whole();
        break;
      case record.dropCause:
        this.dropCause = reader.whole();
        break;
      case record.interfaces:
        if (!reader.enter()) break;
        while (reader.next()) {
          if (reader.field === seenAt.network) this.networkName.take(o, bytes, reader.from, reader.to);
        }
        reader.leave();
        break;
      case record.events:
        this.readEvent(bytes);
        break;
      case record.translation:
        this.readTranslation(bytes);
        break;
      case record.sampling:
        o.sampling = Math.max(0, reader.whole());
        break;
      default:
    }
  }

  /** Milliseconds since the epoch; -1 when it is none of ours. */
  private readTime(): number {
    const { reader } = this;
    let seconds = 0;
    let nanos = 0;
    if (!reader.enter()) return -1;
    while (reader.next()) {
      if (reader.field === timestamp.seconds) seconds = reader.signed();
      else if (reader.field === timestamp.nanos) nanos = reader.signed();
    }
    reader.leave();
    const ms = seconds * 1000 + Math.floor(nanos / 1e6);
    return Number.isSafeInteger(ms) && ms > 0 ? ms : -1;
  }

  /** @returns 4, 6, or 0 when there is none */
  private readAddress(bytes: Uint8Array, words: Uint32Array): number {
    const { reader } = this;
    let family = 0;
    if (!reader.enter()) return 0;
    while (reader.next()) {
      if (reader.field === address.ipv4 && reader.whole() >= 0) {
        words[0] = reader.whole();
        family = 4;
      } else if (reader.field === address.ipv6 && reader.to - reader.from === 16) {
        const p = reader.from;
        for (let i = 0; i < 4; i += 1) {
          const at = p + 4 * i;
          words[i] = (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
        }
        family = 6;
        // As everywhere, an IPv4-mapped address is the IPv4 address.
        if (words[0] === 0 && words[1] === 0 && words[2] === 0xffff) {
          words[0] = words[3]!;
          family = 4;
        }
      }
    }
    reader.leave();
    return family;
  }

  private readTranslation(bytes: Uint8Array): void {
    const { reader, translated } = this;
    if (!reader.enter()) return;
    while (reader.next()) {
      if (reader.field === translation.destination) this.translatedFamily = this.readAddress(bytes, translated);
      else if (reader.field === translation.destinationPort) this.translatedPort = reader.whole();
    }
    reader.leave();
  }

  private readEvent(bytes: Uint8Array): void {
    const { reader, observation: o } = this;
    const said = { Type: "", Action: "", Direction: "", Message: "", Namespace: "", Name: "" };
    if (!reader.enter()) return;
    while (reader.next()) {
      if (reader.field !== event.words || !reader.enter()) continue;
      let key = "";
      let value = "";
      while (reader.next()) {
        const word = utf8Text(bytes, reader.from, Math.min(reader.to, reader.from + longestWord));
        if (reader.field === pair.key) key = word;
        else if (reader.field === pair.value) value = word;
      }
      reader.leave();
      if (Object.hasOwn(said, key)) said[key as keyof typeof said] = value;
    }
    reader.leave();
    takeEvent(o, {
      type: said.Type,
      action: said.Action,
      direction: said.Direction,
      message: said.Message,
      namespace: said.Namespace,
      name: said.Name,
    });
  }

  /** What the fields mean together. @returns why the record cannot be believed */
  private finish(): RecordError | undefined {
    const { observation: o, translated } = this;
    const isIp = this.ethernetType === etherType.ipv4 || this.ethernetType === etherType.ipv6;
    if (!isIp) o.sourceFamily = o.destinationFamily = 0;
    if (o.protocol > 255) return "bad_protocol";
    if (o.sourcePort > 65_535 || o.destinationPort > 65_535 || this.translatedPort > 65_535) return "bad_port";
    const hasPorts = o.protocol === protocol.tcp || o.protocol === protocol.udp || o.protocol === protocol.sctp;
    if (!hasPorts) o.sourcePort = o.destinationPort = -1;
    if (o.protocol === protocol.icmp || o.protocol === protocol.icmp6) o.icmpType = this.icmp;
    // After translation: what a policy sees of a connection to a service address.
    const isTranslated = translated.subarray(0, this.translatedFamily === 6 ? 4 : 1).some((word) => word !== 0);
    if (this.translatedFamily !== 0 && isTranslated) {
      o.destinationFamily = this.translatedFamily;
      o.destination.set(translated);
      if (hasPorts && this.translatedPort > 0) o.destinationPort = this.translatedPort;
    }
    if (o.protocol === protocol.tcp) o.opener = openerOfFlags(this.flags);
    if (o.startMs < 0) o.startMs = o.endMs;
    if (o.endMs < 0) o.endMs = o.startMs;
    if (this.dropCause >= firstEventCause && this.dropCause < firstEventCause + eventCauses) takeDrop(o);
    const isByPolicy = policyDrops.has(this.dropCause);
    const drops = { isByPolicy, packets: this.dropPackets, flags: this.dropFlags };
    takeDrops(o, this.flags, this.packets, o.sampling, drops);
    const isAttempt = o.protocol === protocol.tcp && isLoneAttempt(this.flags);
    if (isAttempt && o.verdict === verdict.seen && o.sampling === 1) o.verdict = verdict.unanswered;
    o.sampling = Math.max(1, o.sampling);
    return undefined;
  }
}
