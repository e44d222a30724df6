import { expect, test } from "vitest";
import type { RetentionPlan } from "../history/edge-store.ts";
import { upkeep, upkeepEveryMs } from "./collect-upkeep.ts";

function stateForTest(forgotten: number[] = []): Parameters<typeof upkeep>[1] {
  const values = new Map<string, string>();
  return {
    settings: {
      get: (name) => Promise.resolve(values.get(name)),
      set: () => Promise.resolve(),
      exchange: (name, expected, value) => {
        if (values.get(name) !== expected) return Promise.resolve(false);
        values.set(name, value);
        return Promise.resolve(true);
      },
    },
    sources: {
      add: () => Promise.resolve(),
      since: () => Promise.resolve([]),
      minutesOf: () => Promise.resolve([]),
      forget: () => Promise.resolve(),
    },
    observers: {
      seen: () => Promise.resolve(),
      observers: () => Promise.resolve([]),
      clusters: () => Promise.resolve([]),
      forget: (seenBeforeMs) => {
        forgotten.push(seenBeforeMs);
        return Promise.resolve();
      },
    },
  };
}

const plan = { hourlyDays: 14, dailyDays: 400 };

test("of several collectors one maintains the history, once an hour", async () => {
  const plans: RetentionPlan[] = [];
  const store = {
    maintain: (own: RetentionPlan) => {
      plans.push(own);
      return Promise.resolve({ rolledUp: 1, dropped: 0 });
    },
  };
  const state = stateForTest();
  const nowMs = 1_800_000_000_000;
  const reports = await Promise.all([
    upkeep(store, state, "here", plan, nowMs),
    upkeep(store, state, "here", plan, nowMs),
  ]);
  expect(reports.filter((report) => report !== undefined)).toEqual([{ rolledUp: 1, dropped: 0 }]);
  expect(await upkeep(store, state, "here", plan, nowMs + upkeepEveryMs - 1)).toBeUndefined();
  expect(await upkeep(store, state, "here", plan, nowMs + upkeepEveryMs)).toBeDefined();
  // Another history has its own hour.
  expect(await upkeep(store, state, "there", plan, nowMs)).toBeDefined();
  // A clock that was wrong by a day does not stop it for a day.
  expect(await upkeep(store, state, "here", plan, nowMs - 86_400_000)).toBeDefined();
  expect(plans).toEqual(
    [nowMs, nowMs + upkeepEveryMs, nowMs, nowMs - 86_400_000].map((own) => ({ nowMs: own, ...plan })),
  );
});

test("observers that are gone for a month are forgotten", async () => {
  const forgotten: number[] = [];
  const store = { maintain: () => Promise.resolve({ rolledUp: 0, dropped: 0 }) };
  const nowMs = 1_800_000_000_000;
  await upkeep(store, stateForTest(forgotten), "here", plan, nowMs);
  expect(forgotten).toEqual([nowMs - 30 * 86_400_000]);
});
