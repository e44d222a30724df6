import { expect, test } from "vitest";
import type { SealedBatch, SourceDelta } from "../../pipeline/flows/sealed-batch.ts";
import type { ObserverArrival } from "../state/observers.ts";
import type { SourceMinute } from "../state/sources.ts";
import { CollectLedger } from "./collect-ledger.ts";
import { ownProcess } from "./collect-permission.ts";

const arrival = { permission: ownProcess, bytes: 10, version: "0.1.0", address: "192.0.2.1" };

function batch(sequence: number, delta: Partial<SourceDelta> = {}): SealedBatch {
  const health: SourceDelta = {
    source: 0,
    kind: "hubble",
    state: "running",
    message: "",
    records: 10,
    malformed: 0,
    lost: 1,
    outages: 0,
    dropped: 0,
    receivedBytes: 100,
    leftOut: [{ reason: "reply", flows: 2 }],
    samplingMax: 1,
    lastArrivalMs: 5000,
    lagMs: { mean: 100, max: 300 },
    ...delta,
  };
  const head = { observer: "node-a", incarnation: "0".repeat(32), cluster: "east", sealedAtMs: 0, owners: [] };
  return { ...head, sequence, sources: ["hubble"], edges: [], names: [], coarse: [], health: [health] };
}

class StateForTest {
  readonly arrivals: ObserverArrival[][] = [];
  readonly minutes: SourceMinute[][] = [];
  isDown = false;
  /** Parts of minutes that are taken before it fails. */
  failsFrom = Number.POSITIVE_INFINITY;
  readonly observers = {
    seen: (arrivals: readonly ObserverArrival[]) => this.#take(this.arrivals, arrivals),
    observers: () => Promise.resolve([]),
    clusters: () => Promise.resolve([]),
    forget: () => Promise.resolve(),
  };
  readonly sources = {
    add: (minutes: readonly SourceMinute[]) => this.#take(this.minutes, minutes),
    since: () => Promise.resolve([]),
    minutesOf: () => Promise.resolve([]),
    forget: () => Promise.resolve(),
  };

  #take<T>(to: T[][], rows: readonly T[]): Promise<void> {
    if (this.isDown || this.minutes.length >= this.failsFrom) return Promise.reject(new Error("down"));
    to.push([...rows]);
    return Promise.resolve();
  }
}

test("two observers with one name are told once an hour, and noted each time", async () => {
  const state = new StateForTest();
  const told: unknown[] = [];
  const ledger = new CollectLedger(state, (name) => told.push(name));
  const of = (run: string, sequence: number): SealedBatch => ({ ...batch(sequence), incarnation: run.repeat(32) });
  for (const [i, run] of ["a", "b", "a", "b", "a"].entries()) ledger.note(of(run, 1 + i), arrival, 1000 * i);
  expect(told).toEqual([{ cluster: "east", observer: "node-a", addresses: ["192.0.2.1", "192.0.2.1"] }]);
  ledger.note(of("b", 6), arrival, 3_700_000);
  expect(told).toHaveLength(2);
  // The next batch of the same run shows nothing, and takes nothing back.
  ledger.note(of("b", 7), arrival, 3_701_000);
  await ledger.flush();
  expect(state.arrivals[0]).toMatchObject([{ lastSequence: 7, atMs: 3_701_000, sharedAtMs: 3_700_000 }]);
});

test("many batches of a minute are one row, with sums and the latest standing", async () => {
  const state = new StateForTest();
  const ledger = new CollectLedger(state);
  ledger.note(batch(1), arrival, 60_000);
  ledger.note(
    batch(2, { records: 30, state: "retrying", lastArrivalMs: undefined, lagMs: { mean: 20, max: 50 } }),
    arrival,
    61_000,
  );
  await ledger.flush();
  expect(state.arrivals).toMatchObject([[{ observer: "node-a", lastSequence: 2, atMs: 61_000 }]]);
  expect(state.minutes).toMatchObject([
    [
      {
        minute: 1,
        standing: { state: "retrying", lastArrivalMs: 5000, reportedAtMs: 61_000 },
        sums: { records: 40, lost: 2, leftOut: { reply: 4 } },
        lag: { weightedMs: 1600, weight: 40, maxMs: 300 },
      },
    ],
  ]);
});

test("what could not be written is kept, and comes with what came meanwhile", async () => {
  const state = new StateForTest();
  const ledger = new CollectLedger(state);
  state.isDown = true;
  ledger.note(batch(1), arrival, 60_000);
  const failing = ledger.flush();
  ledger.note(batch(2), arrival, 60_500);
  await expect(failing).rejects.toThrow("down");
  state.isDown = false;
  await ledger.flush();
  expect(state.arrivals).toMatchObject([[{ lastSequence: 2 }]]);
  expect(state.minutes).toMatchObject([[{ sums: { records: 20, lost: 2 } }]]);
});

test("every count is added to its own", async () => {
  const state = new StateForTest();
  const ledger = new CollectLedger(state);
  const counts = { records: 1, malformed: 20, lost: 300, outages: 4000, dropped: 50_000, receivedBytes: 600_000 };
  const leftOut = [
    { reason: "reply", flows: 7 },
    { reason: "internal", flows: 80 },
  ] as const;
  for (const sequence of [1, 2, 3]) ledger.note(batch(sequence, { ...counts, leftOut }), arrival, 60_000);
  await ledger.flush();
  expect(state.minutes[0]![0]!.sums).toEqual({
    records: 3,
    malformed: 60,
    lost: 900,
    outages: 12_000,
    dropped: 150_000,
    receivedBytes: 1_800_000,
    leftOut: { reply: 21, internal: 240 },
  });
});

