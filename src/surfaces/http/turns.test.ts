import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { Turns } from "./turns.ts";

interface Stage {
  readonly turns: Turns;
  readonly begun: string[];
  readonly ask: (client: string) => Promise<void>;
  readonly rests: { readonly end: () => void; readonly ms: number }[];
}

function stage(): Stage {
  const rests: { readonly end: () => void; readonly ms: number }[] = [];
  const turns = new Turns(4, (end, ms) => rests.push({ end, ms }));
  const begun: string[] = [];
  const ask = async (client: string): Promise<void> => {
    void turns.take(client).then(() => begun.push(client));
    await sleep(0);
  };
  return { turns, begun, ask, rests };
}

test("one client has half of the turns, and others do not wait behind it", async () => {
  const { turns, begun, ask } = stage();
  for (const client of ["loud", "loud", "loud", "loud", "quiet"]) await ask(client);
  expect(begun).toEqual(["loud", "loud", "quiet"]);
  turns.giveBack("loud", 1);
  await sleep(0);
  expect(begun).toEqual(["loud", "loud", "quiet", "loud"]);
});

test("who kept everybody waiting rests for longer than that, and others go on meanwhile", async () => {
  const { turns, begun, ask, rests } = stage();
  for (const client of ["loud", "loud", "loud"]) await ask(client);
  turns.giveBack("loud", 400);
  await sleep(0);
  expect(begun).toEqual(["loud", "loud"]);
  for (let i = 0; i < 5; i += 1) {
    await ask("quiet");
    turns.giveBack("quiet", 1);
  }
  expect(begun.slice(2)).toEqual(Array.from({ length: 5 }, () => "quiet"));
  expect(rests.map(({ ms }) => ms)).toEqual([2000]);
  rests[0]!.end();
  await sleep(0);
  expect(begun.at(-1)).toBe("loud");
});
