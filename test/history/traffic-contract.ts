import fc from "fast-check";
import { expect, test } from "vitest";
import type { EdgeStore } from "../../src/app/history/edge-store.ts";
import {
  type TrafficFilter,
  type TrafficGroup,
  trafficGroups,
  type TrafficReader,
  type TrafficSum,
} from "../../src/app/history/traffic-reader.ts";
import { type Cidr, containsIp, ipSetOf, parseCidr } from "../../src/core/net/ip-set.ts";
import { formatIp } from "../../src/core/net/ip.ts";
import type { Edge } from "../../src/pipeline/flows/edge.ts";
import type { SealedBatch } from "../../src/pipeline/flows/sealed-batch.ts";
import { arbitraryBatch, arbitraryQuestion } from "./arbitrary-batches.ts";
import { batchForTest, hourMs, monday } from "./batch-for-test.ts";
import { PlainEdgeStore } from "./plain-edge-store.ts";

type Store = EdgeStore & TrafficReader;
const always = { fromMs: 0, toMs: (monday + 100_000) * hourMs };
const cart = "shop/Deployment/cart tcp 192.0.2.1:443";
const mail = "shop/Deployment/mail tcp 192.0.2.9:25";
const other = "lab/Deployment/cart tcp [2001:db8::7]:443";
const recorded = batchForTest([
  [cart, 0, 2],
  [cart, 5, 1],
  [mail, 1, 4],
  [other, 2, 8],
]);

