import { zstdCompressSync, gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { HistoryUnavailable } from "../../src/app/history/history-unavailable.ts";
import { encodeBatch } from "../../src/app/live/encode-batch.ts";
import { noQuota } from "../../src/app/state/quotas.ts";
import type { SealedBatch } from "../../src/pipeline/flows/sealed-batch.ts";
import { batchForTest } from "../history/batch-for-test.ts";
import { bearer, CollectorForTest, get, send, startMs } from "./collector-for-test.ts";

let own: CollectorForTest;
let token = "";
beforeEach(async () => {
  own = await CollectorForTest.open();
  token = await own.token();
});
afterEach(() => own.close());

function batch(sequence: number, fields: Partial<SealedBatch> = {}): SealedBatch {
  return batchForTest([["shop/Deployment/cart tcp 192.0.2.1:443", 0, 10]], {
    sequence,
    sealedAtMs: startMs - 1000,
    ...fields,
  });
}

const flowsStored = (): number =>
  own.store
    .edges({ cluster: undefined, namespace: undefined, window: { fromMs: 0, toMs: 9e12 }, limit: 1000 })
    .edges.reduce((sum, { flows }) => sum + flows, 0);

describe("a batch", () => {
  test("is stored once, however often it is sent", async () => {
    const text = encodeBatch(batch(1));
    const first = await send(own.url, text, bearer(token));
    expect([first.status, first.body]).toEqual([200, { result: "stored" }]);
    for (let i = 0; i < 3; i += 1) {
      expect(await send(own.url, text, bearer(token))).toMatchObject({ status: 200, body: { result: "known" } });
    }
    expect(flowsStored()).toBe(10);
  });

  test("that comes after a later one of its observer is taken for known, as the store does", async () => {
    expect((await send(own.url, encodeBatch(batch(2)), bearer(token))).body).toEqual({ result: "stored" });
    expect((await send(own.url, encodeBatch(batch(1)), bearer(token))).body).toEqual({ result: "known" });
    const reborn = batch(1, { incarnation: "1".repeat(32) });
    expect((await send(own.url, encodeBatch(reborn), bearer(token))).body).toEqual({ result: "stored" });
    expect(flowsStored()).toBe(20);
  });

  test("sent twice at the same time is stored once", async () => {
    const text = encodeBatch(batch(1));
    const answers = await Promise.all(Array.from({ length: 8 }, () => send(own.url, text, bearer(token))));
    expect(answers.map(({ body }) => String(body.result)).sort()).toEqual([
      ...Array.from({ length: 7 }, () => "known"),
      "stored",
    ]);
    expect(flowsStored()).toBe(10);
  });

  test.each([
    ["as it is", (text: string) => Buffer.from(text), "identity"],
    ["as gzip", (text: string) => gzipSync(text), "gzip"],
    ["as zstd", (text: string) => zstdCompressSync(text), "zstd"],
  ])("comes %s", async (_, pack, encoding) => {
    const body = new Uint8Array(pack(encodeBatch(batch(1))));
    const answer = await send(own.url, body, { ...bearer(token), "content-encoding": encoding });
    expect(answer).toMatchObject({ status: 200, body: { result: "stored" } });
  });

  test("waits with others while one is written, and they are written together", async () => {
    const gate = Promise.withResolvers<void>();
    const started = Promise.withResolvers<void>();
    own.beforeAppend = () => {
      started.resolve();
      return gate.promise;
    };
    const first = send(own.url, encodeBatch(batch(1)), bearer(token));
    await started.promise;
    const others = Array.from({ length: 20 }, (_, n) =>
      send(own.url, encodeBatch(batch(1, { observer: `node-${n}` })), bearer(token)),
    );
    // All have been read when the figures say that they wait.
    const figures = await own.token({ clusters: ["*"] });
    for (;;) {
      const { body } = await get(own.url, "/metrics", figures);
      if (String(body.text).includes("\npostern_waiting_batches 20\n")) break;
    }
    gate.resolve();
    expect((await Promise.all([first, ...others])).map(({ status }) => status)).toEqual(
      Array.from({ length: 21 }, () => 200),
    );
    expect(own.groups).toEqual([1, 20]);
  });

  test("of an observer that is elsewhere is refused for its cluster", async () => {
    expect(await send(own.url, encodeBatch(batch(1, { cluster: "west" })), bearer(token))).toMatchObject({
      status: 403,
      body: {
        code: "collector_cluster_not_allowed",
        detail: expect.stringMatching(/^token [0-9a-f]{12} may not ship flows of the cluster `west`$/) as unknown,
      },
    });
    expect(flowsStored()).toBe(0);
  });

  test("that tells of another cluster in one row is refused as a whole", async () => {
    const mixed = batch(1);
    const owners = [{ ...mixed.owners[0]!, cluster: "west" }];
    const text = encodeBatch({ ...mixed, owners });
    expect(await send(own.url, text, bearer(token))).toMatchObject({ status: 403 });
    const both = await own.token({ clusters: ["east", "west"] });
    expect(await send(own.url, text, bearer(both))).toMatchObject({ status: 200 });
  });

  test.each(["ea\u0000st", "ea\u200bst", "\u202etsae", "ea\u2028st"])(
    "with names that nobody can see is refused: %j",
    async (cluster) => {
      const everywhere = await own.token({ clusters: ["*"] });
      const text = encodeBatch(batch(1, { cluster }));
      expect(await send(own.url, text, bearer(everywhere))).toMatchObject({
        status: 400,
        body: { code: "batch_unreadable" },
      });
    },
  );
});

describe("when the store fails", () => {
  const noSpace = new HistoryUnavailable({ code: "history_no_space", message: "there is no room on the disk" });

  test("batches are asked to come again, and reading goes on", async () => {
    own.beforeAppend = () => {
      throw noSpace;
    };
    const answer = await send(own.url, encodeBatch(batch(1)), bearer(token));
    expect(answer).toMatchObject({
      status: 503,
      body: { code: "history_no_space", detail: "there is no room on the disk" },
    });
    expect(Number(answer.headers.get("retry-after"))).toBeGreaterThan(0);
    expect(await get(own.url, "/readyz")).toMatchObject({ status: 503, body: { code: "history_no_space" } });
    expect(await get(own.url, "/healthz")).toMatchObject({ status: 200 });
    expect(await get(own.url, "/v1/history/coverage", token)).toMatchObject({ status: 200 });
    own.beforeAppend = () => {};
    expect(await send(own.url, encodeBatch(batch(1)), bearer(token))).toMatchObject({ body: { result: "stored" } });
    own.nowMs += 2000;
    expect(await get(own.url, "/readyz")).toMatchObject({ status: 200 });
  });

  test("the collector is ready again after a while, to see whether it still fails", async () => {
    own.beforeAppend = () => {
      throw noSpace;
    };
    await send(own.url, encodeBatch(batch(1)), bearer(token));
    expect((await get(own.url, "/readyz")).status).toBe(503);
    own.nowMs += 15_000;
    expect((await get(own.url, "/readyz")).status).toBe(200);
    await send(own.url, encodeBatch(batch(1)), bearer(token));
    own.nowMs += 1000;
    expect((await get(own.url, "/readyz")).status).toBe(503);
  });

  test("a clock that is set back does not keep the collector unready", async () => {
    own.beforeAppend = () => {
      throw noSpace;
    };
    await send(own.url, encodeBatch(batch(1)), bearer(token));
    own.nowMs -= 3_600_000;
    expect((await get(own.url, "/readyz")).status).toBe(200);
  });

  test("no batch overtakes one that failed", async () => {
    const gate = Promise.withResolvers<void>();
    let writes = 0;
    const started = Promise.withResolvers<void>();
    own.beforeAppend = async () => {
      writes += 1;
      if (writes > 1) return;
      started.resolve();
      await gate.promise;
      throw noSpace;
    };
    const first = send(own.url, encodeBatch(batch(1)), bearer(token));
    await started.promise;
    const second = send(own.url, encodeBatch(batch(2)), bearer(token));
    const figures = await own.token({ clusters: ["*"] });
    for (;;) {
      const { body } = await get(own.url, "/metrics", figures);
      if (String(body.text).includes("\npostern_waiting_batches 1\n")) break;
    }
    gate.resolve();
    expect((await Promise.all([first, second])).map(({ status }) => status)).toEqual([503, 503]);
    expect(await send(own.url, encodeBatch(batch(1)), bearer(token))).toMatchObject({ body: { result: "stored" } });
    expect(await send(own.url, encodeBatch(batch(2)), bearer(token))).toMatchObject({ body: { result: "stored" } });
    expect(flowsStored()).toBe(20);
  });

  test("one batch that breaks every write does not stop others, and is refused in the end", async () => {
    own.beforeAppend = (batches) => {
      if (batches.some(({ observer, edges }) => observer === "bad" && edges.length > 0)) throw new Error("constraint");
    };
    const bad = encodeBatch(batch(1, { observer: "bad" }));
    const statuses: number[] = [];
    for (let i = 0; i < 20; i += 1) statuses.push((await send(own.url, bad, bearer(token))).status);
    expect(statuses).toEqual([...Array.from({ length: 19 }, () => 503), 400]);
    expect(await send(own.url, encodeBatch(batch(1)), bearer(token))).toMatchObject({ status: 200 });
    const next = encodeBatch(batch(2, { observer: "bad", edges: [] }));
    expect(await send(own.url, next, bearer(token))).toMatchObject({ body: { result: "stored" } });
  });

  test("in a group, one bad batch stops only those of its own observer behind it", async () => {
    const gate = Promise.withResolvers<void>();
    const started = Promise.withResolvers<void>();
    own.beforeAppend = async (batches) => {
      started.resolve();
      await gate.promise;
      if (batches.some(({ observer, sequence }) => observer === "bad" && sequence === 1)) throw new Error("constraint");
    };
    const ship = async (observer: string, sequence: number): Promise<number> =>
      (await send(own.url, encodeBatch(batch(sequence, { observer })), bearer(token))).status;
    const first = ship("first", 1);
    await started.promise;
    const others = [ship("bad", 1), ship("bad", 2), ship("good", 1), ship("good", 2)];
    const figures = await own.token({ clusters: ["*"] });
    for (;;) {
      const { body } = await get(own.url, "/metrics", figures);
      if (String(body.text).includes("\npostern_waiting_batches 4\n")) break;
    }
    gate.resolve();
    expect([await first, ...(await Promise.all(others))]).toEqual([200, 503, 503, 200, 200]);
    own.beforeAppend = () => {};
    expect([await ship("bad", 1), await ship("bad", 2)]).toEqual([200, 200]);
  });

  test("a failure without words is not told to clients", async () => {
    own.beforeAppend = () => {
      throw new Error("secret path /var/lib/x");
    };
    const { status, body } = await send(own.url, encodeBatch(batch(1)), bearer(token));
    expect([status, body.code]).toEqual([503, "collector_store_failed"]);
    expect(JSON.stringify(body)).not.toContain("/var/lib");
    expect(own.log.join("")).toContain("/var/lib/x");
  });
});

describe("quotas", () => {
  test("ask a cluster to wait, and the others not", async () => {
    own.quotas.setQuotas([{ cluster: "east", ...noQuota, edgesPerHour: 2 }]);
    const everywhere = await own.token({ clusters: ["*"] });
    const shipped = async (sequence: number, cluster = "east"): Promise<number> =>
      (await send(own.url, encodeBatch(batch(sequence, { cluster })), bearer(everywhere))).status;
    expect([await shipped(1), await shipped(2), await shipped(3), await shipped(1, "west")]).toEqual([
      200, 200, 429, 200,
    ]);
    const over = await send(own.url, encodeBatch(batch(3)), bearer(everywhere));
    expect(over).toMatchObject({
      status: 429,
      body: { code: "collector_quota", detail: "the cluster `east` has used up its quota of 2 edges an hour" },
    });
    // Half an hour fills one edge.
    expect(Number(over.headers.get("retry-after"))).toBe(1800);
    own.nowMs += 1_800_000;
    expect([await shipped(3), await shipped(4)]).toEqual([200, 429]);
  });

  test("count a batch that is sent twice once", async () => {
    own.quotas.setQuotas([{ cluster: "*", ...noQuota, edgesPerDay: 2 }]);
    const text = encodeBatch(batch(1));
    for (let i = 0; i < 5; i += 1) expect((await send(own.url, text, bearer(token))).status).toBe(200);
    expect((await send(own.url, encodeBatch(batch(2)), bearer(token))).status).toBe(200);
    expect((await send(own.url, encodeBatch(batch(3)), bearer(token))).status).toBe(429);
  });
});
