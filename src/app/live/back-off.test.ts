import fc from "fast-check";
import { expect, test } from "vitest";
import { BackOff, pause } from "./back-off.ts";

test("pauses double up to the longest, half of each by chance", () => {
  const [shortest, longest] = [0, 1].map((chance) => {
    const backOff = new BackOff({ firstMs: 100, longestMs: 1000, random: () => chance });
    return Array.from({ length: 6 }, () => backOff.nextMs());
  });
  expect(shortest).toEqual([50, 100, 200, 400, 500, 500]);
  expect(longest).toEqual([100, 200, 400, 800, 1000, 1000]);
});

test("what a server asks for is waited for, and success starts anew", () => {
  const backOff = new BackOff({ firstMs: 100, random: () => 1 });
  expect([backOff.nextMs(5000), backOff.nextMs()]).toEqual([5000, 200]);
  backOff.reset();
  expect(backOff.nextMs()).toBe(100);
});

test("however long it goes on, a pause is bounded", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 3000 }), (attempts) => {
      const backOff = new BackOff();
      for (let i = 1; i < attempts; i += 1) backOff.nextMs();
      const ms = backOff.nextMs();
      expect(ms).toBeGreaterThanOrEqual(250);
      expect(ms).toBeLessThanOrEqual(60_000);
    }),
  );
});

test("a pause ends when it is called off", async () => {
  const abort = new AbortController();
  const waiting = pause(3_600_000, abort.signal);
  abort.abort();
  await expect(waiting).resolves.toBeUndefined();
  await expect(pause(3_600_000, abort.signal)).resolves.toBeUndefined();
});
