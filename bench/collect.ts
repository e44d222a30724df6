/**
 * How many batches and edges a second go through `postern serve` into the history, durably: several observers send one
 * batch at a time over HTTP, each batch packed as observers pack it. Beside it the same batches straight into the store,
 * which shows what HTTP, reading and grouping cost. `node bench/collect.ts [observers] [batches] [edges]`
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { HttpSink } from "../src/adapters/collector-client/ship.ts";
import { openDuckDbStore } from "../src/adapters/duckdb/edge-store.ts";
import { packBatch } from "../src/adapters/outbox/pack.ts";
import { issueToken } from "../src/app/state/token-text.ts";
import { openState } from "../src/main/open-state.ts";
import { serve } from "../src/main/serve.ts";
import type { EdgeDelta, SealedBatch } from "../src/pipeline/flows/sealed-batch.ts";

const [observers = 8, batchesEach = 60, edgesEach = 500] = process.argv.slice(2).map(Number);
const hour = Math.floor(Date.now() / 3_600_000);

/** Edges of forty workloads to two thousand addresses, some of them the same from batch to batch. */
function batchOf(observer: number, sequence: number): SealedBatch {
  const owners = Array.from({ length: 40 }, (_, n) => ({
    cluster: "bench",
    namespace: `team-${n % 10}`,
    workload: { kind: "Deployment", name: `app-${n}` },
  }));
  const edges = Array.from({ length: edgesEach }, (_, n): EdgeDelta => {
    const mixed = (n * 2_654_435_761 + sequence * 40_503 + observer * 97) >>> 0;
    return {
      source: 0,
      owner: mixed % owners.length,
      address: { family: 4, value: BigInt(0xc000_0200 + (mixed % 2000)) },
      prefixLength: undefined,
      protocol: "tcp",
      port: 443,
      verdict: "seen",
      hour,
      flows: 1 + (mixed % 9),
      bytes: mixed % 100_000,
      decidedBy: [],
      firstSeenMs: hour * 3_600_000,
      lastSeenMs: hour * 3_600_000 + 1000,
    };
  });
  return {
    observer: `node-${observer}`,
    incarnation: "0".repeat(32),
    sequence,
    cluster: "bench",
    sealedAtMs: Date.now(),
    owners,
    sources: [`source-${observer}`],
    edges,
    names: [],
    coarse: [],
    health: [],
  };
}

const all = Array.from({ length: observers }, (_, observer) =>
  Array.from({ length: batchesEach }, (_own, n) => batchOf(observer, n + 1)),
);
const packed = all.map((batches) => batches.map((batch) => packBatch(batch)));
const bytes = packed.flat().reduce((sum, { length }) => sum + length, 0);
const total = observers * batchesEach;
console.log(
  `${observers} observers, ${batchesEach} batches each, ${edgesEach} edges in a batch; ${Math.round(bytes / total)} bytes a batch`,
);

function tell(what: string, startedMs: number): number {
  const seconds = (performance.now() - startedMs) / 1000;
  const rate = (total * edgesEach) / seconds;
  const perSecond = `${Math.round(total / seconds)} batches/s, ${Math.round(rate).toLocaleString("en-US")} edges/s`;
  console.log(`${what.padEnd(24)} ${seconds.toFixed(2)} s  ${perSecond}`);
  return rate;
}

async function straight(): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), "postern-bench-"));
  const store = await openDuckDbStore({ folder, access: "write" });
  if (!store.ok) throw new Error(store.error.message);
  const startedMs = performance.now();
  await Promise.all(
    all.map(async (batches) => {
      for (const batch of batches) await store.value.append([batch]);
    }),
  );
  const rate = tell("into the store", startedMs);
  await store.value.close();
  rmSync(folder, { recursive: true });
  return rate;
}

async function overHttp(): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), "postern-bench-"));
  const running = await serve({
    folder,
    listen: { host: "127.0.0.1", port: 0 },
    tls: undefined,
    state: { kind: "sqlite", folder },
    store: { kind: "duckdb", folder, memoryMib: 1024 },
    keep: { hourlyDays: 14, dailyDays: 400 },
    openMetrics: true,
    review: undefined,
    observe: undefined,
    logLevel: "warn",
    log: (line) => process.stderr.write(line),
  });
  if (!running.ok) throw new Error(running.error[0]?.message);
  const state = await openState({ kind: "sqlite", folder }, false);
  if (!state.ok) throw new Error(state.error.message);
  const { text, token } = issueToken({ clusters: ["*"], scopes: ["ship"] }, Date.now());
  await state.value.tokens.add(token);
  await state.value.close();
  const tokenFile = join(folder, "token");
  writeFileSync(tokenFile, text);
  const { signal } = new AbortController();
  const startedMs = performance.now();
  const slowest: number[] = [];
  await Promise.all(
    packed.map(async (batches) => {
      const sink = new HttpSink({ url: new URL(running.value.url), tokenFile, tls: undefined });
      for (const batch of batches) {
        const sentMs = performance.now();
        const delivery = await sink.deliverPacked(batch, signal);
        if (delivery.kind !== "stored") throw new Error(delivery.reason);
        slowest.push(performance.now() - sentMs);
      }
      await sink.close();
    }),
  );
  const rate = tell("over HTTP", startedMs);
  slowest.sort((a, b) => a - b);
  const at = (share: number): string => `${Math.round(slowest[Math.floor(slowest.length * share)] ?? 0)} ms`;
  console.log(`a batch is answered after  ${at(0.5)} (median), ${at(0.99)} (99 %)`);
  await running.value.stop();
  rmSync(folder, { recursive: true });
  return rate;
}

const rates = [];
for (let round = 0; round < 3; round += 1) rates.push((await overHttp()) / (await straight()));
console.log(`over HTTP at ${rates.map((rate) => rate.toFixed(2)).join(", ")} of the store's own pace`);
