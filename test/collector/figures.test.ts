import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { encodeBatch } from "../../src/app/live/encode-batch.ts";
import type { SealedBatch, SourceDelta } from "../../src/pipeline/flows/sealed-batch.ts";
import { CollectMetrics } from "../../src/surfaces/http/metrics.ts";
import { batchForTest } from "../history/batch-for-test.ts";
import { bearer, CollectorForTest, get, send, startMs } from "./collector-for-test.ts";

let own: CollectorForTest;
let token = "";
beforeEach(async () => {
  own = await CollectorForTest.open();
  token = await own.token({ clusters: ["*"] });
});
afterEach(() => own.close());

const healthy: SourceDelta = {
  source: 0,
  kind: "hubble",
  state: "running",
  message: "",
  records: 600,
  malformed: 0,
  lost: 0,
  outages: 0,
  dropped: 0,
  receivedBytes: 60_000,
  leftOut: [{ reason: "reply", flows: 100 }],
  samplingMax: 1,
  lastArrivalMs: startMs - 1500,
  lagMs: { mean: 200, max: 900 },
};

function batch(sequence: number, delta: Partial<SourceDelta> = {}, fields: Partial<SealedBatch> = {}): string {
  return encodeBatch(
    batchForTest([["shop/Deployment/cart tcp 192.0.2.1:443", 0, 10]], {
      sequence,
      sealedAtMs: startMs - 1000,
      source: "hubble",
      health: [{ ...healthy, ...delta }],
      ...fields,
    }),
  );
}

