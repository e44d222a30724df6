import { afterAll, beforeAll, expect, test } from "vitest";
import type { EdgeStore } from "../../../src/app/history/edge-store.ts";
import type { TrafficReader } from "../../../src/app/history/traffic-reader.ts";
import type { Edge } from "../../../src/pipeline/flows/edge.ts";
import type { SealedBatch } from "../../../src/pipeline/flows/sealed-batch.ts";
import { batchForTest, hourMs, monday } from "../../history/batch-for-test.ts";
import { PlainEdgeStore } from "../../history/plain-edge-store.ts";
import type { OldCluster } from "./old-cluster.ts";

const from = (hour: number): number => (monday + hour) * hourMs;
const window = { fromMs: from(0), toMs: from(72) };
const shop = { cluster: "east", namespace: "shop" };
const everywhere = { cluster: undefined, namespace: undefined };
const owner = "cluster, namespace, workload, kind";
const counted = { malformed: 1, lost: 2, outages: 3, dropped: 4, receivedBytes: 5, samplingMax: 1 };
const health = { ...counted, source: 0, kind: "hubble", lastArrivalMs: undefined } as const;

/** Of many workloads, so that each shard has some; with what policies decided and metrics told. */
function some(text: (n: number) => string, hour: (n: number) => number, fields: Partial<SealedBatch>): SealedBatch {
  const batch = batchForTest(
    Array.from({ length: 40 }, (_, n) => [
      `${n % 3 === 0 ? "pay" : "shop"}/Deployment/w${n} ${text(n)}`,
      hour(n),
      1 + n,
    ]),
    fields,
  );
  const coarse = batch.owners.map((_, n) => {
    const told = { destination: "pub", protocol: "tcp", port: 443, verdict: "seen" } as const;
    return { ...told, owner: n, source: 0, hour: monday + hour(n), flows: n, bytes: undefined };
  });
  const edges = batch.edges.map((edge) => ({
    ...edge,
    decidedBy: [`EgressFirewall/shop/default#${edge.owner % 3}`, `NetworkPolicy/shop/web#${batch.sequence}`],
  }));
  return { ...batch, edges, coarse };
}

const named = (n: number): string =>
  `tcp 192.0.2.${100 + (n % 5)}:443${n % 4 === 0 ? " api.example.com b.example.com" : ""}`;
const early = some(named, (n) => n % 30, {
  sealedAtMs: from(31),
  health: [
    {
      ...health,
      state: "running",
      message: "",
      records: 10,
      lagMs: { mean: 1, max: 9 },
      leftOut: [{ reason: "internal", flows: 7 }],
    },
  ],
});
/** The same hours again, and later ones of another source. */
const moved = [
  some(named, (n) => n % 30, {
    sequence: 2,
    sealedAtMs: from(31) + 1,
    health: [
      {
        ...health,
        state: "retrying",
        message: "nobody is there",
        records: 30,
        lagMs: { mean: 5, max: 8 },
        leftOut: [{ reason: "internal", flows: 3 }],
      },
    ],
  }),
  some(
    (n) => `tcp 192.0.2.${100 + (n % 8)}:443${n % 6 === 0 ? " denied" : ""}`,
    (n) => 40 + (n % 9),
    { sequence: 3, sources: ["hubble"], sealedAtMs: from(50) },
  ),
];

/**
 * What a store asks, through tables that spread over hosts; the answers are those of the obvious store. Half of what each workload,
 * and each observer, has lies on the other shard, as where a shard was added.
 */
