import { formatPosition, parsePosition } from "./position.ts";

/**
 * How far a topic was read by this observer, and by its group as far as known. Offsets only grow, as long as the topic is
 * the same: the larger of two is always the one before which everything was taken, by us or by another member.
 */
export class TopicProgress {
  private readonly topic: string;
  private topicId = "";
  /** Per partition the message to take next. Kept for partitions that were lost: nothing before it is to be taken again. */
  private readonly next = new Map<number, bigint>();
  /** Stored durably, though perhaps not yet committed. */
  private readonly stored = new Map<number, bigint>();
  private readonly committed = new Map<number, bigint>();

  constructor(topic: string) {
    this.topic = topic;
  }

  /** Goes on from a position whose records are stored. Positions of other topics say nothing here. */
  resume(position: string | undefined): void {
    const found = position === undefined ? undefined : parsePosition(position);
    if (found?.topic !== this.topic) return;
    this.topicId = found.topicId;
    for (const [partition, offset] of found.next) {
      this.next.set(partition, offset);
      this.stored.set(partition, offset);
    }
  }

  /** What is at `next` and before is stored now. */
  markStored(position: string): void {
    const found = parsePosition(position);
    if (found?.topic !== this.topic || found.topicId !== this.topicId) return;
    for (const [partition, offset] of found.next) raise(this.stored, partition, offset);
  }

  /** @returns whether this is another topic than the one read before, under the same name */
  identify(topicId: string): boolean {
    // Old brokers know no identifiers, and then the name stands for one.
    const isAnother = this.topicId !== "" && this.topicId !== topicId && this.topicId !== this.topic;
    if (isAnother) for (const map of [this.next, this.stored, this.committed]) map.clear();
    this.topicId = topicId;
    return isAnother;
  }

  /** @returns the message to begin with; undefined when the partition was never read */
  assign(partition: number, committed: bigint): bigint | undefined {
    if (committed >= 0n) {
      this.committed.set(partition, committed);
      raise(this.next, partition, committed);
      raise(this.stored, partition, committed);
    }
    return this.next.get(partition);
  }

  nextOf(partition: number): bigint | undefined {
    return this.next.get(partition);
  }

  /** Everything before `offset` was taken, or is no longer there. May go back, when the topic's end did. */
  moveTo(partition: number, offset: bigint): void {
    if (offset < (this.next.get(partition) ?? 0n)) {
      this.stored.delete(partition);
      this.committed.delete(partition);
    }
    this.next.set(partition, offset);
  }

  /** What of these partitions the group does not know yet. */
  toCommit(partitions: readonly number[]): readonly { readonly partition: number; readonly offset: bigint }[] {
    return partitions.flatMap((partition) => {
      const offset = this.stored.get(partition);
      return offset === undefined || offset <= (this.committed.get(partition) ?? -1n) ? [] : [{ partition, offset }];
    });
  }

  /** Reading begins there; what is before is nobody's. */
  beginAt(partition: number, offset: bigint): void {
    this.moveTo(partition, offset);
    if (offset > 0n) this.stored.set(partition, offset);
  }

  /** Whether everything that was taken of these partitions is stored. */
  isStored(partitions: readonly number[]): boolean {
    return partitions.every((partition) => (this.stored.get(partition) ?? 0n) >= (this.next.get(partition) ?? 0n));
  }

  markCommitted(partition: number, offset: bigint): void {
    raise(this.committed, partition, offset);
  }

  position(): string {
    return formatPosition({ topic: this.topic, topicId: this.topicId, next: this.next });
  }
}

function raise(map: Map<number, bigint>, partition: number, offset: bigint): void {
  if (offset > (map.get(partition) ?? -1n)) map.set(partition, offset);
}
