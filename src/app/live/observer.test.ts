import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { noClusterFacts } from "../../pipeline/flows/cluster-facts.ts";
import { observed } from "../../pipeline/sources/observation.ts";
import type { ClusterViewStatus } from "./cluster-view.ts";
import { FixedClusterView } from "./fixed-cluster-view.ts";
import { flowsOf, observe, reported } from "./observe.test-support.ts";
import {
  countingSource,
  flowForTest,
  MemoryOutbox,
  MemorySink,
  scriptedSource,
  unpackForTest,
} from "./observer.test-support.ts";

test("every flow of every source is delivered once, and every batch has the next number", async () => {
  const of = await observe([countingSource("a", 12_345), countingSource("b", 3)]);
  expect(of.end).toBe("ended");
  expect(flowsOf(of)).toEqual({ a: 12_345, b: 3 });
  expect(reported(of, "records")).toEqual({ a: 12_345, b: 3 });
  expect(of.sink.batches.map(({ sequence }) => sequence)).toEqual(of.sink.batches.map((_, i) => i + 1));
  expect(of.outbox.positions.get("a")).toEqual({ kind: "scripted", position: "12345" });
});

test("a batch never holds more than its position tells, wherever a crash comes", async () => {
  const source = scriptedSource("a", async (hands) => {
    for (let i = 0; i < 60; i += 1) {
      for (let more = 0; more < 5; more += 1) {
        hands.take(flowForTest(1));
        await new Promise((resolve) => {
          setTimeout(resolve, 1);
        });
      }
      hands.reached(String(5 * (i + 1)));
    }
  });
  const of = await observe([source], { everyMs: 2 });
  let flows = 0;
  for (const { packed, positions } of of.outbox.entries) {
    flows += unpackForTest(packed).edges.reduce((sum, edge) => sum + edge.flows, 0);
    expect(positions.get("a")?.position ?? "0").toBe(String(flows));
  }
  expect(of.outbox.entries.length).toBeGreaterThan(3);
  expect(flows).toBe(300);
});

test("a source goes on where the outbox says, unless another kind of source has its name", async () => {
  const outbox = new MemoryOutbox();
  outbox.positions = new Map([
    ["a", { kind: "scripted", position: "90" }],
    ["b", { kind: "other", position: "90" }],
  ]);
  const of = await observe([countingSource("a", 100), countingSource("b", 100)], { outbox });
  expect(flowsOf(of)).toEqual({ a: 10, b: 100 });
});

test("what is between two positions when the observer stops is left for the next start", async () => {
  const stop = new AbortController();
  const source = scriptedSource("a", async (hands, signal) => {
    hands.take(flowForTest(1));
    hands.reached("1");
    await new Promise((resolve) => {
      setTimeout(resolve, 60);
    });
    hands.take(flowForTest(2));
    stop.abort();
    await new Promise((resolve) => {
      signal.addEventListener("abort", resolve);
    });
  });
  const of = await observe([source], { signal: stop.signal });
  expect(of.end).toBe("stopped");
  expect(flowsOf(of)).toEqual({ a: 1 });
  expect(of.outbox.positions.get("a")?.position).toBe("1");
});

test("a source that fails stays reported, and the others go on", async () => {
  const failing = scriptedSource("bad", () => Promise.reject(new Error("`caFile` does not exist")));
  const of = await observe([failing, countingSource("good", 50)]);
  expect(of.end).toBe("ended");
  expect(flowsOf(of)).toEqual({ good: 50 });
  expect(of.sink.batches.at(-1)?.health).toMatchObject([
    { kind: "scripted", state: "failed", message: "`caFile` does not exist" },
    { state: "ended", message: "" },
  ]);
  expect(of.said).toContain("error: source failed (bad)");
});

test("when all sources have failed the observer ends and says so", async () => {
  const failing = scriptedSource("bad", () => Promise.reject(new Error("no")));
  expect((await observe([failing], { isOnce: false })).end).toBe("failed");
});

