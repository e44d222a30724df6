import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Client } from "../../../src/adapters/clickhouse/client.ts";
import type { ClickHouseConfig } from "../../../src/adapters/clickhouse/config.ts";
import type { EdgeStore } from "../../../src/app/history/edge-store.ts";
import type { TrafficReader } from "../../../src/app/history/traffic-reader.ts";
import { batchForTest, hourMs, monday } from "../../history/batch-for-test.ts";
import { findChdb } from "./installation.ts";
import { openStore, PrivateClickHouse } from "./private-clickhouse.ts";

const chdb = await findChdb();
const docs = await readFile(new URL("../../../docs/history.md", import.meta.url), "utf8");
/** Those on a cluster come besides. */
const granted = [...docs.matchAll(/^GRANT (.* ON (?!\*\.\*).*) TO postern;/gm)].map(([, rights = ""]) => rights);
/** What a profile may say, and what would make answers short. */
const profile = { max_rows_to_group_by: 3, group_by_overflow_mode: "any", limit: 1 };

/** The only user of a server, with rights and a profile. */
async function startedFor(
  rights: readonly string[],
  own: Readonly<Record<string, number | string>>,
): Promise<PrivateClickHouse> {
  return PrivateClickHouse.start(chdb!, async (folder) => {
    const users = join(folder, "users.xml");
    await writeFile(join(folder, "config.xml"), `<clickhouse><users_config>${users}</users_config></clickhouse>`);
    const settings = Object.entries(own).map(([name, value]) => `<${name}>${value}</${name}>`);
    const grants = rights.map((text) => `<query>GRANT ${text}</query>`);
    const user = ["<password/><networks><ip>::/0</ip></networks>", "<profile>default</profile><quota>default</quota>"];
    await writeFile(
      users,
      `<clickhouse><profiles><default>${settings.join("")}</default></profiles><quotas><default/></quotas>
       <users><default>${user.join("")}<grants>${grants.join("")}</grants></default></users></clickhouse>`,
    );
  });
}

describe.skipIf(chdb === undefined)("a user of ClickHouse", () => {
  const window = { fromMs: monday * hourMs, toMs: (monday + 72) * hourMs };
  const asked = { cluster: undefined, namespace: undefined, window, limit: 100 };
  const batch = batchForTest(
    Array.from({ length: 9 }, (_, n) => [`shop/Deployment/w${n} tcp 192.0.2.${n}:443 api.example.com`, n, 1] as const),
  );

  describe("who has the rights that the manual names", () => {
    let clickhouse: PrivateClickHouse;
    let own: ClickHouseConfig;
    let store: EdgeStore & TrafficReader;
    beforeAll(async () => {
      clickhouse = await startedFor(granted, {});
      own = clickhouse.fresh({ database: "postern" });
      store = await openStore(own);
      await store.append([batch]);
    });
    afterAll(async () => {
      await store?.close();
      await clickhouse?.close();
    });

    test("has no others", async () => {
      expect(granted).toHaveLength(4);
      const client = new Client(own);
      await expect(client.command("CREATE DATABASE other")).rejects.toMatchObject({
        failure: { code: "history_no_permission", message: expect.stringContaining("CREATE DATABASE") as string },
      });
      await client.close();
    });

    test("may ask, and stop a question", async () => {
      expect((await store.edges(asked)).edges).toHaveLength(9);
      expect(await store.names(asked)).toHaveLength(9);
      expect(await store.coarse(asked)).toEqual([]);
      expect(await store.newDestinations({ ...asked, sinceMs: 0 })).toHaveLength(9);
      expect(await store.topTalkers({ ...asked, of: "workload", by: "flows" })).toHaveLength(9);
      expect(await store.sourceHealth(asked)).toEqual([]);
      expect(await store.coverage()).toHaveLength(1);
      const client = new Client(own);
      await client.command("KILL QUERY WHERE query_id = 'none' ASYNC");
      await client.close();
    });

    test("may keep it in order, export it, and open it with another plan", async () => {
      const plan = { nowMs: (monday + 72) * hourMs, hourlyDays: 1, dailyDays: 4000 };
      await store.maintain(plan);
      await store.maintain(plan);
      expect((await store.edges(asked)).edges).toHaveLength(9);
      const { rows } = await store.exportParquet(join(clickhouse.folder, "export"), window, {});
      expect(rows).toBe(18);
      await (await openStore({ ...own, keep: { hourlyDays: 4500, dailyDays: 5000 } })).close();
    });
  });

  test("whose profile ends questions early is told so, and gets no short answer", async () => {
    const clickhouse = await startedFor(granted, profile);
    try {
      const client = new Client(clickhouse.fresh());
      expect(await client.rows("SELECT number FROM numbers(5)")).toHaveLength(5);
      await expect(client.rows("SELECT number FROM numbers(50) GROUP BY number")).rejects.toMatchObject({
        failure: { code: "history_too_much", message: expect.stringContaining("within its limits") as string },
      });
      await client.close();
    } finally {
      await clickhouse.close();
    }
  });
});
