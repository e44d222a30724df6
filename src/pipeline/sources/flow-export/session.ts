import { SamplingTable } from "./sampling.ts";
import { type MessageSize, SequenceTracker } from "./sequence.ts";
import { SessionTemplates } from "./session-templates.ts";
import type { TemplatePool } from "./template-pool.ts";
import { WaitingSets } from "./waiting-sets.ts";

/** A restart is told by a counter that jumps; gaps up to this are loss. Records come by the dozen in a message. */
const largestGap = { messages: 1 << 16, records: 1 << 22 } as const;
const maxSamplers = 64;
const oneSample: MessageSize = { units: 1, otherUnits: -1, includedUnits: -1 };

export type ExportProtocol = "netflow5" | "netflow9" | "ipfix" | "sflow";

/** The packet sampler of an sFlow agent's interface. */
interface Sampler {
  readonly sequence: SequenceTracker;
  drops: number;
}

/** What is remembered of one stream of one exporter. */
export class ExportSession {
  lastSeenMs = 0;
  readonly sequence: SequenceTracker;
  readonly sampling = new SamplingTable();
  systemStartMs = -1;
  /** One of its templates is of flowlogs-pipeline. */
  isStale = false;
  lastUptimeMs = -1;
  /** When that was heard. */
  uptimeSeenMs = 0;
  hasRestarted = false;
  /** Of several exporters, which only their ports tell apart. */
  isShared = false;
  readonly templates: SessionTemplates;
  readonly waiting = new WaitingSets();
  private readonly protocol: ExportProtocol;
  private readonly samplers = new Map<number, Sampler>();
  private messages = 0;
  private records = 0;
  /** Lost by what the samplers of sFlow say. */
  private lostSamples = 0;
  constructor(protocol: ExportProtocol, pool: TemplatePool) {
    this.protocol = protocol;
    this.templates = new SessionTemplates(pool);
    const isInMessages = protocol === "netflow9" || protocol === "sflow";
    this.sequence = new SequenceTracker(isInMessages ? largestGap.messages : largestGap.records);
  }

  /** A message was read; `records` is negative where it is not known how many it held. */
  count(records: number): void {
    if (records < 0) return;
    this.messages += 1;
    this.records += records;
  }

  /** Records lost since the last call. Where messages are counted each is taken to hold as many as others did. */
  takeLost(): number {
    const lost = this.sequence.takeLost();
    const { lostSamples } = this;
    this.lostSamples = 0;
    // A lost datagram of sFlow may have held counters only: there the samplers' own numbers are the truth.
    if (this.protocol === "sflow") return lostSamples;
    const isInMessages = (this.protocol === "netflow9") !== this.sequence.isOtherUnit;
    return isInMessages ? Math.round(lost * Math.max(1, this.records / Math.max(1, this.messages))) : lost;
  }

  /** Nothing more will come: what is missing is lost. */
  settle(): void {
    this.sequence.settle();
    for (const { sequence } of this.samplers.values()) {
      sequence.settle();
      this.lostSamples += sequence.takeLost();
    }
  }

  /** Takes the sequence number and the drop counter of a sample. */
  followSampler(source: number, number: number, drops: number): void {
    const sampler = this.sampler(source);
    if (sampler === undefined) return;
    sampler.sequence.arrive(number, 0);
    sampler.sequence.advance(number, oneSample);
    this.lostSamples += sampler.sequence.takeLost();
    // The counter starts over with the agent; a late sample brings an older value.
    const more = (drops - sampler.drops) | 0;
    if (sampler.drops >= 0 && more > 0) this.lostSamples += more;
    if (sampler.drops < 0 || more > 0 || drops === 0) sampler.drops = drops;
  }

  /** The exporter has started over: nothing that it announced holds any more. */
  forget(): void {
    this.templates.removeAll(false);
    this.templates.removeAll(true);
    this.sampling.clear();
    this.systemStartMs = -1;
  }

  private sampler(id: number): Sampler | undefined {
    let sampler = this.samplers.get(id);
    if (sampler === undefined && this.samplers.size < maxSamplers) {
      sampler = { sequence: new SequenceTracker(largestGap.messages, 0), drops: -1 };
      this.samplers.set(id, sampler);
    }
    return sampler;
  }
}
