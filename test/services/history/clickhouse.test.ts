import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Client } from "../../../src/adapters/clickhouse/client.ts";
import type { ClickHouseConfig } from "../../../src/adapters/clickhouse/config.ts";
import { dayTables } from "../../../src/adapters/clickhouse/ddl.ts";
import { openClickHouseStore } from "../../../src/adapters/clickhouse/edge-store.ts";
import { statementsFrom } from "../../../src/adapters/clickhouse/migrations.ts";
import type { EdgeStore } from "../../../src/app/history/edge-store.ts";
import { batchForTest, hourMs, monday } from "../../history/batch-for-test.ts";
import { edgeStoreContract } from "../../history/edge-store-contract.ts";
import { trafficContract } from "../../history/traffic-contract.ts";
import { findChdb } from "./installation.ts";
import { openStore, PrivateClickHouse } from "./private-clickhouse.ts";

const chdb = await findChdb();
const always = { fromMs: 0, toMs: (monday + 100_000) * hourMs };

describe.skipIf(chdb === undefined)("on ClickHouse", () => {
  let clickhouse: PrivateClickHouse;
  beforeAll(async () => {
    clickhouse = await PrivateClickHouse.start(chdb!);
  });
  afterAll(async () => clickhouse.close());

  // A database of ten tables for each run takes its time.
  const databases = new WeakMap<EdgeStore, ClickHouseConfig>();
  const opened = async (): Promise<EdgeStore> => {
    const own = clickhouse.fresh();
    const store = await openStore(own);
    databases.set(store, own);
    return store;
  };
  const merge = async (store: EdgeStore): Promise<void> => {
    const client = new Client(databases.get(store)!);
    for (const { name } of dayTables) await client.command(`OPTIMIZE TABLE ${client.table(name)}`);
    await client.close();
  };
  edgeStoreContract(opened, { runs: 6, merge });
  trafficContract(async () => openStore(clickhouse.fresh()), 5);

  test("a batch whose insert was acknowledged and whose mark was not written counts once", async () => {
    const own = clickhouse.fresh();
    const store = await openStore(own);
    const batch = batchForTest([["shop/Deployment/cart tcp 192.0.2.1:443 api.example.com", 0, 5]]);
    await store.append([batch]);
    const client = new Client(own);
    await client.command(`TRUNCATE TABLE ${client.table("marks_v1")}`);
    expect(await store.known([batch])).toEqual([false]);
    // The server forgets no token with the mark: the rows are not inserted again, the days behind the view neither.
    expect(await store.append([batch])).toEqual(["stored"]);
    const question = { cluster: undefined, namespace: undefined, window: always, limit: 10 };
    expect((await store.edges(question)).edges.map(({ flows }) => flows)).toEqual([5]);
    await store.maintain({ nowMs: (monday + 400) * hourMs, hourlyDays: 1, dailyDays: 4000 });
    expect((await store.edges(question)).edges.map(({ flows }) => flows)).toEqual([5]);
    expect((await store.names(question)).map(({ count }) => count)).toEqual([1]);
    await client.close();
    await store.close();
  });

  test("opening twice changes nothing, and another plan is taken over", async () => {
    const own = clickhouse.fresh();
    const store = await openStore(own);
    await store.append([batchForTest([["shop/Deployment/cart tcp 192.0.2.1:443", 0, 5]])]);
    await store.close();
    const again = await openStore({ ...own, keep: { hourlyDays: 4500, dailyDays: 5000 } });
    expect(await again.coverage()).toHaveLength(1);
    await again.close();
  });

  test("an export has a file for each table and day", async () => {
    const store = await openStore(clickhouse.fresh());
    await store.append([
      batchForTest([
        ["shop/Deployment/cart tcp 192.0.2.1:443 api.example.com", 0, 3],
        ["shop/Deployment/cart tcp [2001:db8::1]:443", 24, 2],
      ]),
    ]);
    const out = join(clickhouse.folder, "export");
    const { rows } = await store.exportParquet(out, always, {});
    expect([rows, await readdir(out)]).toEqual([
      3,
      ["edges-2026-11-02.parquet", "edges-2026-11-03.parquet", "names-2026-11-02.parquet"],
    ]);
    const client = new Client(clickhouse.fresh());
    const read = await client.rows(
      `SELECT address_text, verdict, flows, toString(toUnixTimestamp(hour_start)) AS hour FROM file('${out}/edges-*.parquet') ORDER BY flows`,
    );
    const told = read.map((row) => [
      row.text("address_text"),
      row.text("verdict"),
      row.number("flows"),
      Number(row.text("hour")) / 3600 - monday,
    ]);
    expect(told).toEqual([
      ["2001:0db8:0000:0000:0000:0000:0000:0001", "seen", 2, 24],
      ["192.0.2.1", "seen", 3, 0],
    ]);
    await client.close();
    await store.close();
  });

  test("the statements for a cluster are ones that ClickHouse understands", async () => {
    const client = new Client(clickhouse.fresh());
    const statements = statementsFrom(0, clickhouse.fresh({ cluster: "main" }));
    expect(statements.filter((sql) => !sql.includes("ON CLUSTER `main`"))).toEqual([]);
    for (const sql of statements) {
      const [row] = await client.rows("SELECT formatQuerySingleLine({sql:String}) AS sql", { sql });
      expect(row?.text("sql")).toContain("ON CLUSTER main");
    }
    await client.close();
  });
});

test("a server that is not there is told", async () => {
  const keep = { hourlyDays: 14, dailyDays: 400 };
  const own = {
    urls: ["http://127.0.0.1:9"],
    user: "default",
    password: "",
    database: "postern",
    cluster: undefined,
    keep,
  };
  const store = await openClickHouseStore(own);
  expect(store.ok ? "" : store.error.code).toBe("history_unreachable");
});
