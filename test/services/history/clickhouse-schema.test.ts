import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Client } from "../../../src/adapters/clickhouse/client.ts";
import type { ClickHouseConfig } from "../../../src/adapters/clickhouse/config.ts";
import { openClickHouseStore } from "../../../src/adapters/clickhouse/edge-store.ts";
import { migrate, type SchemaClient } from "../../../src/adapters/clickhouse/migrate.ts";
import { migrations } from "../../../src/adapters/clickhouse/migrations.ts";
import type { EdgeStore } from "../../../src/app/history/edge-store.ts";
import { batchForTest, hourMs, monday } from "../../history/batch-for-test.ts";
import { findChdb } from "./installation.ts";
import { openStore, PrivateClickHouse } from "./private-clickhouse.ts";

const chdb = await findChdb();

/** A client of which some things are otherwise. */
function but(client: Client, others: Partial<SchemaClient>): SchemaClient {
  return {
    config: client.config,
    table: (name) => client.table(name),
    command: async (statement) => client.command(statement),
    rows: async (query, parameters) => client.rows(query, parameters),
    insert: async (table, values, token) => client.insert(table, values, token),
    ...others,
  };
}
const always = { fromMs: 0, toMs: (monday + 100_000) * hourMs };
const question = { cluster: undefined, namespace: undefined, window: always, limit: 10 };
const decider = "NetworkPolicy/shop/web#0";

