import { spawn } from "node:child_process";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { DuckDBInstance } from "@duckdb/node-api";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openDuckDbStore } from "../../src/adapters/duckdb/edge-store.ts";
import type { EdgeStore } from "../../src/app/history/edge-store.ts";
import { HistoryUnavailable } from "../../src/app/history/history-unavailable.ts";
import type { TrafficReader } from "../../src/app/history/traffic-reader.ts";
import { batchForTest, hourMs, monday } from "./batch-for-test.ts";
import { edgeStoreContract } from "./edge-store-contract.ts";
import { trafficContract } from "./traffic-contract.ts";

let folder = "";
let opened = 0;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "postern-history-"));
});
afterAll(async () => rm(folder, { recursive: true }));

function fresh(): string {
  opened += 1;
  return join(folder, String(opened));
}

/** As if every row were a hundred thousand: what comes is put in order behind each write, and an owner is a transaction. */
const order = { tailRows: 1, unmergedRows: 1, unmergedPart: 0.5, pieceRows: 1, movedRows: 2 };

/** @param own ordered as it comes, one way or the other by turns */
async function open(own: string): Promise<EdgeStore & TrafficReader> {
  const isOrdered = opened % 2 === 0;
  const store = await openDuckDbStore({ folder: own, access: "write", threads: 2, ...(isOrdered ? { order } : {}) });
  if (!store.ok) throw new Error(store.error.message);
  return store.value;
}

async function codeOf(own: string, access: "read" | "write" = "read"): Promise<string> {
  const store = await openDuckDbStore({ folder: own, access });
  if (!store.ok) return store.error.code;
  await store.value.close();
  return "open";
}

edgeStoreContract(async () => open(fresh()));
trafficContract(async () => open(fresh()));

/** A DuckDB file made by hand where a history would be. */
async function databaseWith(...statements: readonly string[]): Promise<string> {
  const own = fresh();
  await mkdir(own);
  const instance = await DuckDBInstance.create(join(own, "history.duckdb"));
  const connection = await instance.connect();
  for (const sql of statements) await connection.run(sql);
  connection.closeSync();
  instance.closeSync();
  return own;
}

describe("a folder that cannot be used says why", () => {
  test("there is none", async () => {
    expect(await codeOf(fresh())).toBe("history_none");
  });

  test("it is a file", async () => {
    const own = fresh();
    await writeFile(own, "");
    expect(await codeOf(own)).toBe("history_not_a_folder");
    expect(await codeOf(own, "write")).toBe("history_not_a_folder");
  });

  test("the file in it is something else", async () => {
    const own = fresh();
    await mkdir(own);
    await writeFile(join(own, "history.duckdb"), "not a database ".repeat(1000));
    expect(await codeOf(own)).toBe("history_not_readable");
    expect(await codeOf(own, "write")).toBe("history_not_readable");
  });

  test("the file in it is another program's database", async () => {
    const own = await databaseWith("CREATE TABLE sales (id INTEGER)");
    expect(await codeOf(own, "write")).toBe("history_not_readable");
  });

  test("a newer Postern wrote it", async () => {
    const own = await databaseWith("CREATE TABLE format (version INTEGER)", "INSERT INTO format VALUES (1000)");
    expect(await codeOf(own, "write")).toBe("history_too_new");
  });

  test("an older Postern wrote it, and nobody has opened it for changes since", async () => {
    const own = await databaseWith("CREATE TABLE format (version INTEGER, written_at TIMESTAMP)");
    expect(await codeOf(own)).toBe("history_too_old");
  });

  test("this process has it open, under another name of the folder too", async () => {
    const own = fresh();
    const store = await open(own);
    expect(await codeOf(join(own, "..", String(opened)))).toBe("history_locked");
    await store.close();
    expect(await codeOf(own)).toBe("open");
  });

  test("another process has it open", async () => {
    const own = fresh();
    const child = fileURLToPath(new URL("./appending-child.ts", import.meta.url));
    const running = spawn(process.execPath, [child, own, "1"], { stdio: ["ignore", "pipe", "inherit"] });
    const ended = new Promise((resolve) => {
      running.once("close", resolve);
    });
    await new Promise((resolve) => {
      running.stdout.once("data", resolve);
    });
    running.stdout.resume();
    expect(await codeOf(own)).toBe("history_locked");
    running.kill("SIGKILL");
    await ended;
    expect(await codeOf(own)).toBe("open");
  });
});

