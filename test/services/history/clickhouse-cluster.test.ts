import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Client } from "../../../src/adapters/clickhouse/client.ts";
import type { ClickHouseConfig } from "../../../src/adapters/clickhouse/config.ts";
import { statementsFrom } from "../../../src/adapters/clickhouse/migrations.ts";
import type { EdgeStore } from "../../../src/app/history/edge-store.ts";
import { batchForTest, hourMs, monday } from "../../history/batch-for-test.ts";
import { findChdb } from "./installation.ts";
import { lacksOldClickHouse, OldCluster } from "./old-cluster.ts";
import { questionsToACluster } from "./old-questions.ts";
import { questionsToAServer } from "./old-server.ts";
import { openStore, PrivateClickHouse } from "./private-clickhouse.ts";
import { lacksZooKeeper, PrivateZooKeeper } from "./private-zookeeper.ts";

const hosts = [0, 1, 2, 3];
const keep = { hourlyDays: 14, dailyDays: 400 };

async function until<T>(ask: () => Promise<T>, isSo: (answer: T) => boolean): Promise<T> {
  let answer = await ask();
  for (let tries = 0; tries < 1200 && !isSo(answer); tries += 1) {
    await sleep(50);
    answer = await ask();
  }
  if (!isSo(answer)) throw new Error(`it did not come to that: ${JSON.stringify(answer)}`);
  return answer;
}

describe.skipIf([lacksZooKeeper(), lacksOldClickHouse()].includes(true))(
  "a cluster of two shards, two replicas",
  () => {
    let zookeeper: PrivateZooKeeper;
    let cluster: OldCluster;
    let own: ClickHouseConfig;
    let store: EdgeStore;
    beforeAll(async () => {
      zookeeper = await PrivateZooKeeper.start();
      cluster = await OldCluster.start(zookeeper);
      own = { urls: [cluster.url], user: "default", password: "", database: "postern", cluster: "main", keep };
      store = await openStore(own);
    }, 120_000);
    afterAll(async () => {
      await store?.close();
      await cluster?.close();
      await zookeeper?.close();
    });

    describe("questions", () => {
      questionsToACluster(
        () => cluster,
        "asked",
        async () => openStore({ ...own, database: "asked" }),
      );
    });
    describe("one host", () => {
      questionsToAServer(() => cluster);
    });

    /** Of 24 workloads in one day, one flow each. */
    const batch = (sequence: number): ReturnType<typeof batchForTest> =>
      batchForTest(
        Array.from({ length: 24 }, (_, n) => [`shop/Deployment/w${n} tcp 192.0.2.${sequence}:443`, n, 1] as const),
        { sequence },
      );

    /** What each host has of a table, when replicas agree. */
    async function flowsOfShards(table: string, whole: number): Promise<readonly number[]> {
      const counts = await until(
        async () =>
          Promise.all(
            hosts.map(async (at) =>
              Number((await cluster.ask(at, `SELECT sum(flows) FROM postern.${table}_local`))[0]),
            ),
          ),
        ([a, b, c, d]) => a === b && c === d && whole === a! + c!,
      );
      return [counts[0]!, counts[2]!];
    }

    test("has the tables on every host, under the macros of each", async () => {
      const replicas = await Promise.all(
        hosts.map(async (at) =>
          cluster.ask(
            at,
            `SELECT zookeeper_path, replica_name, is_readonly, total_replicas FROM system.replicas
           WHERE database = 'postern' AND table LIKE 'edges_per_hour%' FORMAT CSV`,
          ),
        ),
      );
      const path = (shard: number): string => `"/clickhouse/tables/${shard}/postern/edges_per_hour_v1_local"`;
      expect(replicas.flat()).toEqual([
        `${path(1)},"a",0,2`,
        `${path(1)},"b",0,2`,
        `${path(2)},"a",0,2`,
        `${path(2)},"b",0,2`,
      ]);
      const engines = await Promise.all(
        hosts.map(async (at) =>
          cluster.ask(at, "SELECT DISTINCT engine FROM system.tables WHERE database = 'postern' ORDER BY engine"),
        ),
      );
      for (const found of engines) {
        expect(found).toEqual(["Distributed", "MaterializedView", "ReplicatedAggregatingMergeTree"]);
      }
    });

    test("spreads flows by workload, keeps them twice, and counts them in days once", async () => {
      expect(await store.append([batch(1)])).toEqual(["stored"]);
      for (const table of ["edges_per_hour_v1", "edges_per_day_v1"]) {
        for (const flows of await flowsOfShards(table, 24)) expect(flows).toBeGreaterThan(0);
      }
      await store.append([batch(2)]);
      await flowsOfShards("edges_per_hour_v1", 48);
      const [first = [], second = []] = await Promise.all(
        [0, 2].map(async (at) => cluster.ask(at, "SELECT DISTINCT workload FROM postern.edges_per_hour_v1_local")),
      );
      expect(new Set([...first, ...second]).size).toBe(24);
      expect(first.length + second.length).toBe(24);
    });

    test("counts a batch once, also when its mark was lost and a replica that took it is away", async () => {
      // A mark may be read from a replica that does not have it yet.
      const marked = async (at: number): Promise<number> =>
        Number((await cluster.ask(at, "SELECT max(sequence) FROM postern.marks_v1_local"))[0]);
      await until(
        async () => Promise.all(hosts.map(marked)),
        ([a, b, c, d]) => a === b && c === d && 2 === a! + c!,
      );
      expect(await store.append([batch(1), batch(2)])).toEqual(["known", "known"]);
      await cluster.ask(0, "TRUNCATE TABLE postern.marks_v1_local ON CLUSTER main");
      expect(await store.known([batch(1)])).toEqual([false]);
      await cluster.killNode(2);
      // That version goes by what is in an insert, where a newer one goes by its token.
      expect(await store.append([batch(1), batch(2)])).toEqual(["stored", "stored"]);
      for (const table of ["edges_per_hour_v1", "edges_per_day_v1"]) {
        expect(await cluster.ask(0, `SELECT sum(flows) FROM postern.${table}`)).toEqual(["48"]);
      }
    });

    test("goes on while a host is away, and has everything when a shard that was away is back", async () => {
      expect(await store.append([batch(3)])).toEqual(["stored"]);
      expect(await cluster.ask(0, "SELECT sum(flows) FROM postern.edges_per_hour_v1")).toEqual(["72"]);
      // Nothing has to be said to every host when the tables are as they should be.
      await (await openStore(own)).close();
      // Where nobody has the other half, half an answer would be a wrong one.
      await cluster.stopNode(3);
      const window = { fromMs: monday * hourMs, toMs: (monday + 72) * hourMs };
      const asked = { cluster: undefined, namespace: undefined, window, limit: 100 };
      const refused = { failure: { code: "history_not_ready" } };
      await expect(store.edges(asked)).rejects.toMatchObject(refused);
      await expect(store.append([batch(4)])).rejects.toMatchObject(refused);
      await Promise.all([2, 3].map(async (at) => cluster.startNode(at)));
      await until(
        async () => store.append([batch(4)]).catch(() => []),
        ([told]) => told === "stored",
      );
      await flowsOfShards("edges_per_hour_v1", 96);
    });

    test("moves the boundary for every host, and drops hours on all of them by the next upkeep", async () => {
      const plan = { nowMs: (monday + 48) * hourMs, hourlyDays: 1, dailyDays: 400 };
      const first = await store.maintain(plan);
      expect(first.dropped).toBe(0);
      expect(first.rolledUp).toBeGreaterThan(0);
      for (const at of hosts) {
        const told = async (): Promise<readonly string[]> =>
          cluster.ask(at, "SELECT max(hour) FROM postern.boundaries_v1");
        await until(told, ([hour]) => hour === String(monday + 24));
      }
      await flowsOfShards("edges_per_hour_v1", 96);
      expect(await store.maintain(plan)).toEqual({ rolledUp: 0, dropped: 0 });
      await flowsOfShards("edges_per_hour_v1", 0);
      const days = (await cluster.ask(0, "SELECT sum(flows) FROM postern.edges_per_day_v1"))[0];
      expect(Number(days)).toBeGreaterThanOrEqual(96);
    });
  },
);

