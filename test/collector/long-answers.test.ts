import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openRemoteHistory } from "../../src/adapters/collector-client/history.ts";
import type { HistoryReader } from "../../src/app/history/history-reader.ts";
import type { Edge } from "../../src/pipeline/flows/edge.ts";
import { edgeForTest } from "../arbitraries/edge.ts";
import { CollectorForTest } from "./collector-for-test.ts";

let own: CollectorForTest;
let folder = "";
let far: HistoryReader;
beforeEach(async () => {
  own = await CollectorForTest.open();
  folder = mkdtempSync(join(tmpdir(), "postern-long-"));
  const tokenFile = join(folder, "token");
  writeFileSync(tokenFile, await own.token({ clusters: ["*"] }));
  far = openRemoteHistory({ url: own.url, tokenFile, caFile: undefined });
});
afterEach(async () => {
  await own.close();
  rmSync(folder, { recursive: true });
});

const asked = { cluster: "east", namespace: undefined, window: { fromMs: 0, toMs: 1 }, limit: 1_000_000 };
const part: readonly Edge[] = Array.from({ length: 2000 }, (_, port) => ({
  ...edgeForTest("shop/Deployment/cart tcp 192.0.2.1:443"),
  port,
}));

/** So many parts, and then an end of its own; says how many were asked for, and when the search was over. */
function parts(count: number, end: () => void): { asked: () => number; over: Promise<void> } {
  const { promise, resolve } = Promise.withResolvers<void>();
  let taken = 0;
  own.edgesInParts = async function* () {
    try {
      for (; taken < count; taken += 1) yield await Promise.resolve(part);
      end();
      return { isCut: false };
    } finally {
      resolve();
    }
  };
  return { asked: () => taken, over: promise };
}

test("a long answer is sent and read in parts", async () => {
  parts(20, () => {});
  const { edges, isCut } = await far.edges(asked);
  expect([edges.length, edges[2001], isCut]).toEqual([40_000, part[1], false]);
});

test("one that fails in the middle is no answer", async () => {
  parts(20, () => {
    throw new Error("the disk went away");
  });
  await expect(far.edges(asked)).rejects.toMatchObject({ failure: { code: "collector_unreachable" } });
  parts(1, () => {});
  expect((await far.edges(asked)).edges).toHaveLength(2000);
});

test("who leaves in the middle ends the search, and gives his place back", async () => {
  // More at once than there are places, one after the other.
  for (let i = 0; i < 5; i += 1) {
    const search = parts(1_000_000, () => {});
    const leaving = new AbortController();
    const answer = far.edges(asked, leaving.signal);
    await expect.poll(() => search.asked()).toBeGreaterThan(3);
    leaving.abort();
    await expect(answer).rejects.toThrow("cannot be reached");
    await search.over;
    expect(search.asked()).toBeLessThan(1_000_000);
  }
});