describe("figures", () => {
  test("count what was taken, sent twice and refused, and how sources stand", async () => {
    await send(own.url, batch(1), bearer(token));
    await send(own.url, batch(1), bearer(token));
    await send(own.url, batch(2, { lost: 7, lagMs: { mean: 400, max: 500 } }), bearer(token));
    await send(own.url, "{", bearer(token));
    await send(own.url, batch(3), bearer("nonsense"));
    const { body, headers } = await get(own.url, "/metrics", token);
    expect(headers.get("content-type")).toMatch(/^text\/plain; version=0\.0\.4/);
    const text = String(body.text);
    const where = '{cluster="east",observer="node-a",source="hubble"}';
    for (const line of [
      "postern_batches_stored_total 2",
      "postern_batches_known_total 1",
      "postern_edges_total 2",
      'postern_batches_refused_total{code="batch_unreadable"} 1',
      'postern_authentication_failures_total{code="token_malformed"} 1',
      `postern_source_records_total${where} 1200`,
      `postern_source_lost_total${where} 7`,
      `postern_source_running${where} 1`,
      `postern_source_lag_seconds${where} 0.4`,
      "postern_append_seconds_count 3",
      "postern_batch_lag_seconds_count 2",
      "postern_waiting_batches 0",
    ]) {
      expect(text.split("\n")).toContain(line);
    }
    expect(text).toContain("process_cpu_seconds_total");
  });

  test("are for those who may read every cluster, unless they are open", async () => {
    expect(await get(own.url, "/metrics", await own.token())).toMatchObject({ status: 403 });
    const open = await CollectorForTest.open({ openMetrics: true });
    expect((await get(open.url, "/metrics")).status).toBe(200);
    await open.close();
  });

  test("stay bounded, whatever names come", async () => {
    const metrics = new CollectMetrics();
    for (let n = 0; n < 3000; n += 1) {
      metrics.stored(batchForTest([], { observer: `node-${n}`, health: [healthy] }), 1, 1);
    }
    const lines = (await metrics.registry.metrics()).split("\n");
    const series = lines.filter((line) => line.startsWith("postern_source_records_total{"));
    expect(series).toHaveLength(2001);
    expect(series).toContain(
      'postern_source_records_total{cluster="(others)",observer="(others)",source="(others)"} 600000',
    );
    // One cluster's names leave room for those of another.
    metrics.stored(batchForTest([], { cluster: "west", health: [healthy] }), 1, 1);
    expect(await metrics.registry.metrics()).toContain('postern_source_records_total{cluster="west"');
  });

  test("are forgotten of sources that are gone, and make room for new ones", async () => {
    let nowMs = 0;
    const metrics = new CollectMetrics(() => nowMs);
    const tell = (observer: string): void => metrics.stored(batchForTest([], { observer, health: [healthy] }), 1, 1);
    tell("stays");
    for (let n = 1; n < 2000; n += 1) tell(`node-${n}`);
    nowMs = 3_000_000;
    tell("stays");
    nowMs = 3_600_000;
    tell("comes");
    const text = await metrics.registry.metrics();
    expect(text.match(/^postern_source_lag_seconds\{.*$/gm)).toEqual(
      ["stays", "comes"].map(
        (observer) => `postern_source_lag_seconds{cluster="east",observer="${observer}",source="netobserv"} 0.2`,
      ),
    );
  });
});

describe("sources", () => {
  test.each([
    ["flows of addresses that no pod had", [{ reason: "source-unknown", flows: 400 }], ["unattributed"]],
    ["flows without a caller, with others", [{ reason: "initiator-unknown", flows: 900 }], ["unattributed"]],
    ["replies", [{ reason: "reply", flows: 900 }], []],
    ["a few unknown ones", [{ reason: "source-unknown", flows: 20 }], []],
  ] as const)("that mostly bring %s", async (_, leftOut, troubles) => {
    await send(own.url, batch(1, { leftOut }), bearer(token));
    const { body } = await get(own.url, "/v1/sources", token);
    expect(body).toMatchObject({ sources: [{ troubles }] });
  });

  test("are told with their pace, lag and losses", async () => {
    await send(own.url, batch(1), { ...bearer(token), "user-agent": "postern/0.1.0" });
    // In real life the ledger is written every two seconds.
    await get(own.url, "/v1/sources", token);
    own.nowMs += 30_000;
    const late = { lost: 3, outages: 1, dropped: 2, malformed: 1, lagMs: { mean: 800, max: 5000 } };
    await send(own.url, batch(2, { ...late, state: "retrying", message: "nobody there" }), {
      ...bearer(token),
      "user-agent": "postern/0.1.0",
    });
    own.nowMs += 30_000;
    expect((await get(own.url, "/v1/sources", token)).body).toEqual({
      schema: "postern/sources/v1",
      at: new Date(startMs + 60_000).toISOString(),
      windowMinutes: 15,
      sources: [
        {
          cluster: "east",
          observer: "node-a",
          source: "hubble",
          kind: "hubble",
          state: "retrying",
          message: "nobody there",
          troubles: ["retrying", "lost", "dropped", "malformed"],
          recordsPerSecond: 20,
          records: 1200,
          receivedBytes: 120_000,
          malformed: 1,
          lost: 3,
          outages: 1,
          dropped: 2,
          leftOut: [{ reason: "reply", flows: 200 }],
          samplingMax: 1,
          lagMs: { mean: 500, max: 5000 },
          lastArrival: new Date(startMs - 1500).toISOString(),
          lastReport: new Date(startMs + 30_000).toISOString(),
          firstReport: new Date(startMs).toISOString(),
        },
      ],
      observers: [
        {
          cluster: "east",
          observer: "node-a",
          version: "postern/0.1.0",
          address: "127.0.0.1",
          firstSeen: new Date(startMs).toISOString(),
          lastSeen: new Date(startMs + 30_000).toISOString(),
          lastSequence: 2,
          lastShared: null,
        },
      ],
    });
  });

  test("of two observers with one name are told apart from those of one that began again", async () => {
    const of = (run: string, sequence: number): string => batch(sequence, {}, { incarnation: run.repeat(32) });
    for (const [run, sequence] of [
      ["a", 1],
      ["b", 2],
      ["b", 3],
    ] as const)
      await send(own.url, of(run, sequence), bearer(token));
    expect((await get(own.url, "/v1/sources", token)).body.sources).toMatchObject([{ troubles: [], records: 1800 }]);
    await send(own.url, of("a", 2), bearer(token));
    const { body } = await get(own.url, "/v1/sources", token);
    expect(body.sources).toMatchObject([{ troubles: ["shared-name"], records: 2400 }]);
    expect(body.observers).toMatchObject([{ observer: "node-a", lastShared: new Date(startMs).toISOString() }]);
    own.nowMs += 16 * 60_000;
    await send(own.url, of("a", 3), bearer(token));
    expect((await get(own.url, "/v1/sources", token)).body.sources).toMatchObject([{ troubles: [] }]);
  });

  test("of an observer that says nothing any more are silent", async () => {
    await send(own.url, batch(1), bearer(token));
    own.nowMs += 121_000;
    expect((await get(own.url, "/v1/sources", token)).body.sources).toMatchObject([{ troubles: ["silent"] }]);
  });

  test("of another cluster are not told", async () => {
    await send(own.url, batch(1, {}, { cluster: "west", owners: [], edges: [] }), bearer(token));
    expect((await get(own.url, "/v1/sources", await own.token())).body).toMatchObject({ sources: [], observers: [] });
  });

  test.each(["0", "x", "99999", "-1", "1&window=2"])("are not told over a window of %s", async (window) => {
    expect(await get(own.url, `/v1/sources?window=${window}`, token)).toMatchObject({
      status: 400,
      body: { code: "sources_window" },
    });
  });
});
