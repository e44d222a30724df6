import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { openDuckDbStore } from "../../src/adapters/duckdb/edge-store.ts";
import { hourMs, monday } from "./batch-for-test.ts";

const child = fileURLToPath(new URL("./appending-child.ts", import.meta.url));
const always = { fromMs: 0, toMs: (monday + 1000) * hourMs };

/** @returns the last acknowledged sequence, `first - 1` when there was none */
async function appendUntilKilled(folder: string, first: number, killAfter: number, delayMs: number): Promise<number> {
  const running = spawn(process.execPath, [child, folder, String(first)], { stdio: ["ignore", "pipe", "inherit"] });
  let acknowledged = first - 1;
  let answers = 0;
  running.stdout.setEncoding("utf8").on("data", (text: string) => {
    const numbers = text.trim().split("\n").map(Number);
    acknowledged = Math.max(acknowledged, ...numbers);
    answers += numbers.length;
    if (answers >= killAfter) setTimeout(() => running.kill("SIGKILL"), delayMs);
  });
  await new Promise((resolve) => {
    running.once("close", resolve);
  });
  return acknowledged;
}

test("killed at any moment, what was acknowledged is there, and nothing is there twice or in part", async () => {
  const folder = await mkdtemp(join(tmpdir(), "postern-killed-"));
  let acknowledged = 0;
  try {
    for (let round = 0; round < 8; round += 1) {
      // As an observer does, each life begins with what it does not know to be stored.
      const first = Math.max(1, acknowledged - 4);
      acknowledged = Math.max(acknowledged, await appendUntilKilled(folder, first, 10 + 17 * round, (round * 7) % 20));
      const store = await openDuckDbStore({ folder, access: "write" });
      if (!store.ok) throw new Error(store.error.message);
      const { edges } = await store.value.edges({ cluster: "east", namespace: "shop", window: always, limit: 10 });
      const [one, sum] = edges.map(({ flows }) => flows);
      await store.value.close();
      // Three are under way at a time.
      expect(one).toBeGreaterThanOrEqual(acknowledged);
      expect(one).toBeLessThanOrEqual(acknowledged + 3);
      expect(sum).toBe((one! * (one! + 1)) / 2);
      expect(edges[0]?.names).toEqual(["api.example.com"]);
    }
  } finally {
    await rm(folder, { recursive: true });
  }
  expect(acknowledged).toBeGreaterThan(100);
});