export function questionsToACluster(
  cluster: () => OldCluster,
  database: string,
  open: () => Promise<EdgeStore & TrafficReader>,
): void {
  let store: EdgeStore & TrafficReader;
  const plain = new PlainEdgeStore();

  async function spreadOtherwise(table: string, by: string): Promise<void> {
    const name = `${database}.${table}`;
    await cluster().ask(0, `DROP TABLE ${name}`);
    const engine = `Distributed(main, ${database}, ${table}_local, cityHash64(${by}) + 1)`;
    await cluster().ask(0, `CREATE TABLE ${name} AS ${name}_local ENGINE = ${engine}`);
  }

  /** Of each shard any replica is asked, and one may not have yet what the other took. */
  async function replicasAgree(): Promise<void> {
    const local = `SELECT name FROM system.tables WHERE database = '${database}' AND name LIKE '%_local'`;
    const tables = await cluster().ask(0, local);
    const hosts = [0, 1, 2, 3].map(async (at) => {
      for (const table of tables) await cluster().ask(at, `SYSTEM SYNC REPLICA ${database}.${table}`);
    });
    await Promise.all(hosts);
  }

  beforeAll(async () => {
    store = await open();
    await store.append([early]);
    for (const table of ["edges_per_hour_v1", "names_v1", "coarse_v1"]) await spreadOtherwise(table, owner);
    for (const table of ["health_v1", "left_out_v1"]) await spreadOtherwise(table, "cluster, observer");
    await store.append(moved);
    await replicasAgree();
    plain.append([early, ...moved]);
  }, 120_000);
  afterAll(async () => store?.close());

  test.each(["edges_per_hour_v1", "edges_per_day_v1", "names_v1", "coarse_v1"])(
    "each workload lies on both shards in %s",
    async (table) => {
      const workloads = `SELECT DISTINCT workload FROM ${database}.${table}_local ORDER BY workload`;
      const [first, second] = await Promise.all([0, 2].map(async (at) => cluster().ask(at, workloads)));
      expect(first!.length).toBeGreaterThan(9);
      expect(second).toEqual(first);
    },
  );

  test.each([
    ["everywhere", { ...everywhere, window, limit: 1000 }],
    ["of a namespace", { ...shop, window, limit: 1000 }],
    ["of a namespace in some hours", { ...shop, window: { fromMs: from(5), toMs: from(42) }, limit: 1000 }],
    ["of a workload", { ...shop, workload: { kind: "Deployment", name: "w7" }, window, limit: 1000 }],
    ["no more than are wanted", { ...everywhere, window, limit: 7 }],
  ])("edges %s, with their hours, names and the policies that decided", async (_, asked) => {
    expect(await store.edges(asked)).toEqual(plain.edges(asked));
  });

  test("edges in parts", async () => {
    const asked = { ...everywhere, window, limit: 1000 };
    const edges: Edge[] = [];
    const parts = store.edgesInParts!(asked);
    for await (const own of parts) edges.push(...own);
    expect(edges).toEqual(plain.edges(asked).edges);
  });

  test.each([0, 20, 41, 45, 60])("destinations that are new since hour %s, whichever shard knew them", async (hour) => {
    for (const own of [everywhere, shop]) {
      const since = { ...own, sinceMs: from(hour), limit: 100 };
      expect(await store.newDestinations(since)).toEqual(plain.newDestinations(since));
    }
  });

  test.each(["workload", "namespace", "destination"] as const)("top talkers: each %s", async (of) => {
    for (const by of ["flows", "bytes"] as const) {
      const asked = { cluster: "east", window, of, by, limit: 5 };
      expect(await store.topTalkers(asked)).toEqual(plain.topTalkers(asked));
    }
  });

  test.each([
    ["all", {}],
    ["of an address", { address: { family: 4, value: 0xc0_00_02_64n } } as const],
    ["one of them", { name: "b.example.com" }],
  ])("names: %s", async (_, own) => {
    const asked = { ...shop, window, limit: 100, ...own };
    expect(await store.names(asked)).toEqual(plain.names(asked));
  });

  test.each(["hour", "window"] as const)("what metrics told, by %s", async (per) => {
    const asked = { ...shop, window, limit: 1000, per };
    expect(await store.coarse(asked)).toEqual(plain.coarse(asked));
  });

  test("how sources stand: sums of what both shards have, and the latest word", async () => {
    expect(await store.sourceHealth({ cluster: "east", window })).toEqual([
      {
        cluster: "east",
        observer: "node-a",
        source: "netobserv",
        kind: "hubble",
        state: "retrying",
        message: "nobody is there",
        records: 40,
        malformed: 2,
        lost: 4,
        outages: 6,
        dropped: 8,
        receivedBytes: 10,
        leftOut: [{ reason: "internal", flows: 10 }],
        samplingMax: 1,
        lastArrivalMs: undefined,
        lagMs: { mean: 4, max: 9 },
        reportedAtMs: from(31) + 1,
        reportedHours: [{ firstHour: monday + 31, lastHour: monday + 31 }],
      },
    ]);
  });

  test("what there is", async () => {
    expect(await store.coverage()).toEqual(plain.coverage());
  });

  test("sums by what a destination is called, which is kept beside its edges", async () => {
    const asked = { window, within: [shop], names: ["*.example.com"] };
    const called = plain.edges({ ...shop, window, limit: 1000 }).edges.filter(({ names }) => names.length > 0);
    const flows = new Map<string, number>();
    for (const edge of called) flows.set(edge.workload.name, (flows.get(edge.workload.name) ?? 0) + edge.flows);
    const order = { sort: "workload", isDescending: false, offset: 0, limit: 100 } as const;
    const { rows, total } = await store.sums({ ...asked, ...order, by: ["workload"] });
    expect(rows.map((row) => [row.workload?.name, row.flows])).toEqual(
      [...flows].toSorted(([a], [b]) => (a < b ? -1 : 1)),
    );
    expect(total).toBe(flows.size);
  });

  test("days that were rolled up, with the hours behind them", async () => {
    const plan = { nowMs: from(48), hourlyDays: 1, dailyDays: 400 };
    await store.maintain(plan);
    await replicasAgree();
    plain.maintain(plan);
    const asked = { ...everywhere, window, limit: 1000 };
    expect(await store.edges(asked)).toEqual(plain.edges(asked));
    expect(await store.coverage()).toEqual(plain.coverage());
    expect(await store.coarse(asked)).toEqual(plain.coarse(asked));
  });
}
