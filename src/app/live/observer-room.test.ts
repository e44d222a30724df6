import { expect, test } from "vitest";
import type { LiveSource } from "./live-source.ts";
import { flowsOf, observe, reported } from "./observe.test-support.ts";
import { flowForTest, MemorySink, scriptedSource } from "./observer.test-support.ts";
import { sealingEveryMs } from "./observer.ts";

test("a source that can wait is paused before anything is dropped, one that cannot is counted", async () => {
  const many = 120_000;
  const patient = scriptedSource("patient", async (hands) => {
    for (let i = 0; i < many; i += 1) {
      hands.take(flowForTest(0, { destinationPort: 1 + (i % 60_000), protocol: i < 60_000 ? 6 : 17 }));
      if (i % 100 === 0) await hands.room();
    }
  });
  const hasty: LiveSource = {
    name: "hasty",
    kind: "scripted",
    hasPositions: false,
    run: (hands) => {
      for (let i = 0; i < many; i += 1) {
        hands.take(flowForTest(0, { destinationPort: 1 + (i % 60_000), protocol: i < 60_000 ? 6 : 17 }));
      }
      return Promise.resolve();
    },
  };
  const of = await observe([patient, hasty]);
  expect(flowsOf(of)).toEqual({ patient: many, hasty: 50_000 });
  expect(reported(of, "dropped")).toEqual({ patient: 0, hasty: many - 50_000 });
});

test("a source that can wait is paused for whatever fills up: hours of few edges, too", async () => {
  const hours = 10_000;
  const patient = scriptedSource("patient", async (hands) => {
    for (let i = 0; i < 7 * hours; i += 1) {
      // Every eighth hour is a row of its own.
      const atMs = 8 * 3_600_000 * (1 + (i % hours));
      hands.take(flowForTest(Math.floor(i / hours), { startMs: atMs, endMs: atMs }));
      if (i % 100 === 0) await hands.room();
    }
  });
  const of = await observe([patient]);
  const placed = of.sink.batches.flatMap(({ edges }) => edges.map(({ address, hour }) => `${address.value} ${hour}`));
  expect(new Set(placed).size).toBe(7 * hours);
  expect(Math.max(...of.sink.batches.map(({ edges }) => edges.length))).toBeLessThan(60_000);
});

test("a batch is sealed before its time rather than grow", async () => {
  const sink = new MemorySink();
  const isSealed = async (): Promise<void> => {
    while (sink.batches.every(({ edges }) => edges.length === 0)) {
      await new Promise((resolve) => {
        setTimeout(resolve, 1);
      });
    }
  };
  const source: LiveSource = {
    name: "busy",
    kind: "scripted",
    hasPositions: false,
    run: async (hands) => {
      for (let i = 1; i <= 9000; i += 1) hands.take(flowForTest(0, { destinationPort: i }));
      await isSealed();
    },
  };
  const of = await observe([source], { sink, everyMs: 60_000 });
  expect(flowsOf(of)).toEqual({ busy: 9000 });
});

test.each([
  ["nothing waits", 2000, 0, 2000],
  ["a collector is away for an hour", 2000, 1800, 2000],
  ["it is away for longer", 2000, 2001, 30_000],
  ["sealing is rare anyhow", 60_000, 50_000, 60_000],
])("batches are sealed at their time, and rarely when many wait: %s", (_, everyMs, waiting, expected) => {
  expect(sealingEveryMs(everyMs, waiting)).toBe(expected);
});
