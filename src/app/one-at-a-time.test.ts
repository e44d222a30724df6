import { setImmediate as later } from "node:timers/promises";
import { expect, test } from "vitest";
import { OneAtATime } from "./one-at-a-time.ts";

test("one begins when the one before has ended, be it in failure", async () => {
  const turns = new OneAtATime();
  const said: string[] = [];
  const work =
    (name: string, fails = false) =>
    async (): Promise<string> => {
      said.push(`${name} begins`);
      await later();
      said.push(`${name} ends`);
      if (fails) throw new Error(name);
      return name;
    };
  const outcomes = await Promise.allSettled([
    turns.take(work("a", true)),
    turns.take(work("b")),
    turns.take(work("c")),
  ]);
  expect(said).toEqual(["a begins", "a ends", "b begins", "b ends", "c begins", "c ends"]);
  expect(outcomes.map((outcome) => (outcome.status === "fulfilled" ? outcome.value : "failed"))).toEqual([
    "failed",
    "b",
    "c",
  ]);
  expect(await turns.take(work("d"))).toBe("d");
});
