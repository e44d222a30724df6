import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { SealedBatch } from "../../pipeline/flows/sealed-batch.ts";
import { noQuota } from "../state/quotas.ts";
import { QuotaGate } from "./collect-quotas.ts";

const hourMs = 3_600_000;

/** A batch with so many edges of each cluster; the first is the observer's own. */
function batch(...edges: readonly (readonly [cluster: string, count: number])[]): SealedBatch {
  const owners = edges.map(([cluster]) => ({ cluster, namespace: "", workload: { kind: "", name: "" } }));
  const rows = edges.flatMap(([, count], owner) => Array.from({ length: count }, () => ({ owner })));
  return { cluster: edges[0]![0], owners, edges: rows } as unknown as SealedBatch;
}

describe("a quota", () => {
  test("lets what fits pass, then nothing, then what has been filled again", () => {
    const gate = new QuotaGate();
    gate.setQuotas([{ cluster: "*", ...noQuota, edgesPerHour: 10 }]);
    expect(gate.take(batch(["a", 10]), 0, 0)).toBeUndefined();
    expect(gate.take(batch(["a", 1]), 0, 0)).toEqual({
      cluster: "a",
      limit: "edgesPerHour",
      allowed: 10,
      afterMs: hourMs / 10,
    });
    expect(gate.take(batch(["b", 10]), 0, 0)).toBeUndefined();
    expect(gate.take(batch(["a", 1]), 0, hourMs / 10)).toBeUndefined();
  });

  test("lets a batch that is larger than all of it pass, and then waits longer", () => {
    const gate = new QuotaGate();
    gate.setQuotas([{ cluster: "a", ...noQuota, edgesPerHour: 10 }]);
    expect(gate.take(batch(["a", 30]), 0, 0)).toBeUndefined();
    expect(gate.take(batch(["a", 1]), 0, 2 * hourMs)).toMatchObject({ afterMs: hourMs / 10 });
    expect(gate.take(batch(["a", 1]), 0, 2 * hourMs + hourMs / 10)).toBeUndefined();
  });

  test("of nothing lets nothing pass but what has no rows", () => {
    const gate = new QuotaGate();
    gate.setQuotas([{ cluster: "a", ...noQuota, edgesPerDay: 0 }]);
    expect(gate.take(batch(["a", 1]), 0, 0)).toMatchObject({ limit: "edgesPerDay", allowed: 0 });
    expect(gate.take(batch(["a", 0]), 100, 0)).toBeUndefined();
  });

  test("counts rows for the cluster that they are about, and bytes for the observer's own", () => {
    const gate = new QuotaGate();
    gate.setQuotas([{ cluster: "*", ...noQuota, edgesPerHour: 5, bytesPerMinute: 1000 }]);
    expect(gate.take(batch(["a", 1], ["b", 5]), 1000, 0)).toBeUndefined();
    expect(gate.take(batch(["b", 1]), 1, 0)).toMatchObject({ cluster: "b", limit: "edgesPerHour" });
    expect(gate.take(batch(["a", 1]), 1, 0)).toMatchObject({ cluster: "a", limit: "bytesPerMinute" });
    expect(gate.take(batch(["c", 1]), 1, 0)).toBeUndefined();
    // Its rows came with another's bytes.
    expect(gate.take(batch(["d", 1], ["e", 1]), 1000, 0)).toBeUndefined();
    expect(gate.take(batch(["e", 1]), 1, 0)).toBeUndefined();
  });

  test.each([
    ["of nothing: its whole period", 0, 0, hourMs],
    ["just emptied: until one row fits", 10, 10, hourMs / 10],
    ["overdrawn: until the debt is paid and one row fits", 10, 15, 0.6 * hourMs],
  ])("%s, says how long it takes", (_, edgesPerHour, taken, afterMs) => {
    const gate = new QuotaGate();
    gate.setQuotas([{ cluster: "a", ...noQuota, edgesPerHour }]);
    expect(gate.take(batch(["a", taken]), 0, 0)).toBeUndefined();
    expect(gate.take(batch(["a", 1]), 0, 0)).toMatchObject({ afterMs });
    if (edgesPerHour > 0) expect(gate.take(batch(["a", 1]), 0, afterMs)).toBeUndefined();
  });

  test("is one for each limit, and each fills in its own time", () => {
    const gate = new QuotaGate();
    gate.setQuotas([{ cluster: "a", edgesPerHour: 10, edgesPerDay: 12, bytesPerMinute: 100 }]);
    expect(gate.take(batch(["a", 10]), 100, 0)).toBeUndefined();
    const limitAt = (rows: number, bytes: number, atMs: number): string | undefined =>
      gate.take(batch(["a", rows]), bytes, atMs)?.limit;
    expect([limitAt(1, 0, 0), limitAt(0, 1, 0), limitAt(0, 1, 30_000)]).toEqual([
      "edgesPerHour",
      "bytesPerMinute",
      undefined,
    ]);
    expect([limitAt(10, 0, hourMs), limitAt(1, 0, 2 * hourMs), limitAt(1, 0, 25 * hourMs)]).toEqual([
      undefined,
      "edgesPerDay",
      undefined,
    ]);
  });

  test("of a cluster of its own lifts that of all others", () => {
    const gate = new QuotaGate();
    gate.setQuotas([
      { cluster: "*", ...noQuota, edgesPerHour: 1 },
      { cluster: "a", ...noQuota },
    ]);
    for (let i = 0; i < 5; i += 1) expect(gate.take(batch(["a", 9]), 0, 0)).toBeUndefined();
  });

  test("fills up again when the clock was set back", () => {
    const gate = new QuotaGate();
    gate.setQuotas([{ cluster: "a", ...noQuota, edgesPerHour: 10 }]);
    const later = 1000 * hourMs;
    expect(gate.take(batch(["a", 10]), 0, later)).toBeUndefined();
    expect(gate.take(batch(["a", 1]), 0, 0)).toMatchObject({ limit: "edgesPerHour" });
    expect(gate.take(batch(["a", 1]), 0, hourMs)).toBeUndefined();
  });

  test("is not used up by what is given back", () => {
    const gate = new QuotaGate();
    gate.setQuotas([{ cluster: "a", ...noQuota, edgesPerHour: 1 }]);
    for (let i = 0; i < 5; i += 1) {
      expect(gate.take(batch(["a", 7]), 0, 0)).toBeUndefined();
      gate.giveBack(batch(["a", 7]), 0, 0);
    }
  });

  test("never lets more pass in a time than one bucket, what it fills, and one batch", () => {
    const step = fc.record({ edges: fc.integer({ min: 1, max: 20 }), waitMs: fc.integer({ min: 0, max: hourMs }) });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 50 }), fc.array(step, { maxLength: 60 }), (edgesPerHour, steps) => {
        const gate = new QuotaGate();
        gate.setQuotas([{ cluster: "*", ...noQuota, edgesPerHour }]);
        let nowMs = 0;
        let passed = 0;
        for (const { edges, waitMs } of steps) {
          nowMs += waitMs;
          if (gate.take(batch(["a", edges]), 0, nowMs) === undefined) passed += edges;
        }
        expect(passed).toBeLessThanOrEqual(edgesPerHour + (edgesPerHour * nowMs) / hourMs + 20 + 1e-6);
      }),
    );
  });
});
