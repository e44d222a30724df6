import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { EdgeStore } from "../../src/app/history/edge-store.ts";
import { formatIp } from "../../src/core/net/ip.ts";
import type { Edge } from "../../src/pipeline/flows/edge.ts";
import type { SealedBatch } from "../../src/pipeline/flows/sealed-batch.ts";
import { answersAsThePlainStore } from "./answers-as-the-plain-store.ts";
import { answersInParts } from "./answers-in-parts.ts";
import { batchForTest, hourMs, monday } from "./batch-for-test.ts";
import { keepsWhatSourcesSay } from "./keeps-what-sources-say.ts";

const always = { fromMs: 0, toMs: (monday + 100_000) * hourMs };
const everywhere = { cluster: undefined, namespace: undefined };
const from = (hour: number): number => (monday + hour) * hourMs;
const cart = "shop/Deployment/cart tcp 192.0.2.1:443";

/** What a store cannot do as the others, with the reason. */
export interface ContractOptions {
  readonly runs?: number;
  /** Makes the store do at once what it does in the background at times of its own. */
  readonly merge?: (store: EdgeStore) => Promise<void>;
}

/** Everything that holds for every store. `open` gives a fresh, empty one each time. */
export function edgeStoreContract(open: () => Promise<EdgeStore>, { runs = 25, merge }: ContractOptions = {}): void {
  const withStore = async <T>(work: (store: EdgeStore) => Promise<T>): Promise<T> => {
    const store = await open();
    try {
      return await work(store);
    } finally {
      await store.close();
    }
  };

  describe("an empty store", () => {
    let store: EdgeStore;
    beforeAll(async () => {
      store = await open();
    });
    afterAll(async () => store.close());

    test("has no edges, names, talkers, sources or namespaces", async () => {
      const question = { ...everywhere, window: always, limit: 10 };
      expect(await store.edges(question)).toEqual({ edges: [], isCut: false });
      expect(await store.edges({ ...question, namespace: "shop" })).toEqual({ edges: [], isCut: false });
      expect(await store.names(question)).toEqual([]);
      expect(await store.coarse(question)).toEqual([]);
      expect(await store.newDestinations({ ...everywhere, sinceMs: 0, limit: 10 })).toEqual([]);
      expect(await store.topTalkers({ ...question, of: "workload", by: "flows" })).toEqual([]);
      expect(await store.sourceHealth({ cluster: undefined, window: always })).toEqual([]);
      expect(await store.coverage()).toEqual([]);
    });

    test("takes nothing, and is maintained", async () => {
      expect(await store.append([])).toEqual([]);
      expect(await store.maintain({ nowMs: from(0), hourlyDays: 7, dailyDays: 90 })).toEqual({
        rolledUp: 0,
        dropped: 0,
      });
    });
  });

  test.each<[string, SealedBatch[], string[]]>([
    [
      "hours of one source add up",
      [
        batchForTest([
          [cart, 0, 2],
          [cart, 0, 3],
          [cart, 5, 1],
        ]),
      ],
      ["shop/cart tcp 192.0.2.1:443 seen ×6 600 B in 0:5 5:1"],
    ],
    [
      "two batches of one source add up",
      [batchForTest([[cart, 0, 2]]), batchForTest([[cart, 0, 3]], { sequence: 2 })],
      ["shop/cart tcp 192.0.2.1:443 seen ×5 500 B in 0:5"],
    ],
    [
      "two observers of one source share its work, and add up",
      [batchForTest([[cart, 0, 2]]), batchForTest([[cart, 0, 3]], { observer: "node-b" })],
      ["shop/cart tcp 192.0.2.1:443 seen ×5 500 B in 0:5"],
    ],
    [
      "of two sources the larger count holds, hour by hour",
      [
        batchForTest([
          [cart, 0, 2],
          [cart, 1, 9],
        ]),
        batchForTest(
          [
            [cart, 0, 3],
            [cart, 1, 1],
          ],
          { sequence: 2, source: "hubble" },
        ),
      ],
      ["shop/cart tcp 192.0.2.1:443 seen ×12 1200 B in 0:3 1:9"],
    ],
    [
      "what one source saw alone is added",
      [batchForTest([[cart, 0, 2]]), batchForTest([[cart, 1, 3]], { sequence: 2, source: "hubble" })],
      ["shop/cart tcp 192.0.2.1:443 seen ×5 500 B in 0:2 1:3"],
    ],
    [
      "verdicts are edges of their own",
      [
        batchForTest([
          [cart, 0, 2],
          [`${cart} denied`, 0, 3],
        ]),
      ],
      ["shop/cart tcp 192.0.2.1:443 seen ×2 200 B in 0:2", "shop/cart tcp 192.0.2.1:443 denied ×3 300 B in 0:3"],
    ],
    [
      "families, blocks, protocols and ports are kept apart, in their order",
      [
        batchForTest([
          ["shop/Deployment/cart udp [::c000:201]:443", 0, 1],
          ["shop/Deployment/cart udp 192.0.2.1:443", 0, 1],
          ["shop/Deployment/cart icmp 192.0.2.1", 0, 1],
          ["shop/Deployment/cart tcp 192.0.2.0/24:443", 0, 1],
          ["shop/Deployment/cart tcp 192.0.2.1:80", 0, 1],
          [cart, 0, 1],
        ]),
      ],
      [
        "shop/cart tcp 192.0.2.0/24:443 seen ×1 100 B in 0:1",
        "shop/cart tcp 192.0.2.1:80 seen ×1 100 B in 0:1",
        "shop/cart tcp 192.0.2.1:443 seen ×1 100 B in 0:1",
        "shop/cart udp 192.0.2.1:443 seen ×1 100 B in 0:1",
        "shop/cart icmp 192.0.2.1:0 seen ×1 100 B in 0:1",
        "shop/cart udp ::c000:201:443 seen ×1 100 B in 0:1",
      ],
    ],
    [
      "huge counts stay what they are",
      [batchForTest([[cart, 0, 2 ** 53 - 1]]), batchForTest([[cart, 1, 2 ** 53 - 1]], { sequence: 2 })],
      [
        `shop/cart tcp 192.0.2.1:443 seen ×${2 ** 54 - 2} 1801439850948198100 B in 0:9007199254740991 1:9007199254740991`,
      ],
    ],
    [
      "an answer names flows that follow within a day, and no others",
      [
        batchForTest([
          [`${cart} api.example.com`, 0, 1],
          [cart, 20, 1],
          ["shop/Deployment/other tcp 192.0.2.1:443", 0, 1],
          ["shop/Deployment/cart tcp 192.0.2.2:443 late.example.com", 30, 1],
        ]),
      ],
      [
        "shop/cart tcp 192.0.2.1:443 seen ×2 200 B in 0:1 20:1 api.example.com",
        "shop/cart tcp 192.0.2.2:443 seen ×1 100 B in 30:1 late.example.com",
        "shop/other tcp 192.0.2.1:443 seen ×1 100 B in 0:1",
      ],
    ],
  ])("%s", async (_, batches, told) => {
    await withStore(async (store) => {
      await store.append(batches);
      const { edges } = await store.edges({ ...everywhere, window: always, limit: 100 });
      expect(edges.map(inWords)).toEqual(told);
    });
  });

  test("a batch counts once, however often it is sent, and what comes behind a later one is known", async () => {
    await withStore(async (store) => {
      const batch = batchForTest([[cart, 0, 2]], { sequence: 4 });
      expect(await store.known([batch])).toEqual([false]);
      expect(await store.append([batch, batch])).toEqual(["stored", "known"]);
      expect(await store.known([batch, { ...batch, sequence: 5 }])).toEqual([true, false]);
      expect(await store.append([{ ...batch, sequence: 3 }])).toEqual(["known"]);
      expect(await store.append([{ ...batch, sequence: 9 }])).toEqual(["stored"]);
      expect(await store.append([{ ...batch, incarnation: "1".repeat(32) }])).toEqual(["stored"]);
      expect(
        await store.append([
          { ...batch, cluster: "west" },
          { ...batch, observer: "node-b" },
        ]),
      ).toEqual(["stored", "stored"]);
      const { edges } = await store.edges({ ...everywhere, window: always, limit: 100 });
      expect(edges.map(({ flows }) => flows)).toEqual([10]);
    });
  });

  test("a batch of an observer whose clock is wrong counts once, also after the upkeep", async () => {
    await withStore(async (store) => {
      const batch = batchForTest([[cart, 0, 2]], { sealedAtMs: 0 });
      await store.append([batch]);
      await store.maintain({ nowMs: from(1), hourlyDays: 14, dailyDays: 400 });
      expect(await store.append([batch])).toEqual(["known"]);
    });
  });

  test("batches sent by many at once are stored once each", async () => {
    await withStore(async (store) => {
      const batches = Array.from({ length: 20 }, (_, i) =>
        batchForTest([[cart, i % 3, 1]], { observer: `node-${i % 5}`, sequence: 1 + Math.floor(i / 5) }),
      );
      const answers = await Promise.all([...batches, ...batches].map(async (batch) => store.append([batch])));
      expect(answers.flat().filter((answer) => answer === "stored")).toHaveLength(20);
      const { edges } = await store.edges({ ...everywhere, window: always, limit: 100 });
      expect(edges.map(({ flows }) => flows)).toEqual([20]);
    });
  });

  test("texts that no database likes are stored all the same", async () => {
    await withStore(async (store) => {
      const texts = ["\ud800", "a\0b", "'; DROP TABLE edges; --", "\u202e", "", "{x:String}", "\\'"];
      const plain = batchForTest(
        texts.map((_, i) => [`shop/Deployment/cart tcp 192.0.2.${i}:443 api.example.com`, 0, 1]),
      );
      const owners = texts.map((text) => ({ cluster: text, namespace: text, workload: { kind: text, name: text } }));
      const health = {
        source: 0,
        kind: texts.join(""),
        state: "failed",
        message: texts.join(""),
        records: 1,
        malformed: 0,
        lost: 0,
        outages: 0,
        dropped: 0,
        receivedBytes: 0,
        leftOut: [],
        samplingMax: 1,
        lastArrivalMs: undefined,
        lagMs: undefined,
      } as const;
      const names = plain.names.map((name, i) => ({ ...name, name: `x${texts[i]!}`, chain: texts }));
      const batch = { ...plain, owners, names, sources: [texts.join("")], health: [health] };
      expect(await store.append([batch, batch])).toEqual(["stored", "known"]);
      const question = { ...everywhere, window: always, limit: 100 };
      expect((await store.edges(question)).edges).toHaveLength(texts.length);
      expect(await store.names(question)).toHaveLength(texts.length);
      expect(await store.sourceHealth({ cluster: undefined, window: always })).toHaveLength(1);
      for (const cluster of texts.slice(2)) {
        const own = await store.edges({
          ...question,
          cluster,
          namespace: cluster,
          workload: { kind: cluster, name: cluster },
        });
        expect(own.edges.map(({ namespace }) => namespace)).toEqual([cluster]);
      }
    });
  });

  test("what is cut says so", async () => {
    await withStore(async (store) => {
      await store.append([
        batchForTest([
          [cart, 0, 1],
          ["shop/Deployment/web tcp 192.0.2.1:443", 0, 1],
        ]),
      ]);
      const question = { ...everywhere, window: always };
      expect((await store.edges({ ...question, limit: 1 })).isCut).toBe(true);
      expect((await store.edges({ ...question, limit: 2 })).isCut).toBe(false);
    });
  });

  test.each([
    ["the hour it was seen in", 5, 6, 1],
    ["a part of that hour", 5.5, 5.6, 1],
    ["the hours before", 0, 5, 0],
    ["the hours after", 6, 30, 0],
    ["nothing", 5, 5, 0],
  ])("a window over %s", async (_, first, last, edges) => {
    await withStore(async (store) => {
      await store.append([batchForTest([[cart, 5, 1]])]);
      const window = { fromMs: from(first), toMs: from(last) };
      expect((await store.edges({ ...everywhere, window, limit: 9 })).edges).toHaveLength(edges);
    });
  });

  test("hours become days and days are dropped, and doing it again changes nothing", async () => {
    await withStore(async (store) => {
      await store.append([
        batchForTest([
          [cart, 1, 1],
          [cart, 5, 2],
          [cart, 24, 4],
          [cart, 49, 8],
        ]),
      ]);
      const question = { ...everywhere, window: always, limit: 9 };
      const plan = { nowMs: from(49), hourlyDays: 1, dailyDays: 30 };
      expect((await store.maintain(plan)).rolledUp).toBeGreaterThan(0);
      const rolled = ["shop/cart tcp 192.0.2.1:443 seen ×15 1500 B in 0:3 24:4 49:8"];
      expect((await store.edges(question)).edges.map(inWords)).toEqual(rolled);
      expect(await store.maintain(plan)).toEqual({ rolledUp: 0, dropped: 0 });
      // Late hours of a day that is rolled up count for the day.
      await store.append([batchForTest([[cart, 7, 16]], { sequence: 2 })]);
      expect((await store.edges(question)).edges.map(inWords)).toEqual([
        "shop/cart tcp 192.0.2.1:443 seen ×31 3100 B in 0:19 24:4 49:8",
      ]);
      await store.maintain({ ...plan, nowMs: from(24 * 31 + 2) });
      expect((await store.edges(question)).edges.map(inWords)).toEqual([
        "shop/cart tcp 192.0.2.1:443 seen ×12 1200 B in 24:4 48:8",
      ]);
      await store.maintain({ ...plan, nowMs: from(24 * 100) });
      expect((await store.edges(question)).edges).toEqual([]);
    });
  });

  test("a destination is new for its namespace, not for each workload, and a refusal is no visit", async () => {
    await withStore(async (store) => {
      await store.append([
        batchForTest([
          [cart, 0, 1],
          ["shop/Deployment/web tcp 192.0.2.1:443", 30, 1],
          ["shop/Deployment/web tcp 192.0.2.9:443", 30, 1],
          ["pay/Deployment/web tcp 192.0.2.1:443", 31, 1],
          ["shop/Deployment/web tcp 192.0.2.8:443 denied", 0, 1],
          ["shop/Deployment/web tcp 192.0.2.8:443 seen", 29, 1],
        ]),
      ]);
      const all = await store.newDestinations({ ...everywhere, sinceMs: from(24), limit: 10 });
      expect(all.map(inWords)).toEqual([
        "pay/web tcp 192.0.2.1:443 seen ×1 100 B in 31:1",
        "shop/web tcp 192.0.2.9:443 seen ×1 100 B in 30:1",
        "shop/web tcp 192.0.2.8:443 seen ×1 100 B in 29:1",
      ]);
    });
  });

  keepsWhatSourcesSay(withStore);
  answersInParts(withStore);
  answersAsThePlainStore(withStore, runs, merge);
}

function inWords({ namespace, workload, protocol, address, prefixLength, port, verdict, ...own }: Edge): string {
  const to = `${formatIp(address)}${prefixLength === undefined ? "" : `/${prefixLength}`}:${port}`;
  const hours = own.activity.map(({ hour, flows }) => `${hour - monday}:${flows}`).join(" ");
  const what = `${namespace}/${workload.name} ${protocol} ${to} ${verdict} ×${own.flows} ${own.bytes} B in ${hours}`;
  return [what, ...own.names].join(" ");
}
