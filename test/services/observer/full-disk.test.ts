import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { DiskOutbox } from "../../../src/adapters/outbox/disk-outbox.ts";

/** A disk of its own needs the right to mount one, which containers often withhold: then there is nothing to test with. */
function mount(folder: string, size: string): boolean {
  return spawnSync("mount", ["-t", "tmpfs", "-o", `size=${size}`, "tmpfs", folder], { stdio: "ignore" }).status === 0;
}

const probe = mkdtempSync(join(tmpdir(), "postern-disk-"));
const canMount = mount(probe, "1m");
if (canMount) execFileSync("umount", [probe]);
rmSync(probe, { recursive: true });

describe.skipIf(!canMount)("a buffer whose disk is full", () => {
  let disk = "";
  let outbox: DiskOutbox;
  beforeEach(async () => {
    disk = mkdtempSync(join(tmpdir(), "postern-disk-"));
    mount(disk, "8m");
    const opened = await DiskOutbox.open({ folder: join(disk, "buffer"), maxBytes: 1 << 30 });
    if (!opened.ok) throw new Error(opened.error.message);
    ({ outbox } = opened.value);
  });
  afterEach(async () => {
    await outbox.close();
    execFileSync("umount", ["-l", disk]);
    rmSync(disk, { recursive: true });
  });

  /** Appends one batch of 100 kB. @returns how many were told as dropped, or why it could not be */
  async function append(): Promise<number | string> {
    const { batches } = outbox.overdue();
    const packed = Buffer.alloc(100_000, outbox.nextSequence);
    const appended = await outbox.append({
      sequence: outbox.nextSequence,
      packed,
      rows: new Map(),
      positions: new Map(),
    });
    return appended.ok ? batches : appended.error.message;
  }

  async function drain(): Promise<number[]> {
    const sequences: number[] = [];
    while (outbox.size.batches > 0) {
      const batch = await outbox.oldest(AbortSignal.timeout(5000));
      if (batch === undefined) break;
      expect(new Set(batch.packed)).toEqual(new Set([batch.sequence & 0xff]));
      sequences.push(batch.sequence);
      await outbox.done(batch.sequence);
    }
    return sequences;
  }

  test("makes room from its oldest batches, tells how many, and goes on", async () => {
    let told = 0;
    for (let i = 0; i < 200; i += 1) {
      const dropped = await append();
      if (typeof dropped === "string") throw new Error(dropped);
      told += dropped;
    }
    told += outbox.overdue().batches;
    const left = await drain();
    expect(told).toBeGreaterThan(100);
    expect(told + left.length).toBe(200);
    expect(left.at(-1)).toBe(200);
  });

  test("that somebody else filled says so, and takes the same batch when there is room again", async () => {
    expect(await append()).toBe(0);
    spawnSync("dd", ["if=/dev/zero", `of=${join(disk, "theirs")}`, "bs=64k"], { stdio: "ignore" });
    expect(await append()).toContain("no space left on device");
    expect(await append()).toContain("no space left on device");
    writeFileSync(join(disk, "theirs"), "");
    expect(await append()).toBe(0);
    expect(await drain()).toEqual([1, 2]);
  });
});