test("an observer that cannot go on stops its sources before it says why", async () => {
  let isListening = true;
  const source = scriptedSource("a", async (hands, signal) => {
    hands.take(flowForTest(1));
    hands.reached("1");
    await new Promise((resolve) => {
      signal.addEventListener("abort", resolve);
    });
    isListening = false;
  });
  const closed: string[] = [];
  class Broken extends MemoryOutbox {
    override done(): Promise<void> {
      return Promise.reject(new Error("input/output error"));
    }
    override close(): Promise<void> {
      closed.push("outbox");
      return Promise.resolve();
    }
  }
  await expect(observe([source], { outbox: new Broken(), isOnce: false })).rejects.toThrow("input/output error");
  expect(isListening).toBe(false);
  class Unsealable extends MemoryOutbox {
    override overdue(): never {
      throw new Error("no such file");
    }
    override close(): Promise<void> {
      closed.push("outbox");
      return Promise.resolve();
    }
  }
  isListening = true;
  await expect(observe([source], { outbox: new Unsealable(), isOnce: false })).rejects.toThrow("no such file");
  expect(isListening).toBe(false);
  expect(closed).toEqual(["outbox", "outbox"]);
});

test("counts of trouble arrive with the batches", async () => {
  const source = scriptedSource("a", (hands) => {
    hands.malformed("it is no flow", new TextEncoder().encode("\u001b[31mrubbish"));
    hands.malformed("it is no flow", new Uint8Array(1000));
    hands.lost(7);
    hands.outage();
    hands.received(100);
    hands.take(flowForTest(1, { what: observed.lostEvents, lost: 5 }));
    return Promise.resolve();
  });
  const of = await observe([source]);
  expect(reported(of, "malformed")).toEqual({ a: 2 });
  expect(reported(of, "lost")).toEqual({ a: 12 });
  expect(reported(of, "outages")).toEqual({ a: 1 });
  expect(of.said.filter((line) => line.includes("not understood"))).toHaveLength(1);
});

test("batches that wait are tried again in order, refused ones are dropped and counted with a later batch", async () => {
  const sink = new MemorySink();
  sink.answers.push(
    { kind: "later", reason: "nobody there", afterMs: 0 },
    { kind: "refused", reason: "too large" },
    { kind: "stored" },
  );
  const source = scriptedSource("a", async (hands) => {
    for (let i = 0; i < 3; i += 1) {
      hands.take(flowForTest(i));
      hands.reached(String(i));
      await new Promise((resolve) => {
        setTimeout(resolve, 400);
      });
    }
  });
  const of = await observe([source], { sink });
  expect(flowsOf(of)).toEqual({ a: 2 });
  expect(reported(of, "dropped")).toEqual({ a: 1 });
  expect(of.sink.batches[0]?.sequence).toBe(2);
  expect(of.said).toContain("warn: batches wait in the buffer");
});

test("a buffer that takes nothing for a while costs nothing", async () => {
  const outbox = new MemoryOutbox();
  outbox.failing = { code: "observe_buffer_unusable", message: "no space left on device" };
  const source = scriptedSource("a", async (hands) => {
    for (let i = 0; i < 10; i += 1) {
      hands.take(flowForTest(i));
      hands.reached(String(i));
      await new Promise((resolve) => {
        setTimeout(resolve, 20);
      });
      if (i === 7) outbox.failing = undefined;
    }
  });
  const of = await observe([source], { outbox });
  expect(flowsOf(of)).toEqual({ a: 10 });
  expect(of.said.filter((line) => line.includes("takes no batch"))).toHaveLength(1);
  expect(of.said).toContain("info: the buffer takes batches again");
});

test("a flow that goes on is not counted again in every batch", async () => {
  const source = scriptedSource("a", async (hands) => {
    const atMs = Date.now();
    for (let i = 0; i < 5; i += 1) {
      hands.take(flowForTest(1, { flows: i === 0 ? 1 : 0, startMs: atMs, endMs: atMs }));
      hands.reached(String(i));
      await new Promise((resolve) => {
        setTimeout(resolve, 40);
      });
    }
  });
  expect(flowsOf(await observe([source]))).toEqual({ a: 1 });
});