test("a store that is closed waits for no answer", async () => {
  const own = fresh();
  const store = await open(own);
  const far = Array.from(
    { length: 2000 },
    (_, i) => [`shop/Deployment/cart tcp 192.0.2.${i % 256}:${i}`, i % 60, 1] as const,
  );
  await store.append([batchForTest(far)]);
  const asked = {
    cluster: undefined,
    namespace: undefined,
    window: { fromMs: 0, toMs: (monday + 99) * hourMs },
    limit: 9,
  };
  // Answered or stopped, whichever is first; never left open, and never on a file that is closed.
  const answers = Array.from({ length: 20 }, async () => store.edges(asked).catch((error: unknown) => error));
  const told = (async () => Promise.all(answers))();
  await store.close();
  expect(await told).toHaveLength(20);
  expect(await codeOf(own)).toBe("open");
  await expect(store.coverage()).rejects.toThrow("the history is closed");
});

test("a store that is closed while it is maintained stops in order, and goes on later", async () => {
  const own = fresh();
  const store = await open(own);
  const hours = Array.from({ length: 200 }, (_, i) => ["shop/Deployment/cart tcp 192.0.2.1:443", i, 1] as const);
  await store.append([batchForTest([...hours, ...hours])]);
  const plan = { nowMs: (monday + 300) * hourMs, hourlyDays: 1, dailyDays: 90 };
  const maintained = store.maintain(plan);
  await Promise.all([maintained, store.close()]);
  const again = await open(own);
  const question = { cluster: "east", namespace: "shop", window: { fromMs: 0, toMs: 2e12 }, limit: 9 };
  expect((await again.edges(question)).edges.map(({ flows }) => flows)).toEqual([400]);
  await again.maintain(plan);
  expect(await again.maintain(plan)).toEqual({ rolledUp: 0, dropped: 0 });
  expect((await again.edges(question)).edges.map(({ flows }) => flows)).toEqual([400]);
  await again.close();
});

describe("an export", () => {
  const cart = "shop/Deployment/cart tcp";
  const edges = [
    [`${cart} 192.0.2.1:443 api.example.com`, 0, 3],
    [`${cart} [2001:db8::ffff:1]:443`, 1, 2],
    [`${cart} 10.0.0.0/8:443 denied`, 24, 1],
  ] as const;
  const window = { fromMs: 0, toMs: (monday + 1000) * hourMs };

  test("has a file for each table and day, which other programs read", async () => {
    const store = await open(fresh());
    await store.append([batchForTest(edges)]);
    const out = fresh();
    const told: number[] = [];
    const { files, rows } = await store.exportParquet(out, window, { onRows: (own) => told.push(own) });
    await store.close();
    expect((await readdir(out)).toSorted()).toEqual([
      "edges-2026-11-02.parquet",
      "edges-2026-11-03.parquet",
      "names-2026-11-02.parquet",
    ]);
    expect([files.length, rows, told]).toEqual([3, 4, [2, 3, 4]]);
    const instance = await DuckDBInstance.create();
    const connection = await instance.connect();
    const reader = await connection.runAndReadAll(
      `SELECT address, prefix_length, verdict, flows, strftime(hour, '%Y-%m-%d %H') AS hour FROM '${out}/edges-*.parquet' ORDER BY hour`,
    );
    expect(reader.getRowsJS()).toEqual([
      ["192.0.2.1", null, "seen", 3, "2026-11-02 00"],
      ["2001:0db8:0000:0000:0000:0000:ffff:0001", null, "seen", 2, "2026-11-02 01"],
      ["10.0.0.0", 8, "denied", 1, "2026-11-03 00"],
    ]);
    connection.closeSync();
    instance.closeSync();
  });

  test("does not touch a folder that has something, and leaves nothing half-written when it is interrupted", async () => {
    const store = await open(fresh());
    await store.append([batchForTest(edges)]);
    const full = fresh();
    await mkdir(full);
    await writeFile(join(full, "notes"), "");
    const refused = store.exportParquet(full, window, {});
    await expect(refused).rejects.toThrow(HistoryUnavailable);
    const interruption = new AbortController();
    const out = fresh();
    const stopped = store.exportParquet(out, window, {
      onRows: () => interruption.abort(),
      signal: interruption.signal,
    });
    await expect(stopped).rejects.toThrow("aborted");
    expect(await readdir(out)).toEqual(["edges-2026-11-02.parquet"]);
    await store.close();
  });
});
