import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { Turns } from "./turns.ts";

interface Stage {
  readonly turns: Turns;
  readonly begun: string[];
  readonly ask: (...clients: readonly string[]) => Promise<void>;
  readonly give: (client: string, workedMs: number) => Promise<void>;
  readonly rests: { readonly end: () => void; readonly ms: number }[];
}

function stage(atOnce: number): Stage {
  const rests: { readonly end: () => void; readonly ms: number }[] = [];
  const turns = new Turns(atOnce, (end, ms) => rests.push({ end, ms }));
  const begun: string[] = [];
  const ask = async (...clients: readonly string[]): Promise<void> => {
    for (const client of clients) void turns.take(client).then(() => begun.push(client));
    await sleep(0);
  };
  const give = async (client: string, workedMs: number): Promise<void> => {
    turns.giveBack(client, workedMs);
    await sleep(0);
  };
  return { turns, begun, ask, give, rests };
}

test("one client has one turn at a time, and others do not wait behind it", async () => {
  const { begun, ask, give } = stage(4);
  await ask("loud", "loud", "loud", "quiet");
  expect(begun).toEqual(["loud", "quiet"]);
  await give("loud", 1);
  expect(begun).toEqual(["loud", "quiet", "loud"]);
});

test("clients take turns, however many of one wait", async () => {
  const { begun, ask, give } = stage(1);
  await ask("loud", "loud", "loud", "louder", "louder", "louder", "quiet");
  for (const client of ["loud", "loud", "louder", "quiet", "loud"]) await give(client, 1);
  expect(begun).toEqual(["loud", "loud", "louder", "quiet", "loud", "louder"]);
});

test("who rests is in nobody's way", async () => {
  const { begun, ask, give, rests } = stage(1);
  await ask("loud", "loud");
  await give("loud", 400);
  expect(begun).toEqual(["loud"]);
  for (let i = 0; i < 5; i += 1) {
    await ask("quiet");
    await give("quiet", 1);
  }
  expect(begun.slice(1)).toEqual(Array.from({ length: 5 }, () => "quiet"));
  rests[0]!.end();
  await sleep(0);
  expect(begun.at(-1)).toBe("loud");
});

test.each([
  ["what is short", 50, undefined],
  ["what observers send", 400, 400],
  ["what no observer sends", 2_500, 12_500],
  ["what is outrageous", 60_000, 15_000],
])("after %s", async (_, workedMs, expected) => {
  const { ask, give, rests } = stage(4);
  await ask("client");
  await give("client", workedMs);
  expect(rests[0]?.ms).toBe(expected);
});
