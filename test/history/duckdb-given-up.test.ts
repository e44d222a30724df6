import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Client, type OpenFile } from "../../src/adapters/duckdb/client.ts";

/** What DuckDB says of everything after a checkpoint that found the disk full. */
const givenUp = new Error("FATAL Error: Failed: database has been invalidated because of a previous fatal error.");

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "postern-given-up-"));
});
afterAll(async () => rm(folder, { recursive: true }));

async function clientOf(name: string, failures: readonly Error[]) {
  const path = join(folder, name);
  const left = [...failures];
  const opened = { times: 0 };
  const open = async (): Promise<OpenFile> => {
    opened.times += 1;
    const instance = await DuckDBInstance.create(path);
    return { instance, writer: await instance.connect(), undo: undefined };
  };
  const reopen = async (): Promise<OpenFile> => {
    const failure = left.shift();
    if (failure !== undefined) throw failure;
    return open();
  };
  const client = new Client({ file: await open(), path, logBytes: 1e6, reopen, onClose: () => {} });
  await client.write(async (connection) => connection.run("CREATE TABLE t AS SELECT 7 AS n"));
  return { client, opened };
}

const seven = async (client: Client): Promise<number | undefined> =>
  client.read(async (snapshot) => (await snapshot.rows("SELECT n FROM t"))[0]?.number("n"));
async function giveUp(client: Client): Promise<void> {
  const work = (): Promise<never> => {
    return Promise.reject(givenUp);
  };
  await expect(client.write(work)).rejects.toThrow("FATAL");
}

test("a file that was given up is opened again by who asks next, once for all", async () => {
  const { client, opened } = await clientOf("once", []);
  await giveUp(client);
  const answers = await Promise.all([
    seven(client),
    client.write(async (connection) => (await connection.run("UPDATE t SET n = n")).rowsChanged),
    seven(client),
  ]);
  expect([answers, opened.times]).toEqual([[7, 1, 7], 2]);
  await client.close();
});

test("while it cannot be opened everybody is told why, and it is tried again each time", async () => {
  const full = new Error("IO Error: No space left on device");
  const { client, opened } = await clientOf("later", [full, full]);
  await giveUp(client);
  const codes = [client.checkpoint(), seven(client)].map(async (asked) => asked.catch((error: unknown) => error));
  for (const error of await Promise.all(codes)) expect(error).toMatchObject({ failure: { code: "history_no_space" } });
  await expect(seven(client)).rejects.toMatchObject({ failure: { code: "history_no_space" } });
  expect([await seven(client), opened.times]).toEqual([7, 2]);
  await client.close();
});

test("what was given up can be closed", async () => {
  const { client, opened } = await clientOf("closed", [givenUp]);
  await giveUp(client);
  await expect(seven(client)).rejects.toMatchObject({ failure: { code: "history_failed" } });
  await client.close();
  expect(opened.times).toBe(1);
});

test("other trouble leaves it open", async () => {
  const { client, opened } = await clientOf("other", []);
  const wrong = client.write(async (connection) => connection.run("SELECT * FROM nothing"));
  await expect(wrong).rejects.toMatchObject({ failure: { code: "history_failed" } });
  expect([await seven(client), opened.times]).toEqual([7, 1]);
  await client.close();
});