const chdb = await findChdb();

describe.skipIf(lacksZooKeeper() || chdb === undefined)("two of today's ClickHouse with a ZooKeeper", () => {
  let zookeeper: PrivateZooKeeper;
  beforeAll(async () => {
    zookeeper = await PrivateZooKeeper.start();
  }, 120_000);
  afterAll(async () => zookeeper?.close());

  /** The library reads a configuration, and has neither the queue of `ON CLUSTER` nor a port for other replicas. */
  async function startReplica(replica: string): Promise<PrivateClickHouse> {
    const node = `<node><host>127.0.0.1</host><port>${zookeeper.port}</port></node>`;
    const shard = "<shard><replica><host>127.0.0.1</host><port>9</port></replica></shard>";
    const settings = [
      `<zookeeper>${node}</zookeeper>`,
      `<macros><shard>1</shard><replica>${replica}</replica></macros>`,
      `<remote_servers><main>${shard}</main></remote_servers>`,
    ];
    return PrivateClickHouse.start(chdb!, async (folder) =>
      writeFile(join(folder, "config.xml"), `<clickhouse>${settings.join("")}</clickhouse>`),
    );
  }

  test("are replicas of each other in every table", async () => {
    const replicas = await Promise.all(["a", "b"].map(startReplica));
    try {
      for (const replica of replicas) {
        const own = replica.fresh({ database: "postern", cluster: "main", keep });
        const client = new Client(own);
        // What changes a table is for replicas that may write.
        const makes = statementsFrom(0, own).filter((statement) => statement.startsWith("CREATE "));
        for (const statement of makes) await client.command(statement.replace(" ON CLUSTER `main`", ""));
        await client.close();
      }
      const told = await Promise.all(
        replicas.map(async (replica) => {
          const client = new Client(replica.fresh());
          const rows = await client.rows(
            "SELECT zookeeper_path AS path, replica_name AS replica FROM system.replicas ORDER BY path",
          );
          await client.close();
          return rows.map((row) => `${row.text("path")} ${row.text("replica")}`);
        }),
      );
      expect(told[0]).toContain("/clickhouse/tables/1/postern/edges_per_hour_v1_local a");
      expect(told[0]).toHaveLength(9);
      expect(told[1]).toEqual(told[0]!.map((line) => line.replace(/ a$/, " b")));
    } finally {
      await Promise.all(replicas.map(async (replica) => replica.close()));
    }
  });
});
