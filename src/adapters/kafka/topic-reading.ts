import type { Consumer, RecordsBatch } from "@platformatic/kafka";
import { pause } from "../../app/live/back-off.ts";
import type { SourceHands } from "../../app/live/live-source.ts";
import type { MessageReader } from "./messages.ts";
import type { KafkaOptions } from "./options.ts";
import { type Fetched, TopicFetcher } from "./topic-fetcher.ts";
import type { TopicProgress } from "./topic-progress.ts";

const idleMs = 500;
const lookMs = 20;
/** Of a batch: a marker of a transaction, without records for anybody. */
const isControl = 0x20;
const earliest = -2n;
const latest = -1n;

export interface TopicParts {
  readonly options: KafkaOptions;
  readonly progress: TopicProgress;
  readonly messages: MessageReader;
  readonly hands: SourceHands;
}

/**
 * One membership of the consumer group: joins, reads the partitions that it is given until `signal` aborts, and begins
 * anew with each rebalance. Rejects when the brokers can no longer be talked to.
 *
 * INVARIANT (prefix): records are taken and `reached` is called without anything in between, so that a position holds
 * exactly the records before it whenever it is looked at.
 */
export class TopicReading {
  private readonly consumer: Consumer;
  private readonly fetcher: TopicFetcher;
  private readonly options: KafkaOptions;
  private readonly progress: TopicProgress;
  private readonly messages: MessageReader;
  private readonly hands: SourceHands;
  /** Grows with each rebalance: what was fetched before belongs to nobody any more. */
  private generation = 0;
  private assigned: readonly number[] = [];
  private partitionCount = 0;
  /** Partitions that have no past: what is missing at their beginning was never ours. */
  private readonly untouched = new Set<number>();
  private committing = Promise.resolve();
  /** From when the group shares out anew until it has: nothing is read, as nothing is known to be ours. */
  private isJoining = false;
  /** What we had is about to be somebody else's: committing now could set them back. */
  private isGivingUp = false;
  /** Membership is lost in a way that the library cannot mend. */
  private trouble: Error | undefined;

  constructor(consumer: Consumer, { options, progress, messages, hands }: TopicParts) {
    this.consumer = consumer;
    this.fetcher = new TopicFetcher(consumer, options.topic);
    this.options = options;
    this.progress = progress;
    this.messages = messages;
    this.hands = hands;
    consumer.on("consumer:group:join", () => {
      this.isJoining = false;
      this.generation += 1;
    });
    // An error that nobody listens to would end the process.
    consumer.on("error", (error: Error) => {
      this.trouble ??= error;
    });
    consumer.on("consumer:heartbeat:stalled", () => {
      this.trouble ??= new Error("the group's coordinator does not answer");
    });
  }

  /** `working` is told whenever the brokers answered. */
  async run(signal: AbortSignal, working: () => void): Promise<void> {
    const { consumer, options } = this;
    // Asked for before joining: a topic that does not exist is told as such.
    await consumer.metadata({ topics: [options.topic] });
    await this.join(signal);
    let joined = 0;
    while (!signal.aborted) {
      if (this.trouble !== undefined) throw this.trouble;
      if (this.isJoining) {
        await pause(lookMs, signal);
        continue;
      }
      if (joined !== this.generation) {
        const { generation } = this;
        await this.beginGeneration();
        joined = generation;
        continue;
      }
      if (this.assigned.length === 0) await pause(idleMs, signal);
      else await this.readRound(signal);
      working();
    }
  }

  private async join(signal: AbortSignal): Promise<void> {
    // The client asks for these, which stay empty, before each joining: the one moment to settle what we have.
    await this.consumer.joinGroup({ protocolsMetadata: () => this.settle(signal).then(() => Buffer.alloc(0)) });
  }

  /** Waits until what was taken is stored, and commits it: the next member begins behind it. */
  private async settle(signal: AbortSignal): Promise<void> {
    this.isJoining = true;
    this.generation += 1;
    // Meanwhile nobody hears from us: half a session is what the group bears in any case.
    const patienceMs = this.options.sessionSeconds * 500;
    for (let waitedMs = 0; waitedMs < patienceMs && !signal.aborted; waitedMs += lookMs) {
      if (this.progress.isStored(this.assigned)) break;
      await pause(lookMs, signal);
    }
    await this.commit();
    this.isGivingUp = true;
  }

  /** Tells the group what is stored, one commit after the other. */
  commit(): Promise<void> {
    this.committing = this.committing.then(() => this.commitStored());
    return this.committing;
  }

  private async commitStored(): Promise<void> {
    if (this.isGivingUp) return;
    const offsets = this.progress
      .toCommit(this.assigned)
      .map((one) => ({ ...one, topic: this.options.topic, leaderEpoch: -1 }));
    if (offsets.length === 0) return;
    try {
      await this.consumer.commit({ offsets });
      for (const { partition, offset } of offsets) this.progress.markCommitted(partition, offset);
    } catch {
      // The next commit brings these as well, and fetching tells of brokers that are gone.
    }
  }

