import { expect, test } from "vitest";
import type { Coverage } from "./edge-store.ts";
import type { HistoryReader } from "./history-reader.ts";
import { rememberedCoverage } from "./remembered-coverage.ts";

const shop: readonly Coverage[] = [{ cluster: "home", namespace: "shop", firstHour: 0, lastHour: 5, edges: 3 }];
const nothing = (): never => {
  throw new Error("not asked for here");
};

function stage() {
  const answers: PromiseWithResolvers<readonly Coverage[]>[] = [];
  const signals: (AbortSignal | undefined)[] = [];
  const reader: HistoryReader = {
    edges: (_, signal) => {
      signals.push(signal);
      return Promise.resolve({ edges: [], isCut: false });
    },
    names: nothing,
    newDestinations: nothing,
    topTalkers: nothing,
    coarse: nothing,
    sourceHealth: nothing,
    coverage: () => {
      const answer = Promise.withResolvers<readonly Coverage[]>();
      answers.push(answer);
      return answer.promise;
    },
    close: () => Promise.resolve(),
  };
  const clock = { ms: 0 };
  return { answers, signals, clock, remembered: rememberedCoverage(reader, () => clock.ms, 1000) };
}

test("coverage is asked once in a while, and again after it failed", async () => {
  const { answers, clock, remembered } = stage();
  const both = [remembered.coverage(), remembered.coverage()];
  answers[0]!.reject(new Error("away"));
  for (const one of both) await expect(one).rejects.toThrow("away");
  const later = remembered.coverage();
  answers[1]!.resolve(shop);
  expect(await later).toBe(shop);
  clock.ms = 999;
  expect(await remembered.coverage()).toBe(shop);
  clock.ms = 1000;
  void remembered.coverage();
  expect(answers).toHaveLength(3);
});

test("an old question that fails late does not take a newer answer away", async () => {
  const { answers, clock, remembered } = stage();
  const old = remembered.coverage();
  clock.ms = 1000;
  const fresh = remembered.coverage();
  answers[1]!.resolve(shop);
  await fresh;
  answers[0]!.reject(new Error("away"));
  await expect(old).rejects.toThrow("away");
  expect(await remembered.coverage()).toBe(shop);
  expect(answers).toHaveLength(2);
});

test("who does not wait any more is told to the history", async () => {
  const { signals, remembered } = stage();
  const { signal } = new AbortController();
  const window = { fromMs: 0, toMs: 1 };
  await remembered.edges({ cluster: undefined, namespace: undefined, window, limit: 1 }, signal);
  expect(signals).toEqual([signal]);
});
