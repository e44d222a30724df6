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

function deskOf(among: Access["among"]): ReturnType<typeof sourceDesk> {
  return sourceDesk({
    state,
    access: { may: () => Promise.resolve(true), among },
    namespaces: () => Promise.resolve([]),
    nowMs: () => nowMs,
    flush: () => Promise.resolve(),
  });
}

test("two observers that ship under one name are told beside what the source says", async () => {
  await state.sources.add([minuteOf("east", "node-a"), minuteOf("east", "node-b"), minuteOf("east", "node-c")]);
  await state.observers.seen([
    arrivalOf("east", "node-a", nowMs - minuteMs),
    arrivalOf("east", "node-b", undefined),
    arrivalOf("east", "node-c", nowMs - 24 * 60 * minuteMs),
  ]);
  const page = await deskOf(() => Promise.resolve("all")).list(who, { limit: 10 });
  expect(page.ok && page.value.items.map(({ observer, message }) => [observer, message])).toEqual([
    ["node-a", expect.stringMatching(/^two observers ship as `node-a`, .*; one node is behind$/)],
    ["node-b", "one node is behind"],
    // Mended yesterday.
    ["node-c", "one node is behind"],
  ]);
});

test("one sees the sources of clusters in which one may see anything, silent ones as silent", async () => {
  await state.sources.add([minuteOf("east", "node-a"), minuteOf("west", "node-a", 10)]);
  const only = deskOf(() => Promise.resolve([{ cluster: "west", namespace: "shop" }]));
  const page = await only.list(who, { limit: 10 });
  expect(page.ok && page.value.items.map((row) => [row.cluster, row.state])).toEqual([["west", "silent"]]);
});
