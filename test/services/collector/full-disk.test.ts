import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { HttpSink } from "../../../src/adapters/collector-client/ship.ts";
import { openDuckDbStore } from "../../../src/adapters/duckdb/edge-store.ts";
import { packBatch } from "../../../src/adapters/outbox/pack.ts";
import type { SealedBatch } from "../../../src/pipeline/flows/sealed-batch.ts";
import { batchForTest } from "../../history/batch-for-test.ts";
import { freePort, postern, Served } from "./served.ts";

/** A disk of its own needs the right to mount one, which containers often withhold: then there is nothing to test with. */
function canMount(): boolean {
  const folder = mkdtempSync(join(tmpdir(), "postern-disk-"));
  const { status } = spawnSync("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", folder], { stdio: "ignore" });
  if (status === 0) execFileSync("umount", [folder]);
  rmSync(folder, { recursive: true });
  return status === 0;
}

const edgesEach = 2_000;

/** Every batch has addresses of its own, so that each takes room. */
function batchOf(sequence: number): SealedBatch {
  const edges = Array.from({ length: edgesEach }, (_, i) => {
    const n = sequence * edgesEach + i;
    return [
      `shop/Deployment/cart tcp 2001:db8:${(n >> 16).toString(16)}:${(n & 0xffff).toString(16)}::1:443`,
      0,
      1,
    ] as const;
  });
  return batchForTest(edges, { sequence, sealedAtMs: Date.now() });
}

describe.skipIf(!canMount())("a collector whose disk is full", () => {
  let folder = "";
  let disk = "";
  let served: Served | undefined;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "postern-disk-"));
    disk = mkdtempSync(join(tmpdir(), "postern-disk-"));
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=8m", "tmpfs", disk]);
  });
  afterEach(async () => {
    await served?.end("SIGKILL");
    execFileSync("umount", ["-l", disk]);
    rmSync(disk, { recursive: true });
    rmSync(folder, { recursive: true });
  });

  test("says so, still answers questions, and goes on when there is room", { timeout: 120_000 }, async () => {
    const data = join(disk, "data");
    served = new Served(await freePort(), "--data", data);
    await served.start();
    const made = await postern(
      "token",
      "create",
      "--data",
      data,
      "--cluster",
      "east",
      "--scope",
      "ship",
      "--scope",
      "read",
    );
    const tokenFile = join(folder, "token");
    writeFileSync(tokenFile, made.stdout);
    const sink = new HttpSink({ url: new URL(served.url), tokenFile, tls: undefined });
    const { signal } = new AbortController();
    let sequence = 0;
    let reason = "";
    while (reason === "" && sequence < 2_000) {
      sequence += 1;
      const delivery = await sink.deliverPacked(packBatch(batchOf(sequence)), signal);
      if (delivery.kind !== "stored") reason = `${delivery.kind}: ${delivery.reason}`;
    }
    expect(reason).toMatch(/^later: .* 503: there is no room on the disk for the history/);
    const ready = await fetch(`${served.url}/readyz`);
    expect([ready.status, await ready.json()]).toEqual([503, expect.objectContaining({ code: "history_no_space" })]);
    const asked = await postern("history", "coverage", "--server", served.url, "--token-file", tokenFile);
    expect([asked.code, asked.stdout]).toEqual([0, expect.stringContaining("shop")]);
    execFileSync("mount", ["-o", "remount,size=200m", disk]);
    // The same batch again, and the next ones.
    for (let more = 0; more < 3; more += 1) {
      expect(await sink.deliverPacked(packBatch(batchOf(sequence + more)), signal)).toEqual({ kind: "stored" });
    }
    await sink.close();
    expect(await served.end("SIGTERM")).toBe(0);
    const store = await openDuckDbStore({ folder: data, access: "read" });
    if (!store.ok) throw new Error(store.error.message);
    const query = { cluster: "east", namespace: "shop", window: { fromMs: 0, toMs: 9e12 }, limit: 1_000_000 };
    const { edges } = await store.value.edges(query);
    await store.value.close();
    expect(edges.length).toBe((sequence + 2) * edgesEach);
    expect(edges.every(({ flows }) => flows === 1)).toBe(true);
  });
});
