import { expect, test } from "vitest";
import type { EdgeDelta, SealedBatch } from "../../pipeline/flows/sealed-batch.ts";
import { LiveWeek, pace } from "./live-week.ts";
import { movedWeek, type RecordedWeek, weekMs, weekOf } from "./recorded-week.ts";
import { storePastWeeks } from "./store-past-weeks.ts";

const hourMs = 3_600_000;
const monday = Date.UTC(2026, 2, 2);
const now = Date.UTC(2026, 10, 25, 12, 30);

function edge(hour: number, flows: number): EdgeDelta {
  return {
    source: 0,
    owner: 0,
    address: { family: 4, value: 0xc0000201n },
    prefixLength: undefined,
    protocol: "tcp",
    port: 443,
    verdict: "seen",
    decidedBy: [],
    hour: monday / hourMs + hour,
    flows,
    bytes: 100 * flows,
    firstSeenMs: monday + hour * hourMs,
    lastSeenMs: monday + hour * hourMs + 1_800_000,
  };
}

const batch: SealedBatch = {
  observer: "sample",
  incarnation: "0".repeat(32),
  sequence: 1,
  cluster: "shop",
  sealedAtMs: monday + weekMs,
  owners: [{ cluster: "shop", namespace: "web", workload: { kind: "Deployment", name: "cart" } }],
  sources: ["netobserv"],
  edges: [edge(0, 4), edge(60, 2), edge(61, 3), edge(167, 1)],
  names: [],
  coarse: [],
  health: [],
};
const week: RecordedWeek = { startMs: monday, batch };

test("a moved week has the same weekdays and hours, and nothing of the future", () => {
  expect(new Date(weekOf(now)).toISOString()).toBe("2026-11-23T00:00:00.000Z");
  const hours = (weeks: number): number[] =>
    movedWeek(week, weeks, now).edges.map((own) => own.hour - (weekOf(now) / hourMs - weeks * 168));
  expect(hours(1)).toEqual([0, 60, 61, 167]);
  // Wednesday 12:30: the row of hour 60 began at 12:00 and ends at 12:30.
  expect(hours(0)).toEqual([0]);
});

test("the weeks before now are stored once, whatever falls in between", async () => {
  const values = new Map<string, string>();
  const settings = {
    get: (name: string) => Promise.resolve(values.get(name)),
    set: (name: string, value: string) => {
      values.set(name, value);
      return Promise.resolve();
    },
    exchange: () => Promise.resolve(false),
  };
  const stored = new Map<string, number>();
  let falls = true;
  const sink = {
    deliver: ({ incarnation, sequence, edges }: SealedBatch) => {
      if (falls && sequence === 3) return Promise.reject(new Error("killed"));
      const key = `${incarnation} ${sequence}`;
      if (!stored.has(key)) stored.set(key, edges.length);
      return Promise.resolve({ kind: "stored" } as const);
    },
  };
  await expect(storePastWeeks(week, sink, settings, { nowMs: now, incarnation: "a".repeat(32) })).rejects.toThrow(
    "killed",
  );
  falls = false;
  for (const incarnation of ["b".repeat(32), "c".repeat(32)]) {
    const later = { nowMs: now + hourMs, incarnation };
    expect(await storePastWeeks(week, sink, settings, later)).toMatchObject({ ok: true });
  }
  expect([...stored.values()]).toEqual([4, 4, 1]);
});

test("live, what happened in a minute comes in a second, with the time of now", () => {
  const live = new LiveWeek(week, now, "f".repeat(32));
  const played: SealedBatch[] = [];
  // Thirty recorded minutes until hour 61, then its half hour of three flows.
  for (let second = 1; second <= 75; second += 1) played.push(live.until(now + second * 1000));
  expect(played.map(({ sequence }) => sequence)).toEqual(Array.from({ length: 75 }, (_, i) => i + 1));
  const rows = played.flatMap(({ edges }) => edges);
  expect(rows.reduce((sum, { flows }) => sum + flows, 0)).toBe(1 + 3);
  expect(rows.every(({ firstSeenMs, hour }) => firstSeenMs > now && hour === Math.floor(firstSeenMs / hourMs))).toBe(
    true,
  );
});

test("at its end the week begins again, and every flow comes once a round", () => {
  const live = new LiveWeek(week, now, "f".repeat(32));
  let flows = 0;
  for (let hour = 1; hour <= 168; hour += 1) {
    for (const own of live.until(now + (hour * hourMs) / pace).edges) flows += own.flows;
  }
  expect(flows).toBe(10);
});

test("a machine that slept for long gets one round, not all it missed", () => {
  const live = new LiveWeek(week, now, "f".repeat(32));
  const { edges, health } = live.until(now + 10 * weekMs);
  expect(edges.reduce((sum, own) => sum + own.flows, 0)).toBe(10);
  expect(health[0]?.records).toBe(10);
});
