import { expect } from "vitest";
import type { NewJob, TakenJob } from "./jobs.ts";
import type { State } from "./state.ts";

type On = (what: string, check: (state: State) => Promise<void>) => void;

const deliver: NewJob = { kind: "deliver", key: "p-1", payload: { proposal: "p-1" }, runAtMs: 100 };

export function jobChecks(on: On): void {
  on("gives a job that is due to one, and again when the lease is over", async ({ decisions: { jobs } }) => {
    await jobs.put(deliver);
    expect(await jobs.take("a", ["deliver"], 99, 1_000, 5)).toEqual([]);
    expect(await jobs.take("a", ["other"], 100, 1_000, 5)).toEqual([]);
    expect(await jobs.take("a", [], 100, 1_000, 5)).toEqual([]);
    const [first] = await jobs.take("a", ["other", "deliver"], 100, 1_000, 5);
    expect(first).toMatchObject({ ...deliver, attempt: 1 });
    expect(await jobs.take("b", ["deliver"], 1_099, 1_000, 5)).toEqual([]);
    const [second] = await jobs.take("b", ["deliver"], 1_100, 1_000, 5);
    expect(second).toMatchObject({ ...deliver, attempt: 2 });
    expect(second!.lease).not.toBe(first!.lease);
    // The first one comes too late for everything.
    expect(await jobs.extend(first!, 9_000)).toBe(false);
    expect(await jobs.finish(first!)).toBe(false);
    expect(await jobs.again(first!, 9_000, "late")).toBe(false);
    expect(await jobs.extend(second!, 5_000)).toBe(true);
    expect(await jobs.take("c", ["deliver"], 4_999, 1_000, 5)).toEqual([]);
    expect(await jobs.finish(second!)).toBe(true);
    expect(await jobs.waiting(undefined)).toEqual([]);
    expect(await jobs.finish(second!)).toBe(false);
  });

  on("takes what is due longest first, as many as asked for", async ({ decisions: { jobs } }) => {
    for (const [n, runAtMs] of [30, 10, 20, 10].entries()) await jobs.put({ ...deliver, key: `${n}`, runAtMs });
    expect((await jobs.take("a", ["deliver"], 100, 1, 3)).map(({ key }) => key)).toEqual(["1", "3", "2"]);
    expect((await jobs.take("a", ["deliver"], 100, 1, 3)).map(({ key }) => key)).toEqual(["0"]);
  });

  on("tries a job again later, and knows why", async ({ decisions: { jobs } }) => {
    await jobs.put(deliver);
    const [first] = await jobs.take("a", ["deliver"], 100, 1_000, 1);
    expect(await jobs.again(first!, 500, "no answer")).toBe(true);
    expect(await jobs.waiting("deliver")).toEqual([
      { ...deliver, id: first!.id, runAtMs: 500, attempts: 1, failure: "no answer", leasedUntilMs: undefined },
    ]);
    expect(await jobs.take("a", ["deliver"], 499, 1_000, 1)).toEqual([]);
    expect(await jobs.take("a", ["deliver"], 500, 1_000, 1)).toMatchObject([{ attempt: 2 }]);
  });

  on("replaces a job that waits", async ({ decisions: { jobs } }) => {
    await jobs.put(deliver);
    await jobs.put({ ...deliver, payload: ["later"], runAtMs: 200 });
    await jobs.put({ ...deliver, kind: "watch" });
    expect(await jobs.waiting("deliver")).toMatchObject([{ payload: ["later"], runAtMs: 200, attempts: 0 }]);
    expect(await jobs.waiting(undefined)).toHaveLength(2);
  });

  on("keeps a job that is put while the one before is held, until that one ends", async ({ decisions: { jobs } }) => {
    const next = { ...deliver, payload: "next", runAtMs: 300 };
    const held = async (): Promise<TakenJob> => {
      await jobs.put(deliver);
      const [job] = await jobs.take("a", ["deliver"], 100, 100, 1);
      await jobs.put({ ...next, payload: "replaced" });
      await jobs.put(next);
      expect(await jobs.take("b", ["deliver"], 150, 100, 1)).toEqual([]);
      return job!;
    };
    expect(await jobs.finish(await held())).toBe(true);
    expect(await jobs.take("b", ["deliver"], 299, 100, 1)).toEqual([]);
    const [second] = await jobs.take("b", ["deliver"], 300, 100, 1);
    expect(second).toMatchObject({ ...next, attempt: 1 });
    expect(await jobs.finish(second!)).toBe(true);
    // One that fails is not tried again: what came after it takes its place.
    expect(await jobs.again(await held(), 200, "no")).toBe(true);
    const [third] = await jobs.take("b", ["deliver"], 300, 100, 1);
    expect(third).toMatchObject({ ...next, attempt: 1 });
    await jobs.finish(third!);
    // One whose holder died is done again before.
    const dead = await held();
    const [retaken] = await jobs.take("b", ["deliver"], 250, 100, 1);
    expect(retaken).toMatchObject({ payload: deliver.payload, attempt: 2 });
    expect(await jobs.finish(dead)).toBe(false);
    expect(await jobs.finish(retaken!)).toBe(true);
    expect(await jobs.waiting("deliver")).toMatchObject([{ payload: "next", attempts: 0 }]);
  });

  on("never gives a job to two that ask at once", async ({ decisions: { jobs } }) => {
    await Promise.all(Array.from({ length: 30 }, (_, n) => jobs.put({ ...deliver, key: `${n}` })));
    const taken = await Promise.all(Array.from({ length: 20 }, () => jobs.take("a", ["deliver"], 100, 1_000, 2)));
    const keys = taken.flat().map(({ key }) => key);
    expect(new Set(keys).size).toBe(keys.length);
    const rest = await jobs.take("a", ["deliver"], 100, 1_000, 100);
    expect(keys.length + rest.length).toBe(30);
  });

  on("puts a job with the decision that asks for it, or not at all", async ({ decisions }) => {
    const failing = decisions.change(async (books) => {
      await books.jobs.put(deliver);
      throw new Error("changed my mind");
    });
    await expect(failing).rejects.toThrow("changed my mind");
    expect(await decisions.jobs.waiting(undefined)).toEqual([]);
    await decisions.change((books) => books.jobs.put(deliver));
    expect(await decisions.jobs.waiting(undefined)).toHaveLength(1);
  });
}
