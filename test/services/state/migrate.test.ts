import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { allMigrations } from "../../../src/adapters/sql-state/migrations/all.ts";
import { lacksPostgres, PrivatePostgres } from "./private-postgres.ts";

const program = join(import.meta.dirname, "migrate-program.ts");
const processes = 6;

/** Runs the program to its end. */
async function run(dialect: string, place: string): Promise<string> {
  const child = spawn(process.execPath, [program, dialect, place], { stdio: ["ignore", "pipe", "inherit"] });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
  await once(child, "close");
  return output.trim();
}

/** Starts the program and kills it when it is in the middle of a further migration. */
async function killHalfway(dialect: string, place: string): Promise<void> {
  const child = spawn(process.execPath, [program, dialect, place, "slow"], { stdio: ["ignore", "pipe", "inherit"] });
  const [text] = (await once(child.stdout, "data")) as [Buffer];
  expect(text.toString()).toBe("half\n");
  child.kill("SIGKILL");
  await once(child, "close");
}

describe("SQLite", () => {
  let folder = "";
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "postern-migrate-"));
  });
  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  function ask(path: string, text: string): readonly unknown[] {
    const database = new DatabaseSync(path);
    try {
      return database
        .prepare(text)
        .all()
        .map((row) => ({ ...row }));
    } finally {
      database.close();
    }
  }

  test("processes that start at once migrate a fresh file once", async () => {
    const path = join(folder, "at-once.sqlite");
    const outputs = await Promise.all(Array.from({ length: processes }, () => run("sqlite", path)));
    expect(outputs).toEqual(Array.from({ length: processes }, () => "opened"));
    expect(ask(path, "select number from schema_migrations")).toEqual(allMigrations.map(({ number }) => ({ number })));
    expect(ask(path, "select count(*) as n from settings")).toEqual([{ n: processes }]);
  });

  test("a process killed in the middle of a migration leaves the schema as it was", async () => {
    const path = join(folder, "killed.sqlite");
    await run("sqlite", path);
    await killHalfway("sqlite", path);
    expect(await run("sqlite", path)).toBe("opened");
    expect(ask(path, "select number from schema_migrations")).toEqual(allMigrations.map(({ number }) => ({ number })));
    expect(ask(path, "select name from sqlite_master where name = 'half'")).toEqual([]);
    expect(ask(path, "pragma integrity_check")).toEqual([{ integrity_check: "ok" }]);
  });
});

describe.skipIf(lacksPostgres())("PostgreSQL", () => {
  let postgres: PrivatePostgres;
  beforeAll(async () => {
    postgres = await PrivatePostgres.open();
  });
  afterAll(() => postgres.close());

  test("processes that start at once migrate a fresh database once", async () => {
    const url = await postgres.database();
    const outputs = await Promise.all(Array.from({ length: processes }, () => run("postgres", url)));
    expect(outputs).toEqual(Array.from({ length: processes }, () => "opened"));
    expect(await postgres.query(url, "select count(*) from schema_migrations")).toBe(String(allMigrations.length));
    expect(await postgres.query(url, "select count(*) from settings")).toBe(String(processes));
  });

  test("a process killed in the middle of a migration leaves the schema as it was", async () => {
    const url = await postgres.database();
    await run("postgres", url);
    await killHalfway("postgres", url);
    expect(await run("postgres", url)).toBe("opened");
    expect(await postgres.query(url, "select count(*) from schema_migrations")).toBe(String(allMigrations.length));
    expect(await postgres.query(url, "select to_regclass('half') is null")).toBe("t");
  });
});
