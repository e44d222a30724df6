import { setTimeout as pause } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { untilAborted } from "./until-aborted.ts";

const never = new AbortController().signal;

// oxlint-disable-next-line require-await -- as a source it must be asynchronous
async function* counting(to: number): AsyncGenerator<{ readonly number: number }> {
  for (let number = 0; number < to; number += 1) yield { number };
}

async function all<T>(source: AsyncIterable<T>): Promise<readonly T[]> {
  const items: T[] = [];
  for await (const item of source) items.push(item);
  return items;
}

test("everything comes, in order, to the end", async () => {
  expect((await all(untilAborted(counting(3), never))).map(({ number }) => number)).toEqual([0, 1, 2]);
});

test("what fails, fails", async () => {
  const failing = untilAborted(
    // oxlint-disable-next-line require-yield -- it fails before it could
    (async function* () {
      await pause(1);
      throw new Error("gone");
    })(),
    never,
  );
  await expect(all(failing)).rejects.toThrow("gone");
});

test("an abort ends it, before it begins and while it waits", async () => {
  expect(await all(untilAborted(counting(3), AbortSignal.abort()))).toEqual([]);
  const stop = new AbortController();
  const silent = untilAborted(
    (async function* () {
      yield 1;
      stop.abort();
      await Promise.withResolvers<void>().promise;
    })(),
    stop.signal,
  );
  expect(await all(silent)).toEqual([1]);
});

test("an item that was used is let go, however long the rest lasts", async () => {
  setFlagsFromString("--expose-gc");
  const collectGarbage = runInNewContext("gc") as () => void;
  const items = untilAborted(counting(3), never);
  const first = await (async () => new WeakRef((await items.next()).value!))();
  await items.next();
  // What was used in this turn of the event loop is held to its end.
  await pause(1);
  collectGarbage();
  expect(first.deref()).toBeUndefined();
});
