import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmdirSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, expect, test } from "vitest";
import { DiskOutbox } from "./disk-outbox.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "postern-outbox-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function openForTest(maxBytes = 1 << 20): Promise<DiskOutbox> {
  const opened = await DiskOutbox.open({ folder, maxBytes });
  if (!opened.ok) throw new Error(opened.error.message);
  return opened.value.outbox;
}

async function append(outbox: DiskOutbox, text: string, position = text): Promise<number> {
  const { batches } = outbox.overdue();
  const appended = await outbox.append({
    sequence: outbox.nextSequence,
    packed: Buffer.from(text),
    rows: new Map([["flows", 1]]),
    positions: new Map([["flows", { kind: "file", position }]]),
  });
  expect(appended).toEqual({ ok: true, value: undefined });
  return batches;
}

/** What is waiting, and takes it. */
async function drain(outbox: DiskOutbox): Promise<string[]> {
  const texts: string[] = [];
  while (outbox.size.batches > 0) {
    const batch = await outbox.oldest(AbortSignal.timeout(5000));
    if (batch === undefined) break;
    texts.push(`${batch.sequence}:${Buffer.from(batch.packed).toString()}`);
    await outbox.done(batch.sequence);
  }
  return texts;
}

const segmentFiles = (): string[] => readdirSync(folder).filter((name) => name.endsWith(".batches"));

test("what was appended comes out in order, also after it was closed", async () => {
  const first = await openForTest();
  for (const text of ["a", "b", "c"]) await append(first, text);
  expect((await first.oldest(AbortSignal.timeout(5000)))?.sequence).toBe(1);
  await first.done(1);
  await first.close();
  const second = await openForTest();
  expect(second.nextSequence).toBe(4);
  expect(second.positions.get("flows")).toEqual({ kind: "file", position: "c" });
  expect(await drain(second)).toEqual(["2:b", "3:c"]);
  await second.close();
});

test("an empty outbox keeps its count and its positions", async () => {
  const first = await openForTest();
  await append(first, "a");
  await drain(first);
  await first.close();
  const second = await openForTest();
  expect([second.nextSequence, second.size.batches]).toEqual([2, 0]);
  expect(second.positions.get("flows")?.position).toBe("a");
  await second.close();
});

test("no two runs give batches the same name, a copy of the folder least of all", async () => {
  const first = await openForTest();
  await append(first, "a");
  await append(first, "b");
  await first.done(1);
  await first.close();
  const copied = `${folder}-copy`;
  cpSync(folder, copied, { recursive: true });
  const [second, copy] = [await openForTest(), await DiskOutbox.open({ folder: copied, maxBytes: 1 << 20 })];
  if (!copy.ok) throw new Error(copy.error.message);
  expect(new Set([first.incarnation, second.incarnation, copy.value.outbox.incarnation]).size).toBe(3);
  await append(second, "c");
  await append(copy.value.outbox, "d");
  // What waits keeps the name in it: it counts once, whoever sends it.
  expect([await drain(second), await drain(copy.value.outbox)]).toEqual([
    ["2:b", "3:c"],
    ["2:b", "3:d"],
  ]);
  await second.close();
  await copy.value.outbox.close();
  const third = await openForTest();
  expect([third.nextSequence, third.size.batches, segmentFiles().length]).toEqual([4, 0, 1]);
  await third.close();
  rmSync(copied, { recursive: true });
});

test.skipIf(process.platform !== "linux")("many files that wait are not held open", async () => {
  for (let run = 0; run < 12; run += 1) {
    const outbox = await openForTest(16 * 100);
    await append(outbox, "x".repeat(60));
    await append(outbox, "x".repeat(60));
    const held = readdirSync("/proc/self/fd").flatMap((fd) => {
      try {
        return [readlinkSync(`/proc/self/fd/${fd}`)];
      } catch {
        // It was for reading the folder.
        return [];
      }
    });
    expect(held.filter((path) => path.startsWith(folder) && path.endsWith(".batches"))).toHaveLength(1);
    await outbox.close();
  }
  expect(segmentFiles().length).toBeGreaterThan(5);
});

test("files go when all in them is delivered, but the newest stays", async () => {
  const outbox = await openForTest(16 * 100);
  for (let i = 0; i < 10; i += 1) await append(outbox, "x".repeat(60));
  expect(segmentFiles().length).toBeGreaterThan(3);
  await drain(outbox);
  expect(segmentFiles()).toHaveLength(1);
  await outbox.close();
});

