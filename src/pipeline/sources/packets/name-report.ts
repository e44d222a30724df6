import { maxAnswers, Observation, type ObservationSink, observed, toldBy } from "../observation.ts";
import type { RecordError } from "../record-decoder.ts";
import type { DnsMessage } from "./dns-message.ts";
import type { Packet } from "./packet.ts";

/** Fills in whom an observation is about. */
type Describe = (o: Observation) => void;

const longestName = 254;

/** Tells the names that were found as observations, and what could not be read. */
export class NameReport {
  readonly malformed: (error: RecordError, packet: Packet) => void;
  private readonly take: ObservationSink;
  private readonly observation = new Observation();
  /** The texts of one observation: a name, and the aliases of its answer. */
  private readonly bytes = new Uint8Array(longestName * (1 + this.observation.chainFrom.length) + 8);
  private readonly view = new DataView(this.bytes.buffer);
  private used = 0;

  constructor(take: ObservationSink, malformed: (error: RecordError, packet: Packet) => void) {
    this.take = take;
    this.malformed = malformed;
  }

  /** A client claims that the other end has this name. */
  name(name: string, timeMs: number, origin: number, describe: Describe): void {
    this.begin(observed.names, name, timeMs, describe).nameOrigin = origin;
    this.take(this.observation);
  }

  /** A client asks the other end, a proxy, for this host. */
  proxied(host: string, timeMs: number, describe: Describe): void {
    this.take(this.begin(observed.proxied, host, timeMs, describe));
  }

  /** More addresses than fit are told in several observations. */
  answer(message: DnsMessage, timeMs: number, describe: Describe): void {
    for (let from = 0; from < message.addressCount; from += maxAnswers) {
      this.tellAnswer(message, from, Math.min(message.addressCount, from + maxAnswers), timeMs, describe);
    }
  }

  private tellAnswer(message: DnsMessage, from: number, to: number, timeMs: number, describe: Describe): void {
    const o = this.begin(observed.dnsAnswer, message.question, timeMs, describe);
    o.nameOrigin = toldBy.dnsAnswer;
    for (const alias of message.chain) {
      o.chainFrom[o.chainCount] = this.used;
      o.chainTo[o.chainCount] = this.write(alias);
      o.chainCount += 1;
    }
    o.ttlSeconds = message.ttlSeconds;
    o.answerCount = to - from;
    o.answerFamily.set(message.families.subarray(from, to));
    o.answers.set(message.addresses.subarray(4 * from, 4 * to));
    this.take(o);
  }

  private begin(what: number, name: string, timeMs: number, describe: Describe): Observation {
    const { observation: o } = this;
    this.used = 0;
    o.clear(this.bytes, this.view);
    o.what = what;
    // It stands for no flow of its own.
    o.flows = 0;
    o.startMs = o.endMs = timeMs;
    o.nameCount = 1;
    o.nameFrom[0] = 0;
    o.nameTo[0] = this.write(name);
    describe(o);
    return o;
  }

  /** @returns the end of the text */
  private write(text: string): number {
    const length = Math.min(text.length, longestName);
    for (let i = 0; i < length; i += 1) this.bytes[this.used + i] = text.charCodeAt(i);
    this.used += length;
    return this.used;
  }
}
