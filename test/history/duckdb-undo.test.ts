import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { cp, mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Client } from "../../src/adapters/duckdb/client.ts";
import { openDuckDbStore } from "../../src/adapters/duckdb/edge-store.ts";
import { lockFolder } from "../../src/adapters/duckdb/folder-lock.ts";
import { openClient } from "../../src/adapters/duckdb/open-client.ts";
import { Undo, undoCheckpoint } from "../../src/adapters/duckdb/undo.ts";
import { batchForTest, hourMs, monday } from "./batch-for-test.ts";

const [history, undo] = ["history.duckdb", "history.undo"];
/** What the system writes of a block before it looks whether the process was killed. */
const pageBytes = 4096;
const headers = { from: 4096, to: 12_288 };
const block = { at: 12_288, bytes: 262_144 };

let folder = "";
/** A file before and behind the last of some checkpoints, with what was kept for it, and how many rows it has. */
const before = (): string => join(folder, "before");
const behind = (): string => join(folder, "behind");
const rounds = 6;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "postern-undo-"));
  const own = join(folder, "own");
  await mkdir(own);
  const instance = await DuckDBInstance.create(join(own, history), { checkpoint_threshold: "1TiB" });
  const writer = await instance.connect();
  await writer.run("PRAGMA disable_checkpoint_on_shutdown");
  await writer.run("CREATE TABLE t (n INTEGER, words VARCHAR[])");
  const undoing = await Undo.open(own);
  for (let round = 1; round <= rounds; round += 1) {
    await writer.run(`INSERT INTO t VALUES (${round}, ['${round}'])`);
    const copying = {
      runAndReadAll: async (sql: string) => writer.runAndReadAll(sql),
      run: async (sql: string) => {
        await rm(before(), { recursive: true, force: true });
        await cp(own, before(), { recursive: true });
        return writer.run(sql);
      },
    };
    await undoing.checkpoint(copying as unknown as DuckDBConnection);
  }
  await cp(own, behind(), { recursive: true });
  writer.closeSync();
  instance.closeSync();
  await undoing.close();
});
afterAll(async () => rm(folder, { recursive: true }));

/** A file that was killed in its checkpoint: of each part, so much of it is as it was to be. */
async function torn(name: string, parts: readonly { readonly from: number; readonly to: number }[]): Promise<string> {
  const own = join(folder, name);
  await cp(before(), own, { recursive: true });
  const [file, next] = await Promise.all([readFile(join(own, history)), readFile(join(behind(), history))]);
  for (const { from, to } of parts) next.copy(file, from, from, to);
  await writeFile(join(own, history), file);
  return own;
}

async function rowsOf(own: string): Promise<number> {
  const instance = await DuckDBInstance.create(join(own, history), { access_mode: "READ_ONLY" });
  const connection = await instance.connect();
  try {
    const reader = await connection.runAndReadAll("SELECT count(*)::INTEGER, max(words[1])::INTEGER FROM t");
    const [row] = reader.getRows();
    expect(row).toEqual([rounds, rounds]);
    return row![0] as number;
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

const pagesWritten = [0, 1, 2, 3, 8, 63, 64];

test.each(pagesWritten)("killed when %i pages of a block were written, a file is as it was before", async (pages) => {
  const own = await torn(`torn-${pages}`, [{ from: block.at, to: block.at + pages * pageBytes }]);
  await undoCheckpoint(own);
  expect(await rowsOf(own)).toBe(rounds);
  expect((await stat(join(own, undo))).size).toBe(0);
  expect(await readFile(join(own, history))).toEqual(await readFile(join(before(), history)));
});

test("without what was kept such a file would be lost", async () => {
  const own = await torn("lost", [{ from: block.at, to: block.at + pageBytes }]);
  await writeFile(join(own, undo), "");
  await undoCheckpoint(own);
  await expect(rowsOf(own)).rejects.toThrow("checksum");
});

test("a checkpoint whose header was written is done", async () => {
  const own = await torn("done", [headers, { from: block.at, to: Number.MAX_SAFE_INTEGER }]);
  const file = await readFile(join(own, history));
  await undoCheckpoint(own);
  expect(await readFile(join(own, history))).toEqual(file);
  expect((await stat(join(own, undo))).size).toBe(0);
});

test("what was not kept to its end, or is none of ours, is left out", async () => {
  const own = await torn("left-out", []);
  const [file, kept] = await Promise.all([readFile(join(own, history)), readFile(join(own, undo))]);
  expect(kept.length).toBeGreaterThan(block.bytes);
  const wrong = (at: number): Buffer => {
    const copy = Buffer.from(kept);
    copy[at]! ^= 1;
    return copy;
  };
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(
        fc.nat(kept.length - 1).map((length) => kept.subarray(0, length)),
        fc.nat(kept.length - 1).map(wrong),
        fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.concat([kept.subarray(0, 16), bytes])),
        fc.uint8Array({ maxLength: 200 }),
      ),
      async (bytes) => {
        await writeFile(join(own, undo), bytes);
        await undoCheckpoint(own);
        expect((await readFile(join(own, history))).equals(file)).toBe(true);
        expect((await stat(join(own, undo))).size).toBe(0);
      },
    ),
    { numRuns: 30, examples: [[kept.subarray(0, -1)], [wrong(20)], [wrong(kept.length - 1)]] },
  );
});

