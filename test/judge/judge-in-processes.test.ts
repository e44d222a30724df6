import { expect, test, vi } from "vitest";
import { recordedJudge } from "../../src/app/judge/recorded-judge.ts";
import { builtInKnowledge } from "../../src/app/knowledge-source.ts";
import { judgeInProcesses } from "../../src/main/judge-in-processes.ts";
import { JudgeProcess, type JudgeProcessOptions } from "../../src/main/judge-process.ts";
import { plainReader } from "../history/plain-reader.ts";
import { shopForTest } from "./shop-for-test.ts";

const never = new AbortController().signal;

function optionsForTest(options: Partial<JudgeProcessOptions> = {}): JudgeProcessOptions {
  return {
    settings: { knowledge: builtInKnowledge, never: [], networks: { pods: [], services: [] }, lookBackDays: 3_650 },
    history: plainReader([]),
    clusters: { facts: () => Promise.resolve(undefined), policies: () => Promise.resolve(undefined) },
    memoryMib: 512,
    longestMs: 60_000,
    onTrouble: () => {},
    ...options,
  };
}

function falling(options: Partial<JudgeProcessOptions> = {}): JudgeProcess {
  return new JudgeProcess(optionsForTest({ entry: new URL("./falling-judge.ts", import.meta.url), ...options }));
}

const asks = (namespace: string): unknown => ({ cluster: "east", namespace });

test("processes answer what the judge of this process answers", async () => {
  await using shop = await shopForTest();
  const { history, ports } = shop;
  const judge = judgeInProcesses(optionsForTest({ history, clusters: ports.clusters }));
  const here = recordedJudge({ ...ports, lookBackDays: 3_650, nowMs: () => Date.now() });
  const where = { cluster: "shop", namespace: "shop-payments" };
  const ask = { ...where, kind: "EgressFirewall", posture: "balanced", baseManifest: undefined } as const;
  const [there, own] = [await judge.suggest(ask, never), await here.suggest(ask, never)];
  expect(there.ok).toBe(true);
  expect(there).toEqual(own);
  const text = { ...where, manifest: there.ok ? there.value.manifest : "", baseManifest: undefined };
  expect(await judge.judge(text, never)).toEqual(await here.judge(text, never));
  const map = { ...where, fromMs: undefined, toMs: undefined, workloads: [], most: 10 };
  expect(await judge.flowMap(map, never)).toEqual(await here.flowMap(map, never));
  expect(await judge.review(where, never)).toEqual(await here.review(where, never));
  await judge.close();
  expect(await judge.review(where, never)).toMatchObject({ error: { code: "judge_closed" } });
});

test.each([
  ["falls", "judge_failed", "the judge fell"],
  ["breaks", "judge_failed", "the judge broke: broke on purpose"],
  ["eats", "judge_too_large", "the judge ran out of memory"],
  ["swallows", "judge_too_large", "the judge ran out of memory"],
])("a process that %s answers with a failure, and the next one works", async (how, code, trouble) => {
  const onTrouble = vi.fn<(message: string) => void>();
  const judge = falling({ onTrouble, memoryMib: 64 });
  expect(await judge.run("judge", asks(how), never)).toMatchObject({ ok: false, error: { code } });
  expect(onTrouble.mock.calls.map(([message]) => message).join("\n")).toContain(trouble);
  expect(await judge.run("judge", asks("works"), never)).toEqual({ ok: true, value: "works" });
  await judge.close();
});

test("work that takes too long is given up with its process", async () => {
  const judge = falling({ longestMs: 200 });
  expect(await judge.run("review", asks("sleeps"), never)).toMatchObject({ error: { code: "judge_too_long" } });
  await judge.close();
});

test("who is not waited for any more is answered at once, running or waiting", async () => {
  const judge = falling();
  const stop = new AbortController();
  const all = ["sleeps", "sleeps", "never runs"].map((how) => judge.run("judge", asks(how), stop.signal));
  stop.abort();
  for (const each of all) expect(await each).toMatchObject({ error: { code: "judge_interrupted" } });
  await judge.close();
});

test("a process that is asked too much at once says so, and takes those who type first", async () => {
  const judge = falling();
  const stop = new AbortController();
  const asleep = [1, 2].map(() => judge.run("review", asks("sleeps"), stop.signal));
  const slow = Array.from({ length: 256 }, () => judge.run("review", asks("works"), stop.signal));
  expect(await judge.run("judge", asks("works"), never)).toMatchObject({ error: { code: "judge_busy" } });
  stop.abort();
  await Promise.all([...asleep, ...slow]);
  await judge.close();
});
