import { EventEmitter } from "node:events";
import type { Consumer } from "@platformatic/kafka";
import { expect, test } from "vitest";
import { RecordedHands } from "../../../test/services/recorded-hands.ts";
import { MessageReader } from "./messages.ts";
import { kafkaOptions } from "./options.ts";
import { TopicProgress } from "./topic-progress.ts";
import { TopicReading } from "./topic-reading.ts";

const topic = "flows";
const options = kafkaOptions.parse({ brokers: ["broker:9092"], topic });

/** A topic and a group whose members share out its partitions anew whenever somebody comes or goes. */
class FakeCluster {
  readonly partitions: number[][];
  readonly committed: bigint[];
  readonly members: FakeMember[] = [];
  /** Messages of a partition from an offset up to another that are damaged. */
  readonly damaged: { readonly partition: number; readonly from: number; readonly to: number }[] = [];
  private produced = 0;

  constructor(partitions: number) {
    this.partitions = Array.from({ length: partitions }, () => []);
    this.committed = Array.from({ length: partitions }, () => -1n);
  }

  produce(count: number): void {
    for (let i = 0; i < count; i += 1) {
      this.produced += 1;
      this.partitions[this.produced % this.partitions.length]!.push(this.produced);
    }
  }

  /** As a coordinator does it: partitions are given out when every member has joined again. */
  async rebalance(): Promise<void> {
    await Promise.all(this.members.map((member) => member.beforeJoin()));
    for (const [i, member] of this.members.entries()) {
      const partitions = [...this.partitions.keys()].filter((one) => one % this.members.length === i);
      member.assignments = [{ topic, partitions }];
      member.emit("consumer:group:join", {});
    }
  }
}

interface FetchedPartition {
  readonly partition: number;
  readonly fetchOffset: bigint;
  readonly partitionMaxBytes: number;
}

/** What of the client's consumer is used. */
class FakeMember extends EventEmitter {
  assignments: { topic: string; partitions: number[] }[] = [];
  beforeJoin: () => Promise<unknown> = () => Promise.resolve();
  private readonly cluster: FakeCluster;

  constructor(cluster: FakeCluster) {
    super();
    this.cluster = cluster;
  }

  metadata(): Promise<object> {
    const partitions = this.cluster.partitions.map((_, i) => ({ leader: i % 2 }));
    const known = { id: "id", partitions, partitionsCount: partitions.length };
    return Promise.resolve({ topics: new Map([[topic, known]]) });
  }

  async joinGroup({ protocolsMetadata }: { protocolsMetadata: () => Promise<unknown> }): Promise<string> {
    this.beforeJoin = protocolsMetadata;
    if (!this.cluster.members.includes(this)) this.cluster.members.push(this);
    await this.cluster.rebalance();
    return "member";
  }

  leave(): void {
    this.cluster.members.splice(this.cluster.members.indexOf(this), 1);
    void this.cluster.rebalance();
  }

  listCommittedOffsets(): Promise<Map<string, bigint[]>> {
    return Promise.resolve(new Map([[topic, [...this.cluster.committed]]]));
  }

  commit({ offsets }: { offsets: { partition: number; offset: bigint }[] }): Promise<void> {
    for (const { partition, offset } of offsets) this.cluster.committed[partition] = offset;
    return Promise.resolve();
  }