test.each([
  ["as much as its records", { records: 30, lagMs: { mean: 20, max: 50 } }, { weightedMs: 600, weight: 30, maxMs: 50 }],
  ["as one where it has none", { records: 0, lagMs: { mean: 20, max: 50 } }, { weightedMs: 20, weight: 1, maxMs: 50 }],
  ["nothing where no record had a time", { records: 30, lagMs: undefined }, { weightedMs: 0, weight: 0, maxMs: 0 }],
])("the lag of a batch counts %s", async (_, delta, lag) => {
  const state = new StateForTest();
  const ledger = new CollectLedger(state);
  ledger.note(batch(1, delta), arrival, 60_000);
  await ledger.flush();
  expect(state.minutes[0]![0]!.lag).toEqual(lag);
});

test.each([
  ["an older batch of the same run does not put it back", "a", 3, "a", 2, 3],
  ["a later batch of the same run does", "a", 2, "a", 3, 3],
  ["a new run begins again", "a", 3, "b", 1, 1],
])("of an observer the last batch is known: %s", async (_, run, sequence, laterRun, laterSequence, lastSequence) => {
  const state = new StateForTest();
  const ledger = new CollectLedger(state);
  ledger.note({ ...batch(sequence), incarnation: run.repeat(32) }, arrival, 60_000);
  ledger.note({ ...batch(laterSequence), incarnation: laterRun.repeat(32) }, arrival, 61_000);
  await ledger.flush();
  expect(state.arrivals[0]).toMatchObject([{ lastSequence, incarnation: laterRun.repeat(32), atMs: 61_000 }]);
});

test("what comes while it is written is neither lost nor written twice, whether that fails or not", async () => {
  for (const isDown of [true, false]) {
    const state = new StateForTest();
    const ledger = new CollectLedger(state);
    const { seen } = state.observers;
    state.observers.seen = (arrivals) => {
      if (arrivals[0]!.lastSequence === 1) ledger.note(batch(2), { ...arrival, version: "0.2.0" }, 61_000);
      return seen(arrivals);
    };
    state.isDown = isDown;
    ledger.note(batch(1), arrival, 60_000);
    await ledger.flush().catch(() => {});
    state.isDown = false;
    await ledger.flush();
    expect(state.arrivals.at(-1)).toMatchObject([{ lastSequence: 2, version: "0.2.0", atMs: 61_000 }]);
    const records = state.minutes.flat().map(({ sums }) => sums.records);
    expect(records).toEqual(isDown ? [20] : [10, 10]);
  }
});

test("counts stop at the largest number that is exact", async () => {
  const state = new StateForTest();
  const ledger = new CollectLedger(state);
  for (const sequence of [1, 2]) {
    ledger.note(batch(sequence, { records: Number.MAX_SAFE_INTEGER }), arrival, 60_000);
  }
  await ledger.flush();
  expect(state.minutes[0]![0]!.sums.records).toBe(Number.MAX_SAFE_INTEGER);
});

test("what an observer calls itself is one line", async () => {
  const state = new StateForTest();
  const ledger = new CollectLedger(state);
  ledger.note(batch(1), { ...arrival, version: "postern\u009b2J" }, 60_000);
  await ledger.flush();
  expect(state.arrivals).toMatchObject([[{ version: "postern\\u009b2J" }]]);
});

test("messages are for people: one line of bounded length", async () => {
  const state = new StateForTest();
  const ledger = new CollectLedger(state);
  ledger.note(batch(1, { message: `\u001b[2J${"x".repeat(900)}` }), arrival, 60_000);
  await ledger.flush();
  const { message } = state.minutes[0]![0]!.standing;
  expect(message).toHaveLength(500);
  expect(message).toMatch(/^\\u001b\[2Jx+$/);
});

test("one cluster's names leave room for those of others, and each go at writing is bounded", async () => {
  const state = new StateForTest();
  const ledger = new CollectLedger(state);
  for (let n = 0; n < 20; n += 1) {
    const sources = Array.from({ length: 256 }, (_, i) => `s-${n}-${i}`);
    const [health] = batch(1).health;
    ledger.note(
      { ...batch(1), sources, health: sources.map((_, source) => ({ ...health!, source })) },
      arrival,
      60_000,
    );
  }
  ledger.note({ ...batch(1), cluster: "west" }, arrival, 60_000);
  await ledger.flush();
  expect(state.minutes.flat()).toHaveLength(4001);
  expect(state.minutes.flat().at(-1)?.cluster).toBe("west");
  expect(Math.max(...state.minutes.map((part) => part.length))).toBe(200);
});

test("what was written before a failure is not written again", async () => {
  const state = new StateForTest();
  const ledger = new CollectLedger(state);
  const sources = Array.from({ length: 250 }, (_, i) => `s-${i}`);
  const [health] = batch(1).health;
  ledger.note({ ...batch(1), sources, health: sources.map((_, source) => ({ ...health!, source })) }, arrival, 60_000);
  const failing = ledger.flush();
  state.failsFrom = 1;
  await expect(failing).rejects.toThrow("down");
  state.failsFrom = Number.POSITIVE_INFINITY;
  await ledger.flush();
  expect(state.minutes.map((part) => part.length)).toEqual([200, 50]);
});
