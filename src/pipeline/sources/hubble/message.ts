import { Observation } from "../observation.ts";
import { WireReader } from "../protobuf/wire-reader.ts";
import type { RecordError } from "../record-decoder.ts";
import { HubbleEvent, part } from "./event.ts";
import { readFlow, readInner, readTime } from "./flow-message.ts";
import { fillFromEvent } from "./rules.ts";

/** Texts are compared in words, which may reach this far behind them. */
const padding = 8;

/**
 * One `observer.GetFlowsResponse` in protobuf. In two steps, so that a message which was taken before costs no more than
 * finding that out: `read` finds its fields, `fill` says what they mean.
 * @see flow.proto and observer.proto of Cilium: the numbers of the fields
 */
export class HubbleMessageDecoder {
  readonly event = new HubbleEvent();
  readonly observation = new Observation();
  /** Time of the event with microseconds, for telling neighbours apart; -1 when it has none. */
  timeUs = -1;
  /** The message of the event itself, where its own bytes identify it. */
  bodyFrom = 0;
  bodyTo = 0;
  /** Holds the message read last, and the padding behind it. */
  bytes = new Uint8Array(4096);
  error: RecordError = "bad_protobuf";
  private view = new DataView(this.bytes.buffer);
  private readonly reader = new WireReader();

  /** Copies the message, which may change afterwards, and finds its fields. False: broken, see `error`. */
  read(message: Uint8Array): boolean {
    if (message.length + padding > this.bytes.length) {
      this.bytes = new Uint8Array(2 * message.length + padding);
      this.view = new DataView(this.bytes.buffer);
    }
    this.bytes.set(message);
    const { reader, event } = this;
    event.clear();
    this.timeUs = -1;
    this.bodyFrom = 0;
    this.bodyTo = message.length;
    let flowUs = -1;
    reader.open(this.bytes, 0, message.length);
    while (reader.next()) {
      switch (reader.field) {
        case 1:
          this.bodyFrom = reader.from;
          this.bodyTo = reader.to;
          flowUs = readFlow(reader, event, flowUs);
          break;
        case 2:
          this.readNodeStatus();
          break;
        case 3:
          this.readLost();
          break;
        case 1000:
          event.setPart(part.nodeName, reader.from, reader.to);
          break;
        case 1001:
          this.timeUs = readTime(reader);
          break;
        default:
      }
    }
    if (reader.error !== undefined) return this.refuse(reader.error);
    if (flowUs >= 0) this.timeUs = flowUs;
    event.timeMs = this.timeUs < 0 ? -1 : Math.floor(this.timeUs / 1000);
    return true;
  }

  /** What the message read last says; undefined: it makes no sense, see `error`. Holds until the next `read`. */
  fill(): Observation | undefined {
    const { observation: o, event } = this;
    o.clear(this.bytes, this.view);
    if (this.hasZeroByte()) return void this.refuse("bad_string");
    const error = fillFromEvent(event, o);
    return error === undefined ? o : void this.refuse(error);
  }

  private refuse(error: RecordError): false {
    this.error = error;
    return false;
  }

  /** Zero bytes end the texts of keys, and a name of Kubernetes has none. */
  private hasZeroByte(): boolean {
    const { from, to } = this.event;
    for (let index = 0; index <= part.dnsQuery; index += 1) {
      for (let p = from[index]!; p < to[index]!; p += 1) if (this.bytes[p] === 0) return true;
    }
    return false;
  }

  private readNodeStatus(): void {
    const { reader, event } = this;
    event.nodeState = 0;
    if (!reader.enter()) return;
    while (reader.next()) {
      if (reader.field === 1) event.nodeState = reader.whole();
      else if (reader.field === 2) event.statusNodes.add(reader.from, reader.to);
    }
    reader.leave();
  }

  private readLost(): void {
    this.event.lost = Math.max(0, readInner(this.reader, 2, 0));
  }
}