  async fetch({ topics }: { topics: { partitions: FetchedPartition[] }[] }): Promise<object> {
    // Time in which the group may share out anew.
    await new Promise((resolve) => {
      setTimeout(resolve, 2);
    });
    const partitions = topics
      .flatMap((one) => one.partitions)
      .map(({ partition, fetchOffset, partitionMaxBytes }) => {
        const from = Number(fetchOffset);
        const to = from + (partitionMaxBytes === 1 ? 1 : 10);
        const ports = this.cluster.partitions[partition]!.slice(from, to);
        const isDamaged = this.cluster.damaged.some(
          (bad) => bad.partition === partition && bad.from < to && from < bad.to,
        );
        if (isDamaged) throw new RangeError("out of bounds");
        const records = ports.map((port, offsetDelta) => ({
          offsetDelta,
          value: Buffer.from(JSON.stringify({ SrcPort: port })),
        }));
        const batch = { firstOffset: fetchOffset, lastOffsetDelta: ports.length - 1, attributes: 0, records };
        const answer = { partitionIndex: partition, errorCode: 0, logStartOffset: 0n };
        return { ...answer, records: ports.length === 0 ? [] : [batch] };
      });
    return { responses: [{ topicId: "id", partitions }] };
  }
}

/** An observer: everything that it takes is stored at once when `storesAll`, and nothing otherwise. */
function observe(cluster: FakeCluster, storesAll: boolean, progress = new TopicProgress(topic), more: object = {}) {
  const hands = new RecordedHands();
  const member = new FakeMember(cluster);
  const messages = new MessageReader(hands, "auto");
  const parts = { options: { ...options, ...more }, progress, messages, hands };
  const reading = new TopicReading(member as unknown as Consumer, parts);
  const abort = new AbortController();
  if (storesAll) {
    const reached = hands.reached.bind(hands);
    hands.reached = (position) => {
      reached(position);
      progress.markStored(position);
      void reading.commit();
    };
  }
  const ended = reading.run(abort.signal, () => undefined);
  const stop = async (): Promise<void> => {
    abort.abort();
    await ended;
    await reading.commit();
    member.leave();
  };
  return { hands, stop, member, progress, ended };
}

const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);
const sorted = (ports: readonly number[]): number[] => ports.toSorted((a, b) => a - b);

test("partitions that move between observers are read on where the group stands", async () => {
  const cluster = new FakeCluster(4);
  cluster.produce(200);
  const first = observe(cluster, true);
  await first.hands.until(() => first.hands.ports.length >= 200);
  const second = observe(cluster, true);
  await second.hands.until(() => second.hands.states.some((state) => state.includes("2 of 4")));
  cluster.produce(200);
  const count = (): number => first.hands.ports.length + second.hands.ports.length;
  await second.hands.until(() => count() >= 400);
  expect(second.hands.ports.length).toBeGreaterThan(0);
  await first.stop();
  cluster.produce(100);
  await second.hands.until(() => count() >= 500);
  await second.stop();
  expect(sorted([...first.hands.ports, ...second.hands.ports])).toEqual(range(1, 501));
});

test("what was fetched before a rebalance is let go, and nothing is lost however often it happens", async () => {
  const cluster = new FakeCluster(3);
  cluster.produce(600);
  const { hands, stop } = observe(cluster, false, undefined, { sessionSeconds: 1 });
  for (let i = 0; i < 40; i += 1) {
    void cluster.rebalance();
    await new Promise((resolve) => {
      setTimeout(resolve, 3);
    });
  }
  await hands.until(() => hands.ports.length >= 600);
  await stop();
  // Nothing was committed, and still nothing is taken twice: an observer knows what it took.
  expect(sorted(hands.ports)).toEqual(range(1, 601));
});

test("what is taken when a partition moves is stored and committed before the next member begins", async () => {
  const cluster = new FakeCluster(2);
  cluster.produce(100);
  const first = observe(cluster, false);
  await first.hands.until(() => first.hands.ports.length === 100);
  const second = observe(cluster, true);
  // The second waits for the first, and the first for its observer, which seals now.
  await first.hands.quiet();
  expect(second.hands.ports).toEqual([]);
  first.progress.markStored(first.hands.position!);
  await second.hands.until(() => second.hands.states.some((state) => state.includes("1 of 2")));
  expect(cluster.committed).toEqual([50n, 50n]);
  cluster.produce(100);
  await second.hands.until(() => first.hands.ports.length + second.hands.ports.length >= 200);
  expect(sorted([...first.hands.ports, ...second.hands.ports])).toEqual(range(1, 201));
  first.progress.markStored(first.hands.position!);
  await first.stop();
  await second.stop();
});

