import { expect, test } from "vitest";
import { ok } from "../../core/result.ts";
import { rememberTokens } from "./remember-tokens.ts";

const signal = new AbortController().signal;
const ada = { subject: "kubernetes:ada", name: "ada", groups: [], kubernetesUser: "ada" };

test("the cluster is asked once about a token in a while, however many requests carry it", async () => {
  let asked = 0;
  let nowMs = 0;
  const whoHas = (token: string): Promise<ReturnType<typeof ok<typeof ada | undefined>>> => {
    asked += 1;
    return Promise.resolve(ok(token === "good" ? ada : undefined));
  };
  const tokens = rememberTokens({ whoHas }, () => nowMs);
  const answers = await Promise.all(Array.from({ length: 20 }, () => tokens.whoHas("good", signal)));
  expect([asked, new Set(answers.map((answer) => answer.ok && answer.value))]).toEqual([1, new Set([ada])]);
  nowMs = 29_999;
  await tokens.whoHas("good", signal);
  expect(asked).toBe(1);
  nowMs = 30_000;
  await tokens.whoHas("good", signal);
  expect([await tokens.whoHas("bad", signal), asked]).toEqual([ok(undefined), 3]);
});

test("so many unknown tokens at once are not all asked about, and a known one is good all the same", async () => {
  let asked = 0;
  const { promise, resolve } = Promise.withResolvers<void>();
  const whoHas = async (token: string): Promise<ReturnType<typeof ok<typeof ada | undefined>>> => {
    asked += 1;
    if (token !== "good") await promise;
    return ok(token === "good" ? ada : undefined);
  };
  const tokens = rememberTokens({ whoHas }, () => 0);
  await tokens.whoHas("good", signal);
  const many = Array.from({ length: 100 }, (_, i) => tokens.whoHas(`bad-${i}`, signal));
  expect(await tokens.whoHas("good", signal)).toEqual(ok(ada));
  expect(await many.at(-1)).toMatchObject({ ok: false, error: { code: "cluster_review" } });
  resolve();
  await Promise.all(many);
  expect(asked).toBe(33);
});
