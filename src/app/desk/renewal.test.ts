import { setImmediate } from "node:timers/promises";
import { expect, test } from "vitest";
import { Renewal } from "./renewal.ts";

function stage() {
  const clock = { ms: 1_000_000 };
  const seen = { renewals: 0, isAway: false };
  const renew = async (): Promise<void> => {
    seen.renewals += 1;
    await setImmediate();
    if (seen.isAway) throw new Error("the database is away");
  };
  const times = { restMs: () => 2000, staleMs: 15_000 };
  return { clock, seen, renewal: new Renewal(renew, times, () => clock.ms) };
}

test("who comes first waits, with others, for one reading", async () => {
  const { seen, renewal } = stage();
  await Promise.all([renewal.ready(), renewal.ready()]);
  expect(seen.renewals).toBe(1);
});

test("it rests, is renewed behind those who keep asking, and awaited after a long while", async () => {
  const { clock, seen, renewal } = stage();
  await renewal.ready();
  seen.isAway = true;
  clock.ms += 1999;
  await renewal.ready();
  expect(seen.renewals).toBe(1);
  clock.ms += 1;
  await renewal.ready();
  expect(seen.renewals).toBe(2);
  await setImmediate();
  await setImmediate();
  clock.ms += 17_000;
  await expect(renewal.ready()).rejects.toThrow("away");
});

test("what cannot be renewed is given for a while, however often somebody asks, and then nobody is left in the belief", async () => {
  const { clock, seen, renewal } = stage();
  await renewal.ready();
  seen.isAway = true;
  for (const untilMs = clock.ms + 2000 + 15_000; clock.ms < untilMs; clock.ms += 1000) {
    await renewal.ready();
    await setImmediate();
    await setImmediate();
  }
  await expect(renewal.ready()).rejects.toThrow("away");
  await expect(renewal.ready()).rejects.toThrow("away");
  seen.isAway = false;
  await renewal.ready();
  clock.ms += 1000;
  await renewal.ready();
});

test("a clock that is set back does not make it rest for longer", async () => {
  const { clock, seen, renewal } = stage();
  await renewal.ready();
  clock.ms -= 3_600_000;
  await renewal.ready();
  expect(seen.renewals).toBe(2);
});

test("as long as nothing could be read, everybody is told so", async () => {
  const { seen, renewal } = stage();
  seen.isAway = true;
  await expect(renewal.ready()).rejects.toThrow("away");
  await expect(renewal.ready()).rejects.toThrow("away");
  seen.isAway = false;
  await renewal.ready();
  expect(seen.renewals).toBe(3);
});