test("an observer that cannot store does not hold up its group for ever", async () => {
  const cluster = new FakeCluster(2);
  cluster.produce(20);
  const first = observe(cluster, false, undefined, { sessionSeconds: 1 });
  await first.hands.until(() => first.hands.ports.length === 20);
  const second = observe(cluster, true);
  await second.hands.until(() => second.hands.ports.length > 0);
  // The price: what was never stored comes again.
  expect(first.hands.ports).toEqual(expect.arrayContaining(second.hands.ports));
  await first.stop();
  await second.stop();
});

test("a damaged batch is passed over and counted, and the rest is taken", async () => {
  const cluster = new FakeCluster(2);
  cluster.produce(400);
  cluster.damaged.push({ partition: 1, from: 57, to: 90 });
  const { hands, stop } = observe(cluster, true);
  await hands.until(() => hands.ports.length >= 400 - 33);
  await stop();
  expect(hands.ports.length).toBe(400 - 33);
  expect([hands.lostRecords, hands.outages]).toEqual([33, 1]);
  expect(hands.states).toContainEqual(
    expect.stringContaining("offsets 57 to 89 of partition 1 of `flows` cannot be read"),
  );
  expect(cluster.committed).toEqual([200n, 200n]);
});

test("a topic whose end is damaged is read on with what comes later", async () => {
  const cluster = new FakeCluster(1);
  cluster.produce(30);
  cluster.damaged.push({ partition: 0, from: 20, to: 30 });
  const { hands, stop } = observe(cluster, true);
  await hands.until(() => hands.lostRecords > 0);
  cluster.produce(5);
  await hands.until(() => hands.ports.length === 25);
  await stop();
  expect(hands.lostRecords).toBe(10);
});

test("brokers that say nothing readable at all are trouble, and nothing is passed over", async () => {
  const cluster = new FakeCluster(1);
  cluster.produce(30);
  cluster.damaged.push({ partition: 0, from: 0, to: Number.POSITIVE_INFINITY });
  const { hands, ended } = observe(cluster, true);
  await expect(ended).rejects.toThrow("nothing in partition 0 of `flows` can be read");
  expect([hands.lostRecords, hands.outages]).toEqual([0, 0]);
});

test("only what is stored is committed, and never backwards", async () => {
  const cluster = new FakeCluster(1);
  cluster.produce(50);
  const { hands, stop, progress } = observe(cluster, false);
  await hands.until(() => hands.ports.length === 50);
  expect(cluster.committed).toEqual([-1n]);
  const [early] = [...hands.takenAt.keys()].slice(1);
  const late = hands.position!;
  progress.markStored(late);
  progress.markStored(early!);
  await stop();
  expect(cluster.committed).toEqual([50n]);
});

test("added partitions are found, and a topic made anew is an outage", async () => {
  const cluster = new FakeCluster(2);
  cluster.produce(20);
  const { hands, stop, progress } = observe(cluster, true);
  await hands.until(() => hands.ports.length === 20);
  cluster.partitions.push([]);
  cluster.committed.push(-1n);
  cluster.produce(30);
  await hands.until(() => hands.ports.length === 50);
  await stop();
  const again = new TopicProgress(topic);
  again.resume(progress.position().replace('"topicId":"id"', '"topicId":"another"'));
  cluster.committed.fill(-1n);
  const second = observe(cluster, true, again);
  await second.hands.until(() => second.hands.ports.length === 50);
  await second.stop();
  expect(second.hands.outages).toBe(1);
});

test("a member whose group cannot be mended begins anew", async () => {
  const cluster = new FakeCluster(1);
  const { hands, member, ended } = observe(cluster, true);
  await hands.until(() => hands.states.length > 0);
  member.emit("error", new Error("rejoining failed"));
  await expect(ended).rejects.toThrow("rejoining failed");
});
