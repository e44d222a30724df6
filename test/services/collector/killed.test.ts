import { chmod, mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { HttpSink } from "../../../src/adapters/collector-client/ship.ts";
import { openDuckDbStore } from "../../../src/adapters/duckdb/edge-store.ts";
import { packBatch } from "../../../src/adapters/outbox/pack.ts";
import { formatIp } from "../../../src/core/net/ip.ts";
import type { SealedBatch } from "../../../src/pipeline/flows/sealed-batch.ts";
import { batchForTest } from "../../history/batch-for-test.ts";
import { lacksPostgres, PrivatePostgres } from "../state/private-postgres.ts";
import { freePort, postern, Served } from "./served.ts";

let folder = "";
let served: Served | undefined;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "postern-served-"));
});
afterEach(async () => {
  await served?.end("SIGKILL");
  served = undefined;
  await rm(folder, { recursive: true, force: true });
});

const observers = ["node-a", "node-b", "node-c"];
const addresses = 40;

/** The n-th batch of an observer: some edges, with a number of flows that names the batch. */
function batchOf(observer: string, sequence: number): SealedBatch {
  const first = (sequence * 7 + observer.charCodeAt(5)) % addresses;
  const edges = Array.from({ length: 8 }, (_, i) => {
    const host = (first + i) % addresses;
    return [
      `shop/Deployment/cart tcp ${host % 2 === 0 ? `192.0.2.${host}` : `2001:db8::${host.toString(16)}`}:443`,
      0,
      sequence,
    ] as const;
  });
  return batchForTest(edges, { observer, sequence, sealedAtMs: Date.now(), source: `source-of-${observer}` });
}

/** What the history must hold: per address, the largest count of any observer's source. */
function expected(batches: number): Map<string, number> {
  const most = new Map<string, number>();
  for (const observer of observers) {
    const own = new Map<string, number>();
    for (let sequence = 1; sequence <= batches; sequence += 1) {
      for (const { address, flows } of batchOf(observer, sequence).edges) {
        const key = formatIp(address);
        own.set(key, (own.get(key) ?? 0) + flows);
      }
    }
    for (const [key, flows] of own) most.set(key, Math.max(most.get(key) ?? 0, flows));
  }
  return most;
}

async function stored(): Promise<Map<string, number>> {
  const store = await openDuckDbStore({ folder, access: "read" });
  if (!store.ok) throw new Error(store.error.message);
  const query = { cluster: "east", namespace: "shop", window: { fromMs: 0, toMs: 9e12 }, limit: 1000 };
  const { edges } = await store.value.edges(query);
  await store.value.close();
  return new Map(edges.map(({ address, flows }) => [formatIp(address), flows]));
}

/** Ships as an observer does: one batch at a time, each until it is taken. @returns how often it had to come again */
async function ship(url: string, observer: string, batches: number, onSent: () => void): Promise<number> {
  const sink = new HttpSink({ url: new URL(url), tokenFile: join(folder, "token"), tls: undefined, timeoutMs: 5000 });
  const { signal } = new AbortController();
  let again = 0;
  for (let sequence = 1; sequence <= batches; sequence += 1) {
    const packed = packBatch(batchOf(observer, sequence));
    for (;;) {
      const delivery = await sink.deliverPacked(packed, signal);
      onSent();
      if (delivery.kind === "stored") break;
      if (delivery.kind === "refused") throw new Error(delivery.reason);
      again += 1;
      await sleep(20);
    }
  }
  await sink.close();
  return again;
}

/** Ships what all observers have, and says how far they are. */
class Shipping {
  /** Answers of any kind. */
  sent = 0;
  isDone = false;
  /** How often batches had to come again. */
  readonly ended: Promise<number>;

  constructor(url: string, batches: number) {
    const shipped = observers.map((observer) => ship(url, observer, batches, () => void (this.sent += 1)));
    this.ended = this.#end(shipped);
  }

  async #end(shipped: readonly Promise<number>[]): Promise<number> {
    try {
      return (await Promise.all(shipped)).reduce((sum, n) => sum + n, 0);
    } finally {
      this.isDone = true;
    }
  }

  async until(sent: number): Promise<void> {
    while (!this.isDone && this.sent < sent) await sleep(1);
  }
}

async function begin(...args: readonly string[]): Promise<Served> {
  const own = new Served(await freePort(), "--data", folder, ...args);
  served = own;
  await own.start();
  return own;
}

async function makeToken(...place: readonly string[]): Promise<string> {
  const made = await postern("token", "create", ...place, "--cluster", "east", "--scope", "ship", "--scope", "read");
  expect(made.code).toBe(0);
  await writeFile(join(folder, "token"), made.stdout);
  return made.stdout.trim();
}

