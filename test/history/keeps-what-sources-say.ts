import { expect, test } from "vitest";
import type { EdgeStore } from "../../src/app/history/edge-store.ts";
import { batchForTest, hourMs, monday } from "./batch-for-test.ts";

const always = { fromMs: 0, toMs: (monday + 100_000) * hourMs };
const everywhere = { cluster: undefined, namespace: undefined };
const from = (hour: number): number => (monday + hour) * hourMs;

/** What comes with the edges: how the sources stand, and metrics without addresses. */
export function keepsWhatSourcesSay(withStore: (work: (store: EdgeStore) => Promise<void>) => Promise<void>): void {
  test("what sources brought and lost is summed, and their latest word holds", async () => {
    await withStore(async (store) => {
      const health = {
        source: 0,
        kind: "hubble",
        message: "",
        malformed: 1,
        lost: 2,
        outages: 3,
        dropped: 4,
        receivedBytes: 5,
        leftOut: [{ reason: "internal" as const, flows: 7 }],
        samplingMax: 1,
        lastArrivalMs: undefined,
        lagMs: undefined,
      };
      const first = { ...health, state: "running" as const, records: 10, lagMs: { mean: 1, max: 9 } };
      const second = { ...health, state: "retrying" as const, message: "nobody there", records: 30, samplingMax: 50 };
      const lag = { lastArrivalMs: from(1), lagMs: { mean: 5, max: 8 } };
      await store.append([batchForTest([], { health: [first], sealedAtMs: from(1) })]);
      await store.append([batchForTest([], { health: [{ ...second, ...lag }], sequence: 2, sealedAtMs: from(2) })]);
      const told = {
        cluster: "east",
        observer: "node-a",
        source: "netobserv",
        kind: "hubble",
        state: "retrying",
        message: "nobody there",
        records: 40,
        malformed: 2,
        lost: 4,
        outages: 6,
        dropped: 8,
        receivedBytes: 10,
        leftOut: [{ reason: "internal", flows: 14 }],
        samplingMax: 50,
        lastArrivalMs: from(1),
        lagMs: { mean: 4, max: 9 },
        reportedAtMs: from(2),
        reportedHours: [{ firstHour: monday + 1, lastHour: monday + 2 }],
      };
      expect(await store.sourceHealth({ cluster: undefined, window: always })).toEqual([told]);
      expect(await store.sourceHealth({ cluster: "west", window: always })).toEqual([]);
      await store.maintain({ nowMs: from(3), hourlyDays: 1, dailyDays: 30 });
      expect(await store.sourceHealth({ cluster: "east", window: always })).toEqual([told]);
    });
  });

  test("metrics are told by the hour or for the window, each source by itself", async () => {
    await withStore(async (store) => {
      const row = { owner: 0, destination: "pub", protocol: "tcp", port: 443, verdict: "seen" } as const;
      const coarse = [
        { ...row, source: 0, hour: monday + 1, flows: 1, bytes: undefined },
        { ...row, source: 0, hour: monday + 5, flows: 2, bytes: 10 },
        { ...row, source: 1, hour: monday + 5, flows: 7, bytes: undefined },
      ];
      const owners = [{ cluster: "east", namespace: "shop", workload: { kind: "Job", name: "cart" } }];
      await store.append([batchForTest([], { owners, sources: ["a", "b"], coarse })]);
      const question = { ...everywhere, window: always, limit: 10 };
      const told = async (per: "hour" | "window"): Promise<unknown[]> =>
        (await store.coarse({ ...question, per })).map(({ source, hour, lastHour, flows, bytes }) => {
          return [source, hour - monday, lastHour - monday, flows, bytes];
        });
      expect(await told("hour")).toEqual([
        ["a", 1, 1, 1, undefined],
        ["a", 5, 5, 2, 10],
        ["b", 5, 5, 7, undefined],
      ]);
      expect(await told("window")).toEqual([
        ["a", 1, 5, 3, 10],
        ["b", 5, 5, 7, undefined],
      ]);
    });
  });
}
