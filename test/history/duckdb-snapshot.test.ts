import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Writer } from "../../src/adapters/duckdb/append.ts";
import type { Client } from "../../src/adapters/duckdb/client.ts";
import { defaultOrder } from "../../src/adapters/duckdb/config.ts";
import { openClient } from "../../src/adapters/duckdb/open-client.ts";
import { batchForTest } from "./batch-for-test.ts";

let folder = "";
let client: Client;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "postern-snapshot-"));
  const opened = await openClient({ folder, access: "write", threads: 1 });
  if (!opened.ok) throw new Error(opened.error.message);
  client = opened.value;
});
afterEach(async () => {
  await client.close();
  await rm(folder, { recursive: true });
});

/** A statement that would take days. */
const endless = "SELECT count(*) AS n FROM range(1000000000) a, range(1000000000) b WHERE a.range % 7 = b.range % 11";

test("rows that move while a question is answered are seen once", async () => {
  await client.write(async (connection) => connection.run("INSERT INTO merged VALUES ('here', 1, 1, 1)"));
  const seen = await client.read(async (snapshot) => {
    const before = await snapshot.rows("SELECT name FROM merged");
    await client.write(async (connection) => {
      await connection.run("DELETE FROM merged");
      await connection.run("INSERT INTO merged VALUES ('there', 1, 1, 1)");
    });
    return [...before, ...(await snapshot.rows("SELECT name FROM merged"))].map((row) => row.text("name"));
  });
  expect(seen).toEqual(["here", "here"]);
  expect(await client.read(async (snapshot) => (await snapshot.rows("SELECT name FROM merged")).length)).toBe(1);
});

test("a question that nobody waits for any more ends with its statement", async () => {
  const leaving = new AbortController();
  const asked = client.read(async (snapshot) => snapshot.rows(endless), leaving.signal);
  setTimeout(() => leaving.abort(), 20);
  await expect(asked).rejects.toMatchObject({ failure: { code: "history_given_up" } });
});

test("so does one that nobody waited for from the beginning", async () => {
  const asked = client.read(async (snapshot) => snapshot.rows(endless), AbortSignal.abort());
  await expect(asked).rejects.toMatchObject({ failure: { code: "history_given_up" } });
});

test("the log can be written into the file beside a question that takes long", async () => {
  const writer = new Writer(client, defaultOrder);
  const edges = [["shop/Deployment/cart tcp 192.0.2.1:443", 0, 1]] as const;
  await writer.append([batchForTest(edges, { sequence: 1 })]);
  await client.read(async (snapshot) => {
    const mark = async (): Promise<number[]> =>
      (await snapshot.rows("SELECT sequence FROM marks")).map((row) => row.number("sequence"));
    expect(await mark()).toEqual([1]);
    await writer.append([batchForTest(edges, { sequence: 2 })]);
    await client.checkpoint();
    expect(await mark()).toEqual([1]);
  });
  expect(await writer.append([batchForTest(edges, { sequence: 2 })])).toEqual(["known"]);
});

const usedBlocks = async (): Promise<number> =>
  client.read(async (snapshot) =>
    (await snapshot.rows("SELECT used_blocks AS n FROM pragma_database_size()"))[0]!.number("n"),
  );

/** Rows in some blocks of the file, and then none of them. */
async function leaveRoom(): Promise<void> {
  await client.write(async (connection) =>
    connection.run("CREATE TABLE filler AS SELECT hash(range) AS n FROM range(500000)"),
  );
  await client.checkpoint();
  await client.write(async (connection) => connection.run("DELETE FROM filler"));
}

test("the room of rows that are gone is given back when those who read have ended, and who comes meanwhile waits", async () => {
  await leaveRoom();
  const before = await usedBlocks();
  const [holding, held] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const reading = client.read(async (snapshot) => {
    await snapshot.rows("SELECT 1 AS n");
    holding.resolve();
    await held.promise;
  });
  await holding.promise;
  const giving = client.giveRoomBack(60_000);
  const later = client.read(async (snapshot) =>
    (await snapshot.rows("SELECT count(*) AS n FROM filler"))[0]!.number("n"),
  );
  held.resolve();
  await reading;
  expect([await giving, await later]).toEqual([true, 0]);
  expect(await usedBlocks()).toBeLessThan(before);
});

test("it is left for another time while somebody goes on reading, and nobody waits longer than that", async () => {
  await leaveRoom();
  const given = await client.read(async (snapshot) => {
    await snapshot.rows("SELECT 1 AS n");
    const giving = client.giveRoomBack(20);
    const beside = await client.read(async (other) => (await other.rows("SELECT 7 AS n"))[0]!.number("n"));
    return [await giving, beside];
  });
  expect(given).toEqual([false, 7]);
  expect(await client.giveRoomBack(60_000)).toBe(true);
});

test("an answer that is taken in parts ends where its reader leaves, and the history can be closed beside one that waits", async () => {
  const taken: number[] = [];
  const parts = (): AsyncGenerator<number, void> =>
    client.each(async function* (snapshot) {
      for await (const chunk of snapshot.chunks("SELECT range AS n FROM range(1000000)")) yield chunk.rowCount;
    });
  for await (const rows of parts()) {
    taken.push(rows);
    if (taken.length === 3) break;
  }
  expect(taken).toHaveLength(3);
  const waiting = parts();
  await waiting.next();
  await client.close();
  await expect(waiting.next()).rejects.toThrow("the history is closed");
});