describe.skipIf(chdb === undefined)("the form of a history on ClickHouse", () => {
  let clickhouse: PrivateClickHouse;
  let plain: Client;
  beforeAll(async () => {
    clickhouse = await PrivateClickHouse.start(chdb!);
    plain = new Client(clickhouse.fresh({ database: "default" }));
  });
  afterAll(async () => {
    await plain.close();
    await clickhouse.close();
  });

  /** A history as the first Postern made it, with flows of cart: two in the first hour of Monday. */
  async function ofTheFirst(given: Partial<ClickHouseConfig> = {}): Promise<ClickHouseConfig> {
    const config = clickhouse.fresh(given);
    const text = await readFile(new URL("./first-tables.sql", import.meta.url), "utf8");
    const { hourlyDays, dailyDays } = config.keep;
    const statements = text
      .replaceAll("{db}", config.database)
      .replaceAll("{hoursKept}", String((hourlyDays + 7) * 86_400))
      .replaceAll("{daysKept}", String((dailyDays + 7) * 86_400))
      .split("\n");
    for (const statement of statements) if (/^[A-Z]/.test(statement)) await plain.command(statement.replace(/;$/, ""));
    await plain.command(
      `INSERT INTO ${config.database}.edges_per_hour_v1 VALUES ('east', 'shop', 'cart', 'Deployment', 4, 3221225985, 0, 443, 0, 0,
        'netobserv', ${monday}, 2, 200, ${monday * hourMs + 1000}, ${monday * hourMs + 2000})`,
    );
    return config;
  }

  async function columns({ database }: ClickHouseConfig): Promise<readonly string[]> {
    const rows = await plain.rows(
      `SELECT concat(table, ' ', name, ' ', type) AS told FROM system.columns WHERE database = {database:String} ORDER BY told`,
      { database },
    );
    return rows.map((row) => row.text("told"));
  }

  async function told(store: EdgeStore): Promise<unknown> {
    return (await store.edges(question)).edges.map(({ flows, decidedBy }) => [flows, decidedBy]);
  }

  function decidedBatch(sequence: number): ReturnType<typeof batchForTest> {
    const batch = batchForTest([["shop/Deployment/cart tcp 192.0.2.1:443", 1, 3]], { sequence });
    return { ...batch, edges: batch.edges.map((edge) => ({ ...edge, decidedBy: [decider] })) };
  }

  test("tables of the first version are brought to the form of new ones, with what they hold", async () => {
    const own = await ofTheFirst();
    const store = await openStore(own);
    expect(await told(store)).toEqual([[2, []]]);
    await store.append([decidedBatch(1)]);
    expect(await told(store)).toEqual([[5, [decider]]]);
    // Days have the column as well, and what the view adds to them.
    await store.maintain({ nowMs: (monday + 100) * hourMs, hourlyDays: 1, dailyDays: 4000 });
    expect(await told(store)).toEqual([[5, [decider]]]);
    await store.close();
    const fresh = clickhouse.fresh();
    await (await openStore(fresh)).close();
    expect(await columns(own)).toEqual(await columns(fresh));
  });

  test.each([
    ["nothing is there", () => Promise.resolve(clickhouse.fresh()), 12],
    ["tables of the first version are there", async () => ofTheFirst(), 14],
  ])("many may start at once where %s", async (_, database, flows) => {
    const own = await database();
    const stores = await Promise.all(Array.from({ length: 4 }, async () => openStore(own)));
    for (const [i, store] of stores.entries()) await store.append([decidedBatch(i + 1)]);
    for (const store of stores) {
      expect(await told(store)).toEqual([[flows, [decider]]]);
      await store.close();
    }
  });

  test("who dies after any statement leaves the rest to the next", async () => {
    const fresh = clickhouse.fresh();
    await (await openStore(fresh)).close();
    const newest = await columns(fresh);
    for (let after = 0, isDead = true; isDead; after += 3) {
      const own = await ofTheFirst();
      const client = new Client(own);
      let left = after;
      const dying = but(client, {
        command: async (statement: string) => {
          left -= 1;
          if (left < 0) throw new Error("dead");
          await client.command(statement);
        },
      });
      isDead = await migrate(dying, 0).then(
        () => false,
        () => true,
      );
      await client.close();
      const store = await openStore(own);
      await store.append([decidedBatch(1)]);
      expect(await told(store)).toEqual([[5, [decider]]]);
      await store.close();
      expect(await columns(own)).toEqual(newest);
    }
  });

  test("a history that is up to date is opened without a statement that changes anything", async () => {
    const own = clickhouse.fresh();
    await (await openStore(own)).close();
    const client = new Client(own);
    const command: SchemaClient["command"] = (statement) => Promise.reject(new Error(statement));
    await migrate(but(client, { command }), 0);
    const later = { ...own, keep: { hourlyDays: 4500, dailyDays: 5000 } };
    const [changed] = await Promise.allSettled([migrate(but(client, { command, config: later }), 0)]);
    expect(changed).toMatchObject({ reason: { message: expect.stringContaining("MODIFY TTL") as string } });
    await client.close();
  });

  test.each([
    [
      "that a newer postern has used",
      async (own: ClickHouseConfig) => {
        await plain.command(`INSERT INTO ${own.database}.schema_v1 VALUES (${migrations.length + 1}, 0)`);
        return own;
      },
      "history_too_new",
      "run that version or a later one",
    ],
    [
      "of a single node for a cluster",
      (own: ClickHouseConfig) => Promise.resolve({ ...own, cluster: "main" }),
      "history_cluster_mismatch",
      "leave `--clickhouse-cluster` out, or name another database",
    ],
  ])("a history %s is refused", async (_, change, code, mend) => {
    const own = clickhouse.fresh();
    await (await openStore(own)).close();
    const refused = await openClickHouseStore(await change(own));
    expect(refused).toMatchObject({ ok: false, error: { code } });
    expect(refused.ok ? "" : refused.error.message).toContain(mend);
  });

  test("hours that nobody rolled up are kept as long as days, whatever the plan was when they were made", async () => {
    // The server drops by its own clock: a hundred days ago is past 14 and within 400.
    const hour = Math.floor(Date.now() / hourMs) - 100 * 24;
    const own = await ofTheFirst({ keep: { hourlyDays: 14, dailyDays: 400 } });
    const store = await openStore(own);
    const [first, second] = [0, 1].map((n) =>
      batchForTest([["shop/Deployment/cart tcp 192.0.2.1:443", hour + n - monday, 3]], { sequence: 1 + n }),
    );
    await store.append([first!, second!]);
    for (const table of ["edges_per_hour_v1", "edges_per_day_v1"]) {
      await plain.command(`OPTIMIZE TABLE ${own.database}.${table} FINAL`);
    }
    const window = { fromMs: hour * hourMs, toMs: (hour + 2) * hourMs };
    const activity = async (): Promise<unknown> =>
      (await store.edges({ ...question, window })).edges.map((edge) => edge.activity);
    expect(await activity()).toEqual([
      [
        { hour, flows: 3 },
        { hour: hour + 1, flows: 3 },
      ],
    ]);
    const plan = { nowMs: Date.now(), hourlyDays: 14, dailyDays: 400 };
    await store.maintain(plan);
    await store.maintain(plan);
    const flows = (await store.edges({ ...question, window })).edges.map((edge) => edge.flows);
    expect(flows).toEqual([6]);
    await store.close();
  });
});