/** Everything that holds for every reader of traffic. `open` gives a fresh, empty store each time. */
export function trafficContract(open: () => Promise<Store>, runs = 25): void {
  const withStore = async <T>(batches: readonly SealedBatch[], work: (store: Store) => Promise<T>): Promise<T> => {
    const store = await open();
    try {
      await store.append(batches);
      return await work(store);
    } finally {
      await store.close();
    }
  };

  test.each<[string, Partial<TrafficFilter>, TrafficGroup[], string[]]>([
    ["all of a namespace together", {}, ["namespace"], ["lab 8", "shop 7"]],
    ["by port, with its protocol", {}, ["port"], ["tcp 443 11", "tcp 25 4"]],
    ["only what lies in a block", { blocks: [cidr("192.0.2.0/29")] }, ["workload"], ["shop Deployment/cart 3"]],
    ["only one family's block", { blocks: [cidr("::/0")] }, ["workload"], ["lab Deployment/cart 8"]],
    ["only where one may look", { within: [{ cluster: "east", namespace: "lab" }] }, ["namespace"], ["lab 8"]],
    ["nothing where one may look nowhere", { within: [] }, ["namespace"], []],
    ["what is written like a workload", { text: "MAI" }, ["workload"], ["shop Deployment/mail 4"]],
    ["what is an address", { text: "2001:db8:0::7" }, ["workload"], ["lab Deployment/cart 8"]],
    ["quotes are text like any other", { text: "' OR true --" }, ["workload"], []],
    ["a name that nobody heard", { names: ["*.example.com"] }, ["workload"], []],
  ])("%s", async (_, filter, by, expected) => {
    const sums = await withStore([recorded], async (store) =>
      store.sums({
        window: always,
        within: undefined,
        ...filter,
        by,
        sort: "flows",
        isDescending: true,
        offset: 0,
        limit: 10,
      }),
    );
    const texts = sums.rows.map((row) =>
      [row.namespace, row.workload && `${row.workload.kind}/${row.workload.name}`, row.protocol, row.port, row.flows]
        .filter((part) => part !== undefined)
        .join(" "),
    );
    expect(texts).toEqual(expected);
    expect(sums.total).toBe(expected.length);
  });

  test.each<[string, Partial<TrafficFilter>, TrafficGroup[], string[]]>([
    ["all that were heard", {}, ["address"], ["a.example", "b.example", "c.example"]],
    [
      "not those that were heard where one may not look",
      { within: [{ cluster: "east", namespace: "shop" }] },
      ["address"],
      ["a.example", "b.example"],
    ],
    ["nor there when a row has a port besides", { namespaces: ["lab"] }, ["address", "port"], ["c.example"]],
    [
      "only those of the workload that is asked for",
      { workloads: [{ kind: "Deployment", name: "mail" }] },
      ["cluster", "address"],
      ["b.example"],
    ],
  ])("names of an address: %s", async (_, filter, by, expected) => {
    const named = batchForTest([
      ["shop/Deployment/cart tcp 192.0.2.1:443 a.example", 0, 1],
      ["shop/Deployment/mail tcp 192.0.2.1:443 b.example", 0, 1],
      ["lab/Deployment/cart tcp 192.0.2.1:443 c.example", 0, 1],
    ]);
    const order = { by, sort: "flows", isDescending: true, offset: 0, limit: 10 } as const;
    const sums = await withStore([named], async (store) =>
      store.sums({ window: always, within: undefined, ...filter, ...order }),
    );
    expect(sums.rows.map(({ names }) => names)).toEqual([expected]);
  });

  test("pages together are the whole, and the total does not change", async () => {
    await withStore([recorded], async (store) => {
      const query = {
        window: always,
        within: undefined,
        by: ["workload"],
        sort: "workload",
        isDescending: false,
      } as const;
      const whole = await store.sums({ ...query, offset: 0, limit: 10 });
      const pages = [];
      for (const offset of [0, 1, 2]) pages.push(await store.sums({ ...query, offset, limit: 1 }));
      expect(pages.flatMap(({ rows }) => rows)).toEqual(whole.rows);
      expect(pages.map(({ total }) => total)).toEqual([3, 3, 3]);
      expect(await store.sums({ ...query, offset: 3, limit: 1 })).toEqual({ rows: [], total: 3 });
    });
  });

  test("over time the largest groups are told apart and the rest is one", async () => {
    await withStore([recorded], async (store) => {
      const window = { fromMs: monday * hourMs, toMs: (monday + 6) * hourMs };
      const query = { window, within: undefined, by: "workload", bucketHours: 2, most: 1 } as const;
      expect(await store.overTime(query)).toEqual({
        firstHour: monday,
        series: [
          { key: "east/lab/Deployment/cart", flows: [0, 8, 0] },
          { key: undefined, flows: [6, 0, 1] },
        ],
      });
    });
  });

  test.each<[TrafficGroup, string[]]>([
    ["cluster", ["east"]],
    ["namespace", ["east/lab", "east/shop"]],
    ["protocol", ["tcp"]],
    ["port", ["tcp/443", "tcp/25"]],
    ["verdict", ["seen"]],
    ["address", ["2001:db8::7", "192.0.2.9", "192.0.2.1"]],
    ["name", [""]],
  ])("over time by %s, groups are called as people call them", async (by, expected) => {
    const window = { fromMs: monday * hourMs, toMs: (monday + 6) * hourMs };
    const answer = await withStore([recorded], async (store) =>
      store.overTime({ window, within: undefined, by, bucketHours: 6, most: 8 }),
    );
    expect(answer.series.map(({ key }) => key)).toEqual(expected);
  });

  test("whatever is stored and asked, the sums are those of the edges", async () => {
    const groups = fc.uniqueArray(fc.constantFrom(...trafficGroups.filter((one) => one !== "name")), {
      minLength: 1,
      maxLength: 4,
    });
    const batches = fc.array(arbitraryBatch, { minLength: 1, maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(batches, arbitraryQuestion, groups, async (appended, { window }, by) => {
        await withStore([], async (store) => {
          const plain = new PlainEdgeStore();
          await store.append(appended);
          plain.append(appended);
          const query = {
            window,
            within: undefined,
            by,
            sort: "flows",
            isDescending: true,
            offset: 0,
            limit: 500,
          } as const;
          const { rows, total } = await store.sums(query);
          const expected = sumsOf(
            plain.edges({ cluster: undefined, namespace: undefined, window, limit: 1e6 }).edges,
            by,
          );
          expect(total).toBe(expected.size);
          expect(new Map(rows.map((row) => [keyOf(row, by), countsOf(row)]))).toEqual(expected);
          expect(rows.map(({ flows }) => flows)).toEqual(rows.map(({ flows }) => flows).toSorted((a, b) => b - a));
          const { series } = await store.overTime({ window, within: undefined, by: by[0], bucketHours: 24, most: 2 });
          const all = (lists: readonly (readonly number[])[]): number =>
            lists.flat().reduce((sum, own) => sum + own, 0);
          expect(all(series.map(({ flows }) => flows))).toBe(all(rows.map(({ flows }) => [flows])));
        });
      }),
      { numRuns: runs },
    );
  });

  test("blocks that are asked for hold what the set of addresses holds", async () => {
    const block = cidr("192.0.2.0/29");
    await withStore([recorded], async (store) => {
      const query = { window: always, within: undefined, by: ["address"], sort: "flows", isDescending: true } as const;
      const all = await store.sums({ ...query, offset: 0, limit: 10 });
      const inside = await store.sums({ ...query, blocks: [block], offset: 0, limit: 10 });
      expect(inside.rows).toEqual(all.rows.filter(({ address }) => containsIp(ipSetOf(block), address!)));
    });
  });
}

function cidr(text: string): Cidr {
  const read = parseCidr(text);
  if (!read.ok) throw new Error(text);
  return read.value;
}

function sumsOf(edges: readonly Edge[], by: readonly TrafficGroup[]): Map<string, unknown> {
  const grouped = Map.groupBy(edges, (edge) => keyOf(edge, by));
  return new Map(
    [...grouped].map(([key, own]) => {
      const bytes = own.flatMap((edge) => edge.bytes ?? []);
      const to = ({ address, prefixLength, protocol, port }: Edge): string =>
        `${address.family} ${address.value} ${prefixLength} ${protocol} ${port}`;
      return [
        key,
        {
          flows: own.reduce((sum, { flows }) => sum + flows, 0),
          bytes: bytes.length === 0 ? undefined : bytes.reduce((sum, one) => sum + one, 0),
          destinations: new Set(own.map(to)).size,
          firstSeenMs: Math.min(...own.map(({ firstSeenMs }) => firstSeenMs!)),
          lastSeenMs: Math.max(...own.map(({ lastSeenMs }) => lastSeenMs!)),
        },
      ];
    }),
  );
}

function countsOf({ flows, bytes, destinations, firstSeenMs, lastSeenMs }: TrafficSum): unknown {
  return { flows, bytes, destinations, firstSeenMs, lastSeenMs };
}

function keyOf(
  row: Pick<
    TrafficSum,
    "address" | "cluster" | "namespace" | "port" | "prefixLength" | "protocol" | "verdict" | "workload"
  >,
  by: readonly TrafficGroup[],
): string {
  const has = (...groups: readonly TrafficGroup[]): boolean => groups.some((group) => by.includes(group));
  return JSON.stringify([
    has("cluster", "namespace", "workload") ? row.cluster : null,
    has("namespace", "workload") ? row.namespace : null,
    has("workload") ? row.workload : null,
    has("address") ? [row.address!.family, formatIp(row.address!), row.prefixLength ?? null] : null,
    has("protocol", "port") ? row.protocol : null,
    has("port") ? row.port : null,
    has("verdict") ? row.verdict : null,
  ]);
}
