import { expect, test } from "vitest";
import { isWell, rankOf, sourceTroubles, troublesOf, troubleWords } from "./source-troubles.ts";
import type { LedgerRow } from "./state/sources.ts";

const nowMs = Date.UTC(2026, 2, 2, 6);
const minuteMs = 60_000;
const asked = { nowMs, fromMs: nowMs - 15 * minuteMs, isShared: false };

interface Given extends Partial<Omit<LedgerRow, "standing" | "sums">> {
  readonly standing?: Partial<LedgerRow["standing"]>;
  readonly sums?: Partial<LedgerRow["sums"]>;
}

function rowOf({ standing, sums, ...own }: Given): LedgerRow {
  return {
    cluster: "east",
    observer: "node-a",
    source: "flows",
    lag: { weightedMs: 0, weight: 0, maxMs: 0 },
    firstReportedMs: nowMs - 60 * minuteMs,
    ...own,
    standing: {
      kind: "hubble",
      state: "running",
      message: "",
      samplingMax: 1,
      lastArrivalMs: nowMs,
      reportedAtMs: nowMs,
      ...standing,
    },
    sums: { records: 60, malformed: 0, lost: 0, outages: 0, dropped: 0, receivedBytes: 1, leftOut: {}, ...sums },
  };
}

const late = { weightedMs: 60 * 20 * minuteMs, weight: 60, maxMs: 30 * minuteMs };
const nothing = { records: 0 };

test.each<readonly [string, Given, readonly string[]]>([
  ["runs", {}, []],
  ["runs and brings nothing", { sums: nothing }, ["idle"]],
  ["has just begun", { sums: nothing, firstReportedMs: nowMs - minuteMs }, []],
  ["begins", { sums: nothing, standing: { state: "starting" } }, []],
  ["has ended", { sums: nothing, standing: { state: "ended", reportedAtMs: 0, lastArrivalMs: 0 } }, []],
  ["brings what nobody understands", { sums: { records: 0, malformed: 3 } }, ["malformed"]],
  ["has an observer that is gone", { sums: nothing, standing: { reportedAtMs: nowMs - 3 * minuteMs } }, ["silent"]],
  ["tries again", { sums: nothing, standing: { state: "retrying" } }, ["retrying"]],
  ["brings everything late", { lag: late }, ["late"]],
  ["is asked once an hour", { standing: { kind: "prometheus" }, sums: nothing, lag: late }, []],
  [
    "failed with losses",
    { standing: { state: "failed" }, sums: { lost: 1, dropped: 1 } },
    ["failed", "lost", "dropped"],
  ],
  ["is heard by an observer whose clock is ahead", { standing: { lastArrivalMs: nowMs + 120 * minuteMs } }, ["clock"]],
  ["is heard by an observer whose clock is nearly right", { standing: { lastArrivalMs: nowMs + 4 * minuteMs } }, []],
  ["is caught up with", { standing: { lastArrivalMs: nowMs - 600 * minuteMs } }, []],
  ["was gone for a moment", { sums: { outages: 1 } }, ["lost"]],
])("a source that %s", (_, given, troubles) => {
  expect(troublesOf(rowOf(given), asked)).toEqual(troubles);
});

test("what is late, quiet or not understood is no reason to say no", () => {
  expect(sourceTroubles.filter((trouble) => isWell({ troubles: [trouble] }))).toEqual(["late", "idle", "malformed"]);
});

test("the worst trouble ranks a source, and none comes last", () => {
  expect(
    [{ troubles: ["malformed", "lost"] as const }, { troubles: ["failed"] as const }, { troubles: [] }].map(rankOf),
  ).toEqual([sourceTroubles.indexOf("lost"), 0, sourceTroubles.length]);
});

test("each trouble is told with what to do about it", () => {
  const source = {
    troubles: sourceTroubles,
    kind: "flow-export",
    observer: "node-a",
    lost: 1_234,
    outages: 1,
    dropped: 2,
    malformed: 3,
    leftOut: [{ reason: "source-unknown", flows: 400 }] as const,
    lagMs: { mean: 20 * minuteMs },
    lastArrival: new Date(nowMs - 62 * minuteMs).toISOString(),
    lastReport: new Date(nowMs - 3 * 86_400_000).toISOString(),
  };
  const words = troubleWords(source, nowMs);
  expect(words.map(({ what }) => what)).toEqual([
    "it failed and is not tried again",
    "its observer said nothing for 3 d",
    "it tries again",
    "1,234 records never arrived and 1 outage",
    "2 records found no room at the observer",
    "two observers ship as `node-a`, and what both see counts twice",
    "its observer's clock is 2 d 22 h ahead of this collector's",
    "400 flows left out of addresses that no known pod had",
    "its records are 20 min late",
    "it runs, and nothing came for 1 h 2 min",
    "3 records could not be understood",
  ]);
  expect(words.filter(({ remedy }) => !/^[^A-Z]{2}.*[^.]$/.test(remedy))).toEqual([]);
  expect(words.find(({ trouble }) => trouble === "lost")?.remedy).toContain("docs/flow-export.md");
});