test("when it is full the oldest are dropped, and the next batch can tell how many", async () => {
  const outbox = await openForTest(1600);
  const dropped: number[] = [];
  for (let i = 0; i < 30; i += 1) dropped.push(await append(outbox, "x".repeat(60)));
  const told = dropped.reduce((sum, own) => sum + own, 0);
  expect(told).toBeGreaterThan(10);
  expect(outbox.size.bytes).toBeLessThan(1600 + 400);
  const left = await drain(outbox);
  expect(told + left.length).toBe(30);
  expect(left.at(-1)).toMatch(/^30:/);
  await outbox.close();
});

test("what was told as dropped stays dropped when the process dies before the files go", async () => {
  const outbox = await openForTest(1600);
  let told = 0;
  for (let i = 0; i < 12; i += 1) told += await append(outbox, "x".repeat(60));
  const copies = new Map(segmentFiles().map((name) => [name, readFileSync(join(folder, name))]));
  while (told === 0 || copies.size === 0) {
    for (const name of segmentFiles()) copies.set(name, readFileSync(join(folder, name)));
    told += await append(outbox, "x".repeat(60));
  }
  const count = outbox.nextSequence - 1;
  await outbox.close();
  // As if the removal had not reached the disk.
  for (const [name, bytes] of copies) if (!segmentFiles().includes(name)) writeFileSync(join(folder, name), bytes);
  rmSync(join(folder, "delivered"), { force: true });
  const again = await openForTest(1600);
  expect((await drain(again)).length + told).toBe(count);
  await again.close();
});

test("whatever a crash leaves of the last file, whole batches are there and torn ones are not", async () => {
  const outbox = await openForTest();
  const ends: number[] = [];
  const [file = ""] = await (async () => {
    for (const text of ["one", "two", "three"]) {
      await append(outbox, text);
      ends.push(statSync(join(folder, segmentFiles()[0]!)).size);
    }
    return segmentFiles();
  })();
  await outbox.close();
  const whole = readFileSync(join(folder, file));
  for (let size = 0; size <= whole.length; size += 1) {
    writeFileSync(join(folder, file), whole);
    truncateSync(join(folder, file), size);
    rmSync(join(folder, "delivered"), { force: true });
    const opened = await openForTest();
    expect(opened.nextSequence - 1).toBe(ends.filter((end) => end <= size).length);
    await append(opened, "after");
    expect((await drain(opened)).at(-1)).toMatch(/:after$/);
    await opened.close();
    for (const name of segmentFiles()) if (name !== file) rmSync(join(folder, name));
  }
});

test("a changed byte anywhere costs batches, never an error or a wrong batch", async () => {
  const outbox = await openForTest();
  for (const text of ["one", "two", "three"]) await append(outbox, text);
  await outbox.close();
  const [file = ""] = segmentFiles();
  const whole = readFileSync(join(folder, file));
  await fc.assert(
    fc.asyncProperty(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 }), async (at, change) => {
      const changed = Buffer.from(whole);
      changed[at]! ^= change;
      for (const name of segmentFiles()) rmSync(join(folder, name));
      rmSync(join(folder, "delivered"), { force: true });
      writeFileSync(join(folder, file), changed);
      const opened = await openForTest();
      const texts = await drain(opened);
      await opened.close();
      expect(["1:one", "2:two", "3:three"].slice(0, texts.length)).toEqual(texts);
    }),
    { numRuns: 60 },
  );
});

test("two observers cannot share a folder, and a dead one's lock is taken over", async () => {
  const outbox = await openForTest();
  expect(await DiskOutbox.open({ folder, maxBytes: 1000 })).toMatchObject({ error: { code: "observe_buffer_busy" } });
  await outbox.close();
  writeFileSync(join(folder, "lock"), "1 0");
  await (await openForTest()).close();
});

test("a folder that cannot be is told", async () => {
  writeFileSync(join(folder, "file"), "");
  const opened = await DiskOutbox.open({ folder: join(folder, "file"), maxBytes: 1000 });
  expect(opened).toMatchObject({ ok: false, error: { code: "observe_buffer_unusable" } });
  expect(opened.ok ? "" : opened.error.message).toContain("file already exists");
});

test("a folder that could not be read is nobody's, and can be opened when it can be read", async () => {
  const unreadable = join(folder, "0000000000000001.batches");
  mkdirSync(unreadable);
  const options = { folder, maxBytes: 1000 };
  expect(await DiskOutbox.open(options)).toMatchObject({ error: { code: "observe_buffer_unusable" } });
  rmdirSync(unreadable);
  await (await openForTest()).close();
});