  private async beginGeneration(): Promise<void> {
    const { consumer, options, progress, hands } = this;
    const { topic } = options;
    const metadata = await consumer.metadata({ topics: [topic], forceUpdate: true });
    const known = metadata.topics.get(topic);
    if (known === undefined) throw new Error(`the topic \`${topic}\` does not exist`);
    if (progress.identify(known.id)) hands.outage();
    this.partitionCount = known.partitionsCount;
    this.assigned = (consumer.assignments ?? []).flatMap((one) => (one.topic === topic ? one.partitions : []));
    this.isGivingUp = false;
    const partitions = [...this.assigned];
    if (partitions.length === 0) {
      hands.state("running", "the group has more members than the topic has partitions, so none is read here");
      hands.reached(progress.position());
      return;
    }
    const committed = await consumer.listCommittedOffsets({ topics: [{ topic, partitions }] });
    this.untouched.clear();
    for (const partition of partitions) {
      if (progress.assign(partition, committed.get(topic)?.[partition] ?? -1n) !== undefined) continue;
      // Offset 0 may be long gone; then the broker says so, and where the topic begins.
      progress.beginAt(partition, options.begin === "earliest" ? 0n : await this.boundary(partition, latest));
      this.untouched.add(partition);
    }
    hands.state("running", `reads ${partitions.length} of ${this.partitionCount} partitions of \`${topic}\``);
    hands.reached(progress.position());
    await this.commit();
  }

  /** Fetches once from every broker that leads one of our partitions. */
  private async readRound(signal: AbortSignal): Promise<void> {
    const { consumer, options, generation } = this;
    const { topic } = options;
    const metadata = await consumer.metadata({ topics: [topic] });
    const known = metadata.topics.get(topic);
    if (known === undefined) throw new Error(`the topic \`${topic}\` does not exist`);
    if (known.partitionsCount !== this.partitionCount) {
      // Somebody added partitions: all members share them out anew.
      this.partitionCount = known.partitionsCount;
      await this.join(signal);
      return;
    }
    const byLeader = Map.groupBy(this.assigned, (partition) => known.partitions[partition]?.leader ?? -1);
    if (byLeader.has(-1)) throw new Error("a partition has no leader");
    const isOurs = (): boolean => !signal.aborted && generation === this.generation;
    const answers = await Promise.all(
      [...byLeader].map(async ([node, partitions]) => {
        const places = partitions.map((partition) => ({ partition, offset: this.nextOf(partition) }));
        return this.fetcher.fetch({ node, topicId: known.id }, places, isOurs);
      }),
    );
    for (const fetched of answers.flat()) {
      if (!isOurs()) return;
      await this.accept(fetched, isOurs);
    }
  }

  private async accept(fetched: Fetched, isOurs: () => boolean): Promise<void> {
    switch (fetched.kind) {
      case "records":
        this.take(fetched.partition, fetched.batches);
        return this.hands.room();
      case "gone": {
        const start = fetched.start ?? (await this.boundary(fetched.partition, earliest));
        if (isOurs()) this.skipTo(fetched.partition, start);
        return;
      }
      case "unreadable":
        return this.passOver(fetched);
      default:
        return fetched satisfies never;
    }
  }

  private nextOf(partition: number): bigint {
    return this.progress.nextOf(partition) ?? 0n;
  }

  /** Takes the records from where we are to the end of the batches, and says how far that is. */
  private take(partition: number, batches: readonly RecordsBatch[]): void {
    const { progress, messages } = this;
    let next = this.nextOf(partition);
    for (const { firstOffset, lastOffsetDelta, attributes, records } of batches) {
      const from = Number(next - firstOffset);
      // A compressed batch comes whole, though we may have taken its beginning.
      if ((attributes & isControl) === 0) {
        for (const { offsetDelta, value } of records) if (offsetDelta >= from) messages.take(value);
      }
      const behind = firstOffset + BigInt(lastOffsetDelta) + 1n;
      if (behind > next) next = behind;
    }
    messages.flush();
    progress.moveTo(partition, next);
    this.untouched.delete(partition);
    this.hands.reached(progress.position());
  }

  /** The broker no longer has what comes next: it was deleted before we read it, or the topic was made anew. */
  private skipTo(partition: number, offset: bigint): void {
    if (!this.untouched.has(partition)) this.hands.outage();
    this.untouched.delete(partition);
    this.progress.moveTo(partition, offset);
    this.hands.reached(this.progress.position());
  }

  /** Messages that no client of this kind can read: a damaged batch, or one packed in an unknown way. */
  private passOver({ partition, from, next }: Extract<Fetched, { kind: "unreadable" }>): void {
    const { hands, progress, options } = this;
    hands.outage();
    hands.lost(Number(next - from));
    this.untouched.delete(partition);
    progress.moveTo(partition, next);
    const which = `offsets ${from} to ${next - 1n} of partition ${partition} of \`${options.topic}\``;
    hands.state(
      "running",
      `${which} cannot be read and were passed over: damaged, too large, or compressed in an unknown way`,
    );
    hands.reached(progress.position());
  }

  private async boundary(partition: number, timestamp: bigint): Promise<bigint> {
    const { topic } = this.options;
    const offsets = await this.consumer.listOffsets({
      topics: [topic],
      partitions: { [topic]: [partition] },
      timestamp,
    });
    return offsets.get(topic)?.[partition] ?? 0n;
  }
}
