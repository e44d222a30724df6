import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openSqliteState } from "../../src/adapters/sql-state/open-sqlite.ts";
import type { Access } from "../../src/app/access/access.ts";
import type { Principal } from "../../src/app/access/principal.ts";
import { sourceDesk } from "../../src/app/desk/source-desk.ts";
import type { ObserverArrival } from "../../src/app/state/observers.ts";
import type { SourceMinute } from "../../src/app/state/sources.ts";
import type { State } from "../../src/app/state/state.ts";

const nowMs = Date.UTC(2026, 2, 2, 6);
const minuteMs = 60_000;
const who = {} as Principal;

let folder: string;
let state: State;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "postern-sources-"));
  const opened = await openSqliteState({ path: join(folder, "state.sqlite"), mayCreate: true, nowMs: () => nowMs });
  if (!opened.ok) throw new Error(opened.error.message);
  state = opened.value;
});
afterEach(async () => {
  await state.close();
  await rm(folder, { recursive: true });
});

function minuteOf(cluster: string, observer: string, ageMinutes = 1): SourceMinute {
  return {
    cluster,
    observer,
    source: "hubble",
    minute: nowMs / minuteMs - ageMinutes,
    standing: {
      kind: "hubble",
      state: "running",
      message: "one node is behind",
      samplingMax: 1,
      lastArrivalMs: nowMs - ageMinutes * minuteMs,
      reportedAtMs: nowMs - ageMinutes * minuteMs,
    },
    sums: { records: 60, malformed: 0, lost: 0, outages: 0, dropped: 0, receivedBytes: 1, leftOut: {} },
    lag: { weightedMs: 0, weight: 0, maxMs: 0 },
  };
}

function arrivalOf(cluster: string, observer: string, sharedAtMs: number | undefined): ObserverArrival {
  const incarnation = "0".repeat(32);
  return { cluster, observer, incarnation, lastSequence: 7, version: "", address: "", atMs: nowMs, sharedAtMs };
}

function deskOf(among: Access["among"], flush = (): Promise<void> => Promise.resolve()): ReturnType<typeof sourceDesk> {
  return sourceDesk({
    state,
    access: { may: () => Promise.resolve(true), among },
    namespaces: () => Promise.resolve([]),
    nowMs: () => nowMs,
    flush,
  });
}

const mayAll: Access["among"] = () => Promise.resolve("all");

test("two observers that ship under one name are told beside what the source says", async () => {
  await state.sources.add([minuteOf("east", "node-a"), minuteOf("east", "node-b"), minuteOf("east", "node-c")]);
  await state.observers.seen([
    arrivalOf("east", "node-a", nowMs - minuteMs),
    arrivalOf("east", "node-b", undefined),
    arrivalOf("east", "node-c", nowMs - 24 * 60 * minuteMs),
  ]);
  const page = await deskOf(mayAll).list(who, { limit: 10 });
  const what: unknown = expect.stringMatching(/^two observers ship as `node-a`/);
  const remedy: unknown = expect.stringContaining("`--name`");
  expect(page.ok && page.value.items.map(({ observer, message, troubles }) => [observer, message, troubles])).toEqual([
    ["node-a", "one node is behind", [{ trouble: "shared-name", what, remedy }]],
    ["node-b", "one node is behind", []],
    // Mended yesterday.
    ["node-c", "one node is behind", []],
  ]);
});

test("one sees the sources of clusters in which one may see anything, silent ones as silent", async () => {
  await state.sources.add([minuteOf("east", "node-a"), minuteOf("west", "node-a", 10)]);
  const only = deskOf(() => Promise.resolve([{ cluster: "west", namespace: "shop" }]));
  const page = await only.list(who, { limit: 10 });
  expect(page.ok && page.value.items.map((row) => [row.cluster, row.state])).toEqual([["west", "silent"]]);
});

test("what is known is shown while nothing can be written", async () => {
  await state.sources.add([minuteOf("east", "node-a")]);
  const full = deskOf(mayAll, () => Promise.reject(new Error("database or disk is full")));
  const page = await full.list(who, { limit: 10 });
  expect(page.ok && page.value.total).toBe(1);
});

test("the worst come first, and last the other way round", async () => {
  const { standing, sums } = minuteOf("east", "any");
  await state.sources.add([
    minuteOf("east", "well"),
    { ...minuteOf("east", "failed"), standing: { ...standing, state: "failed" } },
    { ...minuteOf("east", "losing"), sums: { ...sums, lost: 3 } },
    minuteOf("east", "dead", 30),
  ]);
  const desk = deskOf(mayAll);
  const worst = await desk.list(who, { limit: 10 });
  const best = await desk.list(who, { limit: 10, sort: "-state" });
  const order = ["failed", "dead", "losing", "well"];
  expect(worst.ok && worst.value.items.map(({ observer }) => observer)).toEqual(order);
  expect(best.ok && best.value.items.map(({ observer }) => observer)).toEqual(order.toReversed());
});

test("a source that brings nothing is told from an observer that says nothing, also minute by minute", async () => {
  const { standing, sums } = minuteOf("east", "any");
  const ages = Array.from({ length: 50 }, (_, n) => 49 - n);
  await state.sources.add([
    ...ages.map((age) => {
      const records = age < 40 ? 0 : 60;
      const at = nowMs - age * minuteMs;
      const lastArrivalMs = records === 0 ? undefined : at;
      return {
        ...minuteOf("east", "idle", age),
        standing: { ...standing, lastArrivalMs, reportedAtMs: at },
        sums: { ...sums, records },
      };
    }),
    ...ages.filter((age) => age >= 40).map((age) => minuteOf("east", "dead", age)),
  ]);
  const page = await deskOf(mayAll).list(who, { limit: 10 });
  const seen = page.ok
    ? page.value.items.map(({ observer, state, troubles, minutes }) => [
        observer,
        state,
        troubles.map(({ what }) => what),
        minutes.records.slice(19, 22),
      ])
    : [];
  expect(seen).toEqual([
    ["dead", "silent", ["its observer said nothing for 40 min"], [60, 60, null]],
    ["idle", "running", ["it runs, and nothing came for 40 min"], [60, 60, 0]],
  ]);
});

test("a page and one source are asked for by name, each with its own minutes", async () => {
  const { sums } = minuteOf("east", "any");
  const lag = { weightedMs: 600, weight: 3, maxMs: 400 };
  await state.sources.add([
    { ...minuteOf("east", "node-a"), sums: { ...sums, records: 7, lost: 2, dropped: 3 }, lag },
    minuteOf("east", "node-b"),
    minuteOf("west", "node-a"),
  ]);
  const desk = deskOf(mayAll);
  const one = await desk.list(who, { limit: 10, cluster: ["east"], observer: ["node-a"], source: ["hubble"] });
  expect(one.ok && one.value.items.map(({ minutes }) => [minutes.records, minutes.missing, minutes.lagMs])).toEqual([
    [7, 5, 200].map((last) => [...Array.from({ length: 59 }, () => null), last]),
  ]);
  const losing = await desk.list(who, { limit: 10, trouble: ["lost", "failed"] });
  expect(losing.ok && losing.value.items.map(({ observer }) => observer)).toEqual(["node-a"]);
  const first = await desk.list(who, { limit: 2, sort: "cluster" });
  expect(first.ok && [first.value.total, first.value.items.map(({ minutes }) => minutes.records.at(-1))]).toEqual([
    3,
    [7, 60],
  ]);
});
