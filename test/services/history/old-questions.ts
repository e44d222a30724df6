import { afterAll, beforeAll, expect, test } from "vitest";
import type { EdgeStore } from "../../../src/app/history/edge-store.ts";
import type { TrafficReader } from "../../../src/app/history/traffic-reader.ts";
import type { Edge } from "../../../src/pipeline/flows/edge.ts";
import { batchForTest, hourMs, monday } from "../../history/batch-for-test.ts";
import { PlainEdgeStore } from "../../history/plain-edge-store.ts";

const from = (hour: number): number => (monday + hour) * hourMs;
const window = { fromMs: from(0), toMs: from(72) };
const shop = { cluster: "east", namespace: "shop" };
const everywhere = { cluster: undefined, namespace: undefined };

/** Of many workloads, so that each shard has some; no two rows are of one key, because that version would not add them up. */
const batches = [
  batchForTest(
    Array.from({ length: 40 }, (_, n) => {
      const name = n % 4 === 0 ? " api.example.com" : "";
      return [
        `${n % 3 === 0 ? "pay" : "shop"}/Deployment/w${n} tcp 192.0.2.${100 + (n % 5)}:443${name}`,
        n % 30,
        1 + n,
      ] as const;
    }),
  ),
  batchForTest(
    Array.from({ length: 40 }, (_, n) => {
      const verdict = n % 6 === 0 ? " denied" : "";
      return [
        `${n % 3 === 0 ? "pay" : "shop"}/Deployment/w${n} tcp 192.0.2.${100 + (n % 8)}:443${verdict}`,
        40 + (n % 9),
        2,
      ] as const;
    }),
    { sequence: 2, source: "hubble" },
  ),
];

/** What a store asks, through tables that spread over hosts; the answers are those of the obvious store. */
export function questionsToACluster(open: () => Promise<EdgeStore & TrafficReader>): void {
  let store: EdgeStore & TrafficReader;
  const plain = new PlainEdgeStore();
  beforeAll(async () => {
    store = await open();
    await store.append(batches);
    plain.append(batches);
  }, 120_000);
  afterAll(async () => store?.close());

  test.each([
    ["everywhere", { ...everywhere, window, limit: 1000 }],
    ["of a namespace", { ...shop, window, limit: 1000 }],
    ["of a namespace in some hours", { ...shop, window: { fromMs: from(5), toMs: from(42) }, limit: 1000 }],
    ["of a workload", { ...shop, workload: { kind: "Deployment", name: "w7" }, window, limit: 1000 }],
    ["no more than are wanted", { ...everywhere, window, limit: 7 }],
  ])("edges %s, with their hours and names", async (_, asked) => {
    expect(await store.edges(asked)).toEqual(plain.edges(asked));
  });

  test("edges in parts", async () => {
    const asked = { ...everywhere, window, limit: 1000 };
    const edges: Edge[] = [];
    const parts = store.edgesInParts!(asked);
    for await (const some of parts) edges.push(...some);
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

  test("what there is", async () => {
    expect(await store.coverage()).toEqual(plain.coverage());
  });

  test("sums by what a destination is called, which is kept beside its edges", async () => {
    const asked = { window, within: [shop], names: ["*.example.com"] };
    const named = plain.edges({ ...shop, window, limit: 1000 }).edges.filter(({ names }) => names.length > 0);
    const flows = new Map<string, number>();
    for (const edge of named) flows.set(edge.workload.name, (flows.get(edge.workload.name) ?? 0) + edge.flows);
    const order = { sort: "workload", isDescending: false, offset: 0, limit: 100 } as const;
    const { rows, total } = await store.sums({ ...asked, ...order, by: ["workload"] });
    expect(rows.map((row) => [row.workload?.name, row.flows])).toEqual(
      [...flows].toSorted(([a], [b]) => (a < b ? -1 : 1)),
    );
    expect(total).toBe(flows.size);
  });
}
