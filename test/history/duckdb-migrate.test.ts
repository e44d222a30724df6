import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openDuckDbStore } from "../../src/adapters/duckdb/edge-store.ts";
import { migrations } from "../../src/adapters/duckdb/migrations.ts";
import type { EdgeStore } from "../../src/app/history/edge-store.ts";
import { batchForTest, hourMs, monday } from "./batch-for-test.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "postern-history-"));
});
afterAll(async () => rm(folder, { recursive: true }));

async function open(own = folder): Promise<EdgeStore> {
  const store = await openDuckDbStore({ folder: own, access: "write", threads: 2 });
  if (!store.ok) throw new Error(store.error.message);
  return store.value;
}

test("a file of the second format is brought up to date with its edges, names and deciders, and read by who may not write", async () => {
  const own = join(folder, "second");
  await mkdir(own);
  const instance = await DuckDBInstance.create(join(own, "history.duckdb"));
  const connection = await instance.connect();
  await connection.run("CREATE TABLE format (version INTEGER NOT NULL, written_at TIMESTAMP NOT NULL)");
  for (const sql of migrations.slice(0, 2)) await connection.run(sql);
  await connection.run("INSERT INTO format VALUES (1, now()::TIMESTAMP), (2, now()::TIMESTAMP)");
  await connection.run("INSERT INTO sources VALUES (1, 'netobserv')");
  await connection.run("INSERT INTO owners VALUES (1, 1, 'east', 'shop', 'Deployment', 'cart')");
  // 2001:db8::1 tcp/443, as the largest numbers are kept.
  const address = (0x20010db8n << 96n) | 1n;
  await connection.run(
    `INSERT INTO edge_rows VALUES (1, 1, 6, ${address}, 0, 443, 0, 0, 1, ${monday}, 2, 200, 1000, 2000, ['EgressFirewall/shop/default#1'])`,
  );
  const heardMs = monday * hourMs;
  await connection.run(
    `INSERT INTO name_rows VALUES (1, 1, 6, ${address}, 'api.example.com', 1, 1, ${Math.floor(monday / 24)}, [], 60, 1, ${heardMs}, ${heardMs})`,
  );
  connection.closeSync();
  instance.closeSync();
  expect(await openDuckDbStore({ folder: own, access: "read" })).toMatchObject({ error: { code: "history_too_old" } });
  await (await open(own)).close();
  const reading = await openDuckDbStore({ folder: own, access: "read" });
  if (!reading.ok) throw new Error(reading.error.message);
  const window = { fromMs: 0, toMs: 2e12 };
  const { edges } = await reading.value.edges({ cluster: "east", namespace: "shop", window, limit: 9 });
  const names = await reading.value.names({ cluster: "east", namespace: "shop", window, limit: 9 });
  await reading.value.close();
  expect(edges.map((edge) => [edge.address, edge.flows, edge.names, edge.decidedBy])).toEqual([
    [{ family: 6, value: address }, 2, ["api.example.com"], ["EgressFirewall/shop/default#1"]],
  ]);
  expect(names.map(({ name, address: { value } }) => [name, value])).toEqual([["api.example.com", address]]);
});

test("a file of the first format is brought up to date with what it holds", async () => {
  const instance = await DuckDBInstance.create(join(folder, "history.duckdb"));
  const connection = await instance.connect();
  await connection.run("CREATE TABLE format (version INTEGER NOT NULL, written_at TIMESTAMP NOT NULL)");
  await connection.run(migrations[0]!);
  await connection.run("INSERT INTO format VALUES (1, now()::TIMESTAMP)");
  await connection.run("INSERT INTO sources VALUES (1, 'netobserv')");
  await connection.run("INSERT INTO owners VALUES (1, 1, 'east', 'shop', 'Deployment', 'cart')");
  // 192.0.2.1 tcp/443, seen, from before anybody told what decided it.
  await connection.run(
    `INSERT INTO edge_rows VALUES (1, 1, 4, 3221225985, 0, 443, 0, 0, 1, ${monday}, 2, 200, 1000, 2000)`,
  );
  connection.closeSync();
  instance.closeSync();

  const store = await open();
  const [first] = batchForTest([["shop/Deployment/cart tcp 192.0.2.1:443", 1, 3]]).edges;
  const batch = batchForTest([["shop/Deployment/cart tcp 192.0.2.1:443", 1, 3]]);
  await store.append([{ ...batch, edges: [{ ...first!, decidedBy: ["NetworkPolicy/shop/web#0"] }] }]);
  const question = { cluster: "east", namespace: "shop", window: { fromMs: 0, toMs: 2e12 }, limit: 9 };
  const told = async (): Promise<unknown> =>
    (await store.edges(question)).edges.map(({ flows, decidedBy }) => [flows, decidedBy]);
  expect(await told()).toEqual([[5, ["NetworkPolicy/shop/web#0"]]]);
  await store.maintain({ nowMs: (monday + 100) * hourMs, hourlyDays: 1, dailyDays: 90 });
  expect(await told()).toEqual([[5, ["NetworkPolicy/shop/web#0"]]]);
  await store.close();
  await (await open()).close();
});
