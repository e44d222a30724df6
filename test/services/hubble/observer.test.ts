import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, expect, test } from "vitest";
import { HubbleSource } from "../../../src/adapters/grpc/hubble/hubble-source.ts";
import { hubbleOptions } from "../../../src/adapters/grpc/hubble/options.ts";
import { FixedClusterView } from "../../../src/app/live/fixed-cluster-view.ts";
import { MemoryOutbox, MemorySink, packForTest, unpackForTest } from "../../../src/app/live/observer.test-support.ts";
import { Observer } from "../../../src/app/live/observer.ts";
import { noClusterFacts } from "../../../src/pipeline/flows/cluster-facts.ts";
import type { SealedBatch } from "../../../src/pipeline/flows/sealed-batch.ts";
import { flowEvent, HubbleServer } from "./hubble-server.ts";
import { eventually, quick } from "./recording-hands.ts";

const server = new HubbleServer();
afterEach(() => server.close());

/** One observer's life: what it stored, and the position that each batch was stored with. */
async function observe(
  positions: MemoryOutbox["positions"],
  until: (outbox: MemoryOutbox) => Promise<void>,
): Promise<MemoryOutbox> {
  const outbox = new MemoryOutbox();
  outbox.positions = positions;
  const stopping = new AbortController();
  const machine = { stdin: (async function* () {})(), nowMs: () => Date.now() };
  const options = hubbleOptions.parse({ address: `127.0.0.1:${server.port}`, historySeconds: 600 });
  const plan = {
    observer: "node-a",
    cluster: "east",
    everyMs: 50,
    sources: [new HubbleSource("relay", options, machine, quick)],
    networks: { pods: [], services: [] },
    clusterPatienceMs: 10,
    isOnce: false,
    graceMs: 500,
  };
  const observer = new Observer(plan, {
    view: new FixedClusterView("east", noClusterFacts),
    outbox,
    sink: new MemorySink(),
    pack: packForTest,
    anonymise: undefined,
    log: { say: () => undefined },
    nowMs: () => Date.now(),
    random: () => 0,
  });
  const end = observer.run(stopping.signal);
  await until(outbox);
  stopping.abort();
  await end;
  return outbox;
}

const batchesOf = ({ entries }: MemoryOutbox): SealedBatch[] => entries.map(({ packed }) => unpackForTest(packed));

/** How often each flow is in the batches, by its destination port, which only it has. */
function countsOf(batches: readonly SealedBatch[]): Map<number, number> {
  const counts = new Map<number, number>();
  for (const { port, flows } of batches.flatMap(({ edges }) => edges))
    counts.set(port, (counts.get(port) ?? 0) + flows);
  return counts;
}

const outagesOf = (batches: readonly SealedBatch[]): number =>
  batches.flatMap(({ health }) => health).reduce((sum, { outages }) => sum + outages, 0);

test("an observer that dies after any of its batches counts every flow once in its next life", async () => {
  await server.listen();
  let pushed = 0;
  const push = (): void => {
    for (let i = 0; i < 20; i += 1) {
      pushed += 1;
      const l4 = { TCP: { source_port: 40_000, destination_port: pushed, flags: { SYN: true } } };
      // Three nodes, of which one is seconds behind.
      const atMs = Date.now() - (pushed % 3 === 0 ? 3000 : 0);
      server.push(flowEvent(`n${pushed % 3}`, atMs, 40_000, { l4 }));
    }
  };
  const first = await observe(new Map(), async (outbox) => {
    for (let round = 0; round < 40; round += 1) {
      push();
      await sleep(15);
      if (round % 15 === 14) server.endCalls();
    }
    await eventually(() => countsOf(batchesOf(outbox)).size === pushed, "everything");
  });
  expect(pushed).toBe(800);
  const whole = countsOf(batchesOf(first));
  expect([whole.size, [...whole.values()].filter((count) => count !== 1)]).toEqual([800, []]);

  const crashes = [0, 0.2, 0.45, 0.7, 0.95].map((part) => Math.floor(part * first.entries.length));
  for (const stored of crashes) {
    const before = first.entries.slice(0, stored + 1);
    const second = await observe(before.at(-1)!.positions, async (outbox) => {
      const all = (): number =>
        countsOf([...before.map(({ packed }) => unpackForTest(packed)), ...batchesOf(outbox)]).size;
      await eventually(() => all() === 800, "what was not stored");
      await sleep(200);
    });
    const batches = [...before.map(({ packed }) => unpackForTest(packed)), ...batchesOf(second)];
    const counts = countsOf(batches);
    expect([stored, [...counts.values()].filter((count) => count !== 1)]).toEqual([stored, []]);
    expect(outagesOf(batches)).toBe(0);
  }
});
