import { expect, test } from "vitest";
import { fail, type Result } from "../../core/result.ts";
import { noClusterFacts } from "../../pipeline/flows/cluster-facts.ts";
import type { Failure } from "../failure.ts";
import { FixedClusterView } from "./fixed-cluster-view.ts";
import { ObservedCluster } from "./observer-cluster.ts";
import { Sealing } from "./observer-sealing.ts";
import { ObservedSource } from "./observer-source.ts";
import { ObserverLedger } from "./observer-status.ts";
import { flowForTest, MemoryOutbox, packForTest, scriptedSource, unpackForTest } from "./observer.test-support.ts";
import type { OutboxEntry } from "./outbox.ts";

/** Has no room at these attempts, counted from 1. */
class FullAtTimes extends MemoryOutbox {
  private readonly fullAt: readonly number[];
  private attempts = 0;

  constructor(...fullAt: readonly number[]) {
    super();
    this.fullAt = fullAt;
  }

  override append(entry: OutboxEntry): Promise<Result<void, Failure>> {
    this.attempts += 1;
    if (!this.fullAt.includes(this.attempts)) return super.append(entry);
    return Promise.resolve(fail({ code: "observe_buffer_unusable", message: "no space left on device" }));
  }
}

/** Seals what three sources brought, two rows each, in batches of at most two rows. */
async function sealThree(outbox: MemoryOutbox, times: number): Promise<readonly string[]> {
  const view = new FixedClusterView("east", noClusterFacts);
  const networks = { pods: [], services: [] };
  const log = { say: () => {} };
  const parts = { view, outbox, pack: packForTest, anonymise: undefined, log, nowMs: () => 1_700_000_000_000 };
  const cluster = new ObservedCluster(view, networks);
  const sources = ["a", "b", "c"].map((name) => {
    const source = scriptedSource(name, (hands) => {
      for (const host of [1, 2]) hands.take(flowForTest(host));
      hands.reached(`${name} to its end`);
      return Promise.resolve();
    });
    return new ObservedSource(source, undefined, {
      timeline: view.timeline,
      index: () => cluster.index,
      isInferring: () => false,
      nowMs: parts.nowMs,
      sealSoon: () => {},
      onMalformed: () => {},
      onAhead: () => {},
      onState: () => {},
    });
  });
  const { signal } = new AbortController();
  for (const source of sources) source.start(signal);
  await Promise.all(sources.map(({ finished }) => finished));
  const plan = { observer: "node-a", cluster: "east", networks };
  const sealing = new Sealing(plan, parts, cluster, new ObserverLedger(log), 2);
  for (let i = 0; i < times; i += 1) await sealing.seal(sources, 0, false);
  return outbox.entries.map(({ packed, sequence, positions }) => {
    const batch = unpackForTest(packed);
    return `${sequence}: ${batch.edges.length} of ${batch.sources.join()}, of all so far ${[...positions.keys()].join()}`;
  });
}

const inTurn = [
  "1: 2 of a, of all so far a",
  "2: 2 of b, of all so far a,b",
  "3: 2 of c, of all so far a,b,c",
] as const;

test.each([
  ["there is room for all batches", 1, new FullAtTimes()],
  ["there was no room for the first", 2, new FullAtTimes(1)],
  ["there was none for the second, and again none", 3, new FullAtTimes(2, 3)],
  ["there was none for the last", 2, new FullAtTimes(3)],
  ["there was none for any, one after the other", 4, new FullAtTimes(1, 3, 5)],
])("what is too much for one batch arrives in several, in turn and once, when %s", async (_, times, outbox) => {
  expect(await sealThree(outbox, times)).toEqual(inTurn);
});
