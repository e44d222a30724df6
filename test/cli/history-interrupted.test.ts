import { expect, test } from "vitest";
import { ok } from "../../src/core/result.ts";
import type { Context } from "../../src/surfaces/cli/context.ts";
import { askHistory } from "../../src/surfaces/cli/gather-history.ts";
import { plainReader } from "../history/plain-reader.ts";

test("who interrupts a question waits for no answer, and leaves the history closed", async () => {
  const interruption = new AbortController();
  let closed = 0;
  const close = (): Promise<void> => {
    closed += 1;
    return Promise.resolve();
  };
  const readHistory = () => Promise.resolve(ok({ ...plainReader([]), close }));
  const context = { ports: { readHistory }, io: { interrupted: interruption.signal } } as unknown as Context;
  const asked = askHistory({ kind: "folder", folder: "kept" }, context, async () => {
    interruption.abort();
    return new Promise<never>(() => {});
  });
  await expect(asked).rejects.toThrow("aborted");
  expect(closed).toBe(1);
});
