import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { CollectorDouble } from "./collector-double.ts";

const program = fileURLToPath(new URL("./replaying-observer.ts", import.meta.url));

let folder = "";
let collector: CollectorDouble;
let children: ChildProcess[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "postern-observer-"));
  collector = new CollectorDouble();
  children = [];
});
afterEach(async () => {
  for (const child of children) if (child.exitCode === null && child.signalCode === null) child.kill("SIGKILL");
  await collector.close();
  rmSync(folder, { recursive: true, force: true });
});

/** A file of so many flows, and how many there are of each. */
function writeFlows(count: number): Map<string, number> {
  const expected = new Map<string, number>();
  const lines: string[] = [];
  for (let i = 0; i < count; i += 1) {
    const host = (i * 7919) % 50;
    const port = 1 + ((i * 104_729) % 13);
    lines.push(`${host} ${port}`);
    const key = `192.0.2.${host}:${port}`;
    expected.set(key, (expected.get(key) ?? 0) + 1);
  }
  writeFileSync(join(folder, "flows"), `${lines.join("\n")}\n`);
  return expected;
}

interface Child {
  readonly process: ChildProcess;
  readonly opened: Promise<void>;
  readonly ended: Promise<string>;
}

function observe(url: string, { maxBytes = 1 << 28, lines = 25, pauseMs = 1 } = {}): Child {
  const args = [program, join(folder, "flows"), join(folder, "buffer"), maxBytes, url, lines, pauseMs].map(String);
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] });
  children.push(child);
  let told = "";
  let complaint = "";
  const opened = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<string>();
  child.stderr.on("data", (text: Buffer) => (complaint += text.toString()));
  child.stdout.on("data", (text: Buffer) => {
    told += text.toString();
    if (told.startsWith("open")) opened.resolve();
  });
  child.on("close", (code, signal) => {
    opened.resolve();
    ended.resolve(signal ?? (code === 0 ? told.trim().split("\n").at(-1)! : `${code}: ${complaint}`));
  });
  return { process: child, opened: opened.promise, ended: ended.promise };
}

const sum = (counts: ReadonlyMap<string, number>): number => [...counts.values()].reduce((all, own) => all + own, 0);

test("killed again and again, with a collector that fails, every flow counts exactly once", async () => {
  const expected = writeFlows(40_000);
  const url = await collector.listen();
  let asked = 0;
  collector.mood = () => {
    asked += 1;
    return asked % 7 === 3 ? "busy" : asked % 5 === 2 ? "silent" : "good";
  };
  let kills = 0;
  for (;;) {
    const child = observe(url);
    await child.opened;
    // Spread over the first half second, where everything happens: reading, sealing, appending, sending.
    const isLast = kills >= 11;
    if (!isLast) {
      await Promise.race([sleep(7 + ((kills * 137) % 500)), child.ended]);
      child.process.kill("SIGKILL");
    }
    const end = await child.ended;
    if (end === "ended") break;
    expect(end).toBe("SIGKILL");
    kills += 1;
  }
  expect(kills).toBeGreaterThanOrEqual(10);
  expect(collector.flows).toEqual(expected);
  expect(collector.records).toBe(40_000);
  expect(collector.dropped).toBe(0);
});

test("with the collector away the buffer holds everything, and delivers it in order when it is back", async () => {
  const expected = writeFlows(10_000);
  const url = await collector.listen();
  await collector.close();
  const child = observe(url);
  await child.opened;
  await sleep(1000);
  collector = new CollectorDouble();
  await collector.listen(Number(new URL(url).port));
  expect(await child.ended).toBe("ended");
  expect(collector.flows).toEqual(expected);
  expect(collector.batches.map(({ sequence }) => sequence)).toEqual(collector.batches.map((_, i) => i + 1));
});

test("a buffer that overflows counts what it dropped, and keeps the newest", async () => {
  const expected = writeFlows(20_000);
  const url = await collector.listen();
  collector.mood = () => "busy";
  const child = observe(url, { maxBytes: 20_000, lines: 25 });
  await child.opened;
  await sleep(2500);
  collector.mood = () => "good";
  expect(await child.ended).toBe("ended");
  expect(collector.dropped).toBeGreaterThan(0);
  expect(sum(collector.flows)).toBeLessThan(sum(expected));
  const sequences = collector.batches.map(({ sequence }) => sequence);
  expect(sequences).toEqual(sequences.toSorted((a, b) => a - b));
  const missing = sequences.at(-1)! - sequences.length;
  expect(missing).toBeGreaterThan(0);
});

test("told to end, it delivers what it has, and the next one goes on behind it", async () => {
  const expected = writeFlows(20_000);
  const url = await collector.listen();
  const first = observe(url);
  await first.opened;
  await sleep(400);
  first.process.kill("SIGTERM");
  expect(await first.ended).toBe("stopped");
  const halfWay = sum(collector.flows);
  expect(halfWay).toBeGreaterThan(0);
  expect(halfWay).toBeLessThan(20_000);
  expect(await observe(url).ended).toBe("ended");
  expect(collector.flows).toEqual(expected);
});