test("a record whose clock is far ahead counts in the hour of its arrival, and the source says so", async () => {
  const soonMs = Date.now() + 60_000;
  const source = scriptedSource("a", (hands) => {
    hands.state("running", "reading");
    hands.take(flowForTest(1, { startMs: Date.UTC(2090), endMs: Date.UTC(2090) }));
    hands.take(flowForTest(2, { startMs: soonMs - 120_000, endMs: Date.UTC(2090) }));
    hands.take(flowForTest(3, { startMs: soonMs, endMs: soonMs }));
    hands.take(flowForTest(4, { startMs: Date.UTC(1999), endMs: Date.UTC(1999) }));
    hands.takeCoarse({
      cluster: "east",
      namespace: "shop",
      workload: { kind: "Deployment", name: "cart" },
      destination: "pub",
      protocol: undefined,
      port: undefined,
      verdict: "seen",
      atMs: Date.UTC(2090),
      flows: 1,
      bytes: undefined,
    });
    return Promise.resolve();
  });
  const of = await observe([source]);
  const [batch] = of.sink.batches;
  const latest = (batch?.edges ?? []).map(({ lastSeenMs }) => lastSeenMs);
  expect(latest).toHaveLength(4);
  expect(Math.max(...latest)).toBe(soonMs);
  expect(Math.min(...latest)).toBe(Date.UTC(1999));
  expect(batch?.coarse[0]?.hour).toBeLessThanOrEqual(soonMs / 3_600_000);
  expect(batch?.health[0]?.message).toBe(
    "reading; 3 records were more than 5 minutes ahead of this machine's clock and count as of their arrival",
  );
  expect(of.said).toContain("warn: records are ahead of this machine's clock (a)");
});

test("what of the cluster cannot be read is said once, and once more when it can", async () => {
  let message = "";
  class Troubled extends FixedClusterView {
    override status(): ClusterViewStatus {
      return { ...super.status(), message };
    }
  }
  const source = scriptedSource("a", async () => {
    for (const said of ["`pods` may not be listed", "`pods` may not be listed (and 1 more)", ""]) {
      message = said;
      await new Promise((resolve) => {
        setTimeout(resolve, 100);
      });
    }
  });
  const { said } = await observe([source], { view: new Troubled("east", noClusterFacts) });
  expect(said.filter((line) => line.includes("cluster"))).toEqual([
    "warn: the cluster is not watched as it should be",
    "info: the cluster is watched as it should be",
  ]);
});

test("a cluster that can never be watched is not waited for", async () => {
  class Unreachable extends FixedClusterView {
    override readonly ready = new Promise<void>(() => {});
    override run(): Promise<void> {
      return Promise.reject(new Error("no kubeconfig"));
    }
  }
  const view = new Unreachable("east", noClusterFacts);
  // Waiting it out would take longer than a test may.
  const of = await observe([countingSource("a", 3)], { view, clusterPatienceMs: 3_600_000 });
  expect(flowsOf(of)).toEqual({ a: 3 });
  expect(of.said).toContain("error: the cluster cannot be watched");
});

test("a clock that is set back keeps a silent observer neither silent nor from its end", async () => {
  let setBackMs = 0;
  const sink = new MemorySink();
  const source = scriptedSource("a", async () => {
    while (sink.batches.length === 0) await sleep(1);
    setBackMs = 3_600_000;
    while (sink.batches.length < 2) await sleep(1);
  });
  const of = await observe([source], { sink, nowMs: () => Date.now() - setBackMs });
  expect(of.end).toBe("ended");
});

test("an observer that waits for the collector when it is to end says so", async () => {
  const sink = new MemorySink();
  sink.answers.push(
    ...Array.from({ length: 100 }, () => ({ kind: "later", reason: "nobody", afterMs: 60_000 }) as const),
  );
  const stopping = new AbortController();
  const source = scriptedSource("a", (hands) => {
    hands.take(flowForTest(1));
    stopping.abort();
    return Promise.resolve();
  });
  const of = await observe([source], { sink, isOnce: false, graceMs: 1200, signal: stopping.signal });
  expect([of.end, of.said.includes("info: delivering what is left")]).toEqual(["stopped", true]);
  expect(of.outbox.size.batches).toBeGreaterThan(0);
});
