import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { kafkaOptions } from "../../../src/adapters/kafka/options.ts";
import { netobservKafka } from "../../../src/adapters/kafka/source.ts";
import type { LiveSource } from "../../../src/app/live/live-source.ts";
import { wireMessage } from "../../../src/pipeline/sources/protobuf/wire-message.ts";
import { RecordedHands } from "../recorded-hands.ts";
import { runSource } from "../run-source.ts";
import { lacksKcat, MockCluster } from "./mock-cluster.ts";

/** A flow that is told from others by its source port. */
function flow(port: number): string {
  const pod = { SrcK8S_Namespace: "shop", SrcK8S_Type: "Pod", SrcK8S_Name: "cart-1", SrcK8S_OwnerName: "cart" };
  return JSON.stringify({
    ...pod,
    SrcAddr: "10.128.0.7",
    DstAddr: "198.51.100.4",
    SrcPort: port,
    DstPort: 443,
    Proto: 6,
  });
}

const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);
const flows = (from: number, to: number): string[] => range(from, to).map(flow);

// Joining takes seconds, so the tests wait together; each has a topic and a group of its own.
describe.skipIf(lacksKcat()).concurrent("flows from Kafka", () => {
  let cluster: MockCluster;
  let topics = 0;
  const running: (() => Promise<void>)[] = [];
  beforeAll(async () => {
    cluster = await MockCluster.open(2);
  });
  afterAll(async () => {
    await Promise.all(running.map((stop) => stop()));
    await cluster?.close();
  });

  const freshTopic = (): string => `flows-${(topics += 1)}`;

  /** A source at work, as an observer runs one. */
  function observe(topic: string, resumeFrom?: string, more: object = {}) {
    const options = kafkaOptions.parse({
      brokers: [...cluster.brokers],
      topic,
      group: `of-${topic}`,
      sessionSeconds: 5,
      ...more,
    });
    const source: LiveSource = netobservKafka.open("flows", options, {
      nowMs: Date.now,
      stdin: (async function* () {})(),
    });
    const hands = new RecordedHands(resumeFrom);
    const { stop } = runSource(source, hands);
    running.push(stop);
    return { source, hands, stop };
  }

  test("every message comes once, JSON and protobuf, and what is none is counted", async () => {
    const topic = freshTopic();
    await cluster.produce(topic, flows(1, 1001));
    await cluster.produce(topic, ["{not json", `[${flows(1001, 1004).join(",")}]`]);
    const protobuf = wireMessage([
      { field: 1, varint: 0x0800n },
      { field: 6, message: [{ field: 2, message: [{ field: 1, fixed32: 0xc6336404 }] }] },
      {
        field: 7,
        message: [
          { field: 1, varint: 1004n },
          { field: 2, varint: 443n },
          { field: 3, varint: 6n },
        ],
      },
    ]);
    await cluster.produceBytes(topic, Uint8Array.from(protobuf));
    await cluster.produceTombstone(topic);
    const { hands } = observe(topic);
    await hands.until(() => hands.ports.length === 1004 && hands.malformedReasons.length === 2);
    expect(hands.sortedPorts()).toEqual(range(1, 1005));
    expect(hands.malformedReasons.toSorted()).toEqual(["a JSON key is missing or broken", "a message without a value"]);
    expect(hands.states.at(-1)).toBe(`running: reads 4 of 4 partitions of \`${topic}\``);
    expect(hands.outages).toBe(0);
  });

  test("batches are read however they are packed", async () => {
    const topic = freshTopic();
    const codecs = ["none", "gzip", "snappy", "lz4", "zstd"];
    for (const [i, codec] of codecs.entries())
      await cluster.produce(topic, flows(100 * i + 1, 100 * i + 101), 0, codec);
    const { hands } = observe(topic);
    await hands.until(() => hands.ports.length === 100 * codecs.length);
    expect(hands.sortedPorts()).toEqual(range(1, 100 * codecs.length + 1));
    expect([hands.lostRecords, hands.outages]).toEqual([0, 0]);
  });

  test("what is stored is committed, and another observer of the group goes on behind it", async () => {
    const topic = freshTopic();
    await cluster.produce(topic, flows(1, 501));
    const first = observe(topic);
    await first.hands.until(() => first.hands.ports.length === 500);
    await first.source.stored?.(first.hands.position!);
    await cluster.produce(topic, flows(501, 601));
    await first.hands.until(() => first.hands.ports.length === 600);
    await first.stop();
    // The last hundred were taken, but never stored: they come again, and nothing else does.
    const second = observe(topic);
    await second.hands.until(() => second.hands.ports.length >= 100);
    await second.hands.quiet();
    expect(second.hands.sortedPorts()).toEqual(range(501, 601));
  });

  test("an observer that died goes on from its own position, which may be ahead of the group's", async () => {
    const topic = freshTopic();
    await cluster.produce(topic, flows(1, 301));
    const first = observe(topic);
    await first.hands.until(() => first.hands.ports.length === 300);
    const { position } = first.hands;
    await first.stop();
    await cluster.produce(topic, flows(301, 401));
    const second = observe(topic, position);
    await second.hands.until(() => second.hands.ports.length >= 100);
    await second.hands.quiet();
    expect(second.hands.sortedPorts()).toEqual(range(301, 401));
    // What the first could not commit any more is committed by the second.
    await second.source.stored?.(second.hands.position!);
    await second.stop();
    const third = observe(topic);
    await third.hands.until(() => third.hands.states.some((state) => state.startsWith("running")));
    await third.hands.quiet();
    expect(third.hands.ports).toEqual([]);
  });

  test("messages that were deleted before they were read are an outage, and reading goes on", async () => {
    const topic = freshTopic();
    await cluster.produce(topic, flows(1, 41));
    const first = observe(topic);
    await first.hands.until(() => first.hands.ports.length === 40);
    await first.stop();
    // As after retention, or a topic that was made anew: the position names messages that are not there.
    const far = first.hands.position!.replaceAll(/"\d+"\]/g, '"100000"]');
    const second = observe(topic, far, { group: "another" });
    await second.hands.until(() => second.hands.ports.length === 40);
    expect(second.hands.outages).toBe(4);
    expect(second.hands.sortedPorts()).toEqual(range(1, 41));
  });

  test("brokers that are away are told, and found again", async () => {
    const own = await MockCluster.open(1);
    const [broker = ""] = own.brokers;
    await own.close();
    const { hands } = observe("flows", undefined, { brokers: [broker] });
    await hands.until(() => hands.states.some((state) => state.startsWith("retrying: Kafka: ")));
    expect(hands.states.at(-1)).not.toContain("undefined");
  });

  test("a source that must wait fetches no more than a little", async () => {
    const topic = freshTopic();
    await cluster.produce(topic, flows(1, 2001), 0);
    await cluster.produce(topic, flows(2001, 4001), 1);
    const { hands } = observe(topic);
    hands.hold();
    await hands.until(() => hands.isHolding);
    await hands.quiet();
    const taken = hands.ports.length;
    expect(taken).toBeGreaterThan(0);
    expect(taken).toBeLessThan(4000);
    hands.release();
    await hands.until(() => hands.ports.length === 4000);
    expect(hands.sortedPorts()).toEqual(range(1, 4001));
  });
});
