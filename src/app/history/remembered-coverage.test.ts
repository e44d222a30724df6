import { expect, test } from "vitest";
import type { Coverage } from "./edge-store.ts";
import type { HistoryReader } from "./history-reader.ts";
import { rememberedCoverage } from "./remembered-coverage.ts";

const shop: readonly Coverage[] = [{ cluster: "home", namespace: "shop", firstHour: 0, lastHour: 5, edges: 3 }];
const questions = [
  "edges",
  "edgesInParts",
  "names",
  "newDestinations",
  "topTalkers",
  "coarse",
  "sourceHealth",
] as const satisfies readonly (keyof HistoryReader)[];

type Ask = (query: unknown, signal?: AbortSignal) => Promise<unknown>;

function stage() {
  const answers: PromiseWithResolvers<readonly Coverage[]>[] = [];
  const told: (readonly [string, AbortSignal | undefined])[] = [];
  const asks = questions.map((question): readonly [string, Ask] => [
    question,
    (_, signal) => {
      told.push([question, signal]);
      return Promise.resolve();
    },
  ]);
  const reader: unknown = {
    ...Object.fromEntries(asks),
    coverage: () => {
      const answer = Promise.withResolvers<readonly Coverage[]>();
      answers.push(answer);
      return answer.promise;
    },
  };
  const clock = { ms: 0 };
  return { answers, told, clock, remembered: rememberedCoverage(reader as HistoryReader, () => clock.ms, 1000) };
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

test("who does not wait any more is told to the history, whatever was asked", async () => {
  const { told, remembered } = stage();
  const { signal } = new AbortController();
  const own = remembered as unknown as Readonly<Record<string, Ask>>;
  for (const question of questions) await own[question]!({}, signal);
  expect(told).toEqual(questions.map((question) => [question, signal]));
});
