import { expect, test } from "vitest";
import { freshCounts } from "../../app/live/observer-counts.ts";
import type { ObserverStatus } from "../../app/live/observer-status.ts";
import { formatFigures } from "./exposition.ts";
import { metricsText } from "./metrics.ts";

test("a figure stands on a line of its own, behind what it means and whether it only grows", () => {
  const text = formatFigures([
    { name: "a_total", help: "things", values: [{ labels: { of: 'a "b" \\ c\nd', kind: "x" }, value: 12 }] },
    { name: "b", help: "level", values: [{ value: 0.5 }] },
    { name: "c", help: "not known yet", values: [] },
    { name: "d", help: "without end", values: [{ value: Infinity }] },
  ]);
  expect(text).toBe(`# HELP a_total things
# TYPE a_total counter
a_total{of="a \\"b\\" \\\\ c\\nd",kind="x"} 12
# HELP b level
# TYPE b gauge
b 0.5
# HELP d without end
# TYPE d gauge
d +Inf
`);
});

test("figures are those of the status, and of the process", () => {
  const status = {
    cluster: { counts: { objects: 3, reconnects: 0, intervals: 2 } },
    sources: [
      { name: "flows", kind: "hubble", state: "running", message: "", totals: { ...freshCounts(), records: 12 } },
      {
        name: "dns",
        kind: "capture",
        state: "failed",
        message: "",
        totals: { ...freshCounts(), lagCount: 1, lagMax: 1500 },
      },
    ],
    outbox: { batches: 7, bytes: 0 },
    batches: {
      sealed: 5,
      stored: 3,
      refused: 0,
      dropped: 0,
      edges: 9,
      names: 0,
      packedBytes: 80,
      sealedAtMs: undefined,
    },
    outboxTrouble: undefined,
    deliveryTrouble: "nobody there",
  } as unknown as ObserverStatus;
  const lines = metricsText(status).split("\n");
  expect(lines).toContain('postern_observer_source_records_total{source="flows",kind="hubble"} 12');
  expect(lines).toContain('postern_observer_source_failed{source="dns",kind="capture"} 1');
  // What is not known yet has no line: 0 would be a time, or no lag at all.
  expect(lines.filter((line) => line.startsWith("postern_observer_source_lag"))).toEqual([
    'postern_observer_source_lag_max_seconds{source="dns",kind="capture"} 1.5',
  ]);
  expect(lines.filter((line) => line.includes("sealed_timestamp"))).toEqual([]);
  expect(lines).toContain("postern_observer_buffer_batches 7");
  expect(lines).toContain("postern_observer_delivering 0");
  expect(lines.filter((line) => line.startsWith("process_resident_memory_bytes "))).toHaveLength(1);
});