test("what was kept of a file that is gone makes none", async () => {
  const own = await torn("gone", []);
  await rm(join(own, history));
  await undoCheckpoint(own);
  await expect(stat(join(own, history))).rejects.toThrow("ENOENT");
});

test.each([
  ["is given up", "FATAL Error: database has been invalidated", true],
  ["goes on", "TransactionContext Error: Cannot CHECKPOINT: there are other write transactions active", false],
])("of a checkpoint that failed something is kept if the file %s", async (name, message, isKept) => {
  const own = join(folder, `failed-${name}`);
  await cp(behind(), own, { recursive: true });
  const instance = await DuckDBInstance.create(join(own, history));
  const writer = await instance.connect();
  const undoing = await Undo.open(own);
  const failing = {
    runAndReadAll: async (sql: string) => writer.runAndReadAll(sql),
    run: () => Promise.reject(new Error(message)),
  };
  await expect(undoing.checkpoint(failing as unknown as DuckDBConnection)).rejects.toThrow(message);
  expect((await stat(join(own, undo))).size > 0).toBe(isKept);
  writer.closeSync();
  instance.closeSync();
  await undoing.close();
});

test("a history is held by one process until it ends, however it ends", async () => {
  const own = join(folder, "held");
  await mkdir(own);
  const module = new URL("../../src/adapters/duckdb/folder-lock.ts", import.meta.url).href;
  const script = `const { lockFolder } = await import(${JSON.stringify(module)});
    process.stdout.write(String(await lockFolder(process.argv[1]) !== undefined)); setInterval(() => {}, 1e6);`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", script, own], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [told] = (await once(child.stdout, "data")) as [Buffer];
  expect(told.toString()).toBe("true");
  expect(await lockFolder(own)).toBeUndefined();
  const ended = once(child, "close");
  child.kill("SIGKILL");
  await ended;
  const unlock = await lockFolder(own);
  expect(unlock).toBeDefined();
  unlock!();
});

test.each(["read", "write"] as const)("a history that was killed in a checkpoint opens to %s", async (access) => {
  const own = join(folder, `whole-${access}`);
  const opened = await openDuckDbStore({ folder: own, access: "write", threads: 1 });
  if (!opened.ok) throw new Error(opened.error.message);
  const edge = ["shop/Deployment/cart tcp 192.0.2.1:443", 0, 1] as const;
  await opened.value.append([batchForTest([edge])]);
  await opened.value.close();
  // As it would be found: the block that is written where it stands in part, the header as before, and what was kept.
  const file = await readFile(join(own, history));
  const kept = Buffer.concat([
    Buffer.from("postern-undo-1\0\0"),
    Buffer.alloc(8),
    file.subarray(headers.from, headers.to),
  ]);
  kept.writeUInt32LE(1, 16);
  kept.writeUInt32LE(block.bytes, 20);
  const place = Buffer.alloc(8);
  place.writeBigUInt64LE(BigInt(block.at));
  const whole = Buffer.concat([kept, place, file.subarray(block.at, block.at + block.bytes)]);
  await writeFile(join(own, undo), Buffer.concat([whole, createHash("sha256").update(whole).digest()]));
  file.fill(7, block.at, block.at + pageBytes);
  await writeFile(join(own, history), file);
  const again = await openDuckDbStore({ folder: own, access, threads: 1 });
  if (!again.ok) throw new Error(again.error.message);
  const window = { fromMs: 0, toMs: (monday + 9) * hourMs };
  const { edges } = await again.value.edges({ cluster: "east", namespace: "shop", window, limit: 9 });
  expect(edges.map(({ flows }) => flows)).toEqual([1]);
  await again.value.close();
});

test("the log is written into the file when it has grown, behind who wrote", async () => {
  const own = join(folder, "log");
  await mkdir(own);
  const path = join(own, history);
  const instance = await DuckDBInstance.create(path, { checkpoint_threshold: "1TiB" });
  const file = { instance, writer: await instance.connect(), undo: await Undo.open(own) };
  const logBytes = 20_000;
  const client = new Client({ file, path, logBytes, reopen: () => Promise.resolve(file), onClose: () => {} });
  const logged = async (): Promise<number> => {
    // Waits for its turn, and logs nothing.
    await client.write(async (connection) => connection.run("SELECT 1"));
    return (await stat(`${path}.wal`).catch(() => ({ size: 0 }))).size;
  };
  await client.write(async (connection) => connection.run("CREATE TABLE t (n BIGINT)"));
  expect(await logged()).toBeGreaterThan(0);
  let isShortened = false;
  for (let last = await logged(), i = 0; i < 100 && !isShortened; i += 1) {
    await client.write(async (connection) =>
      connection.run("INSERT INTO t SELECT hash(range) % 1000000 FROM range(500)"),
    );
    const bytes = await logged();
    expect(bytes).toBeLessThan(2 * logBytes);
    isShortened = bytes < last;
    last = bytes;
  }
  expect(isShortened).toBe(true);
  await client.close();
});

test("a history that was closed has no log, and nothing kept", async () => {
  const opened = await openClient({ folder: join(folder, "closed"), access: "write", threads: 1 });
  if (!opened.ok) throw new Error(opened.error.message);
  await opened.value.close();
  expect((await stat(join(folder, "closed", undo))).size).toBe(0);
  await expect(stat(join(folder, "closed", `${history}.wal`))).rejects.toThrow("ENOENT");
});
