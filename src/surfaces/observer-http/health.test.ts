import { expect, test } from "vitest";
import { freshCounts } from "../../app/live/observer-counts.ts";
import type { ObserverStatus, SourceStatus } from "../../app/live/observer-status.ts";
import { livenessOf, readinessOf } from "./health.ts";

function source(state: SourceStatus["state"]): SourceStatus {
  return { name: "flows", kind: "hubble", state, message: "", totals: { ...freshCounts(), records: 12 } };
}

const good: ObserverStatus = {
  isListening: true,
  cluster: {
    state: "running",
    message: "",
    counts: { objects: 3, lists: 0, reconnects: 0, malformed: 0, intervals: 2, intervalsDropped: 0 },
    resources: [],
  } as unknown as ObserverStatus["cluster"],
  sources: [source("running")],
  outbox: { batches: 2, bytes: 100 },
  batches: { sealed: 5, stored: 3, refused: 0, dropped: 0, edges: 9, names: 0, packedBytes: 80, sealedAtMs: 1000 },
  outboxTrouble: undefined,
  deliveryTrouble: "nobody there",
};

test.each<[string, Partial<ObserverStatus>, readonly string[], readonly string[]]>([
  ["all is well, though the collector is away", {}, [], []],
  ["it ends", { isListening: false }, [], ["it is ending"]],
  ["nothing has begun", { sources: [] }, [], ["it waits for the cluster"]],
  ["the only source tries again", { sources: [source("retrying")] }, [], ["no source runs"]],
  ["one of two sources failed", { sources: [source("failed"), source("running")] }, [], []],
  ["every source failed", { sources: [source("failed")] }, ["every source has failed"], ["no source runs"]],
  ["the disk is full", { outboxTrouble: "no space left" }, [], ["no space left"]],
])("%s", (_, own, alive, ready) => {
  const status = { ...good, ...own };
  expect(livenessOf(status, 2000).reasons).toEqual(alive);
  expect(readinessOf(status).reasons).toEqual(ready);
});

test("an observer that seals nothing for minutes hangs, unless its disk is full", () => {
  expect(livenessOf(good, 1000 + 300_000).reasons).toEqual(["nothing was sealed for 300 s"]);
  expect(livenessOf({ ...good, outboxTrouble: "no space left" }, 1000 + 300_000).isGood).toBe(true);
});
