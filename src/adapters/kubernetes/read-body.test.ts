import { PassThrough } from "node:stream";
import { setImmediate as immediate } from "node:timers/promises";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { IdleStream, readBody } from "./read-body.ts";

beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] }));
afterEach(() => void vi.useRealTimers());

test("a slow line is waited for as long as something comes, and given up when nothing does", async () => {
  const body = new PassThrough();
  let text = "";
  const outcome = readBody(body, (chunk) => (text += chunk.toString()), 200).then(
    () => "ended",
    (error: unknown) => (error instanceof IdleStream ? "idle" : "broken"),
  );
  for (const letter of "abcdef") {
    await vi.advanceTimersByTimeAsync(190);
    body.write(letter);
    while (!text.endsWith(letter)) await immediate();
  }
  expect([text, body.destroyed]).toEqual(["abcdef", false]);
  await vi.advanceTimersByTimeAsync(201);
  expect([await outcome, body.destroyed]).toEqual(["idle", true]);
});

test("what ends in good order leaves no timer behind", async () => {
  const body = new PassThrough();
  const reading = readBody(body, () => undefined, 200);
  body.end("all");
  await reading;
  expect(vi.getTimerCount()).toBe(0);
});