describe("a collector", () => {
  test("killed again and again while observers send has every edge exactly once", async () => {
    const batches = 120;
    const own = await begin();
    const token = await makeToken("--data", folder);
    const shipping = new Shipping(own.url, batches);
    let kills = 0;
    while (kills < 6) {
      // After some answers, at any moment between two of them.
      await shipping.until(shipping.sent + 15 + ((kills * 7) % 40));
      if (shipping.isDone) break;
      await own.end("SIGKILL");
      kills += 1;
      await own.start();
    }
    expect(await shipping.ended).toBeGreaterThan(0);
    expect(kills).toBeGreaterThan(2);
    expect(await own.end("SIGTERM")).toBe(0);
    expect(await stored()).toEqual(expected(batches));
    expect(own.said.includes(token.slice(8, 20))).toBe(true);
    expect(own.said.includes(token.slice(21))).toBe(false);
  });

  test("stopped in the middle answers what is under way, and the rest comes after its next start", async () => {
    const batches = 60;
    const own = await begin();
    await makeToken("--data", folder);
    const shipping = new Shipping(own.url, batches);
    await shipping.until(60);
    expect(await own.end("SIGTERM")).toBe(0);
    await own.start();
    await shipping.ended;
    expect(await own.end("SIGTERM")).toBe(0);
    expect(await stored()).toEqual(expected(batches));
  });

  test("tells its sources to those beside it and to those far away", async () => {
    const own = await begin();
    await makeToken("--data", folder);
    const health = {
      source: 0,
      kind: "hubble",
      state: "running",
      message: "",
      records: 900,
      malformed: 0,
      lost: 0,
      outages: 0,
      dropped: 0,
      receivedBytes: 1000,
      leftOut: [],
      samplingMax: 1,
      lastArrivalMs: Date.now(),
      lagMs: { mean: 12, max: 40 },
    } as const;
    const sink = new HttpSink({ url: new URL(own.url), tokenFile: join(folder, "token"), tls: undefined });
    const { signal } = new AbortController();
    await sink.deliverPacked(packBatch({ ...batchOf("node-a", 1), health: [health] }), signal);
    const far = await postern("sources", "--server", own.url, "--token-file", join(folder, "token"), "-o", "json");
    expect([far.code, far.stderr]).toEqual([0, ""]);
    const { sources } = JSON.parse(far.stdout) as { readonly sources: readonly unknown[] };
    expect(sources).toMatchObject([{ source: "source-of-node-a", records: 900, lagMs: { mean: 12, max: 40 } }]);
    const near = await postern("sources", "--data", folder, "-o", "json");
    expect(near.code).toBe(0);
    expect((JSON.parse(near.stdout) as { readonly sources: readonly unknown[] }).sources).toEqual([
      { ...(sources[0] as object), recordsPerSecond: expect.any(Number) as unknown },
    ]);
    await sink.deliverPacked(packBatch({ ...batchOf("node-a", 2), health: [{ ...health, lost: 5 }] }), signal);
    await sink.close();
    const ill = await postern("sources", "--server", own.url, "--token-file", join(folder, "token"));
    expect(ill.code).toBe(3);
    expect(ill.stdout.split("\t")[11]).toBe("5");
    // The history is asked through the same door, and not past it.
    const locked = await postern("history", "coverage", "--data", folder);
    expect([locked.code, locked.stderr]).toEqual([1, expect.stringContaining("[history_locked]")]);
    const asked = await postern("history", "coverage", "--server", own.url, "--token-file", join(folder, "token"));
    expect([asked.code, asked.stdout]).toEqual([0, expect.stringContaining("shop")]);
  });

  test("forgets a token at once when it is revoked", async () => {
    const own = await begin();
    const token = await makeToken("--data", folder);
    const sink = new HttpSink({ url: new URL(own.url), tokenFile: join(folder, "token"), tls: undefined });
    const { signal } = new AbortController();
    expect(await sink.deliverPacked(packBatch(batchOf("node-a", 1)), signal)).toEqual({ kind: "stored" });
    expect((await postern("token", "revoke", token.slice(8, 20), "--data", folder)).code).toBe(0);
    expect(await sink.deliverPacked(packBatch(batchOf("node-a", 2)), signal)).toMatchObject({
      kind: "later",
      reason: expect.stringContaining("was revoked") as unknown,
    });
    await sink.close();
  });

  test("keeps what it writes to its owner, in a folder that others can open", async () => {
    await chmod(folder, 0o755);
    await begin();
    for (const file of ["history.duckdb", "state.sqlite"]) {
      expect((await stat(join(folder, file))).mode & 0o077).toBe(0);
    }
  });

  test("does not start beside another on the same data", async () => {
    await begin();
    const second = await postern("serve", "--data", folder, "--listen", "127.0.0.1:0");
    expect([second.code, second.stderr]).toEqual([1, expect.stringContaining("[history_locked]")]);
  });
});

describe.skipIf(lacksPostgres())("with its state in PostgreSQL", () => {
  test("a collector stores and tells as with SQLite", async () => {
    const postgres = await PrivatePostgres.open();
    try {
      const urlFile = join(folder, "state-url");
      await writeFile(urlFile, `${await postgres.database()}\n`);
      const own = await begin("--state-url-file", urlFile);
      await makeToken("--state-url-file", urlFile);
      await Promise.all(observers.map((observer) => ship(own.url, observer, 10, () => {})));
      expect(await own.end("SIGTERM")).toBe(0);
      expect(await stored()).toEqual(expected(10));
      const told = await postern("sources", "--state-url-file", urlFile, "-o", "json");
      expect(JSON.parse(told.stdout)).toMatchObject({
        observers: observers.map((observer) => ({ observer, lastSequence: 10 })),
      });
    } finally {
      await served?.end("SIGKILL");
      await postgres.close();
    }
  });
});
