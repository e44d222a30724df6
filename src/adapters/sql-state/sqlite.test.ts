import { existsSync, statSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { stateContract } from "../../app/state/state-contract.test-support.ts";
import type { State } from "../../app/state/state.ts";
import { allMigrations } from "./migrations/all.ts";
import type { Migration } from "./migrations/migration.ts";
import { openSqliteState } from "./open-sqlite.ts";

let folder = "";
let files = 0;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "postern-state-"));
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

const nowMs = (): number => 1_000;
const next = (): string => join(folder, `${(files += 1)}.sqlite`);

async function open(path: string, migrations: readonly Migration[] = allMigrations): Promise<State> {
  const state = await openSqliteState({ path, mayCreate: true, nowMs, migrations });
  if (!state.ok) throw new Error(state.error.message);
  return state.value;
}

async function refusal(path: string, mayCreate = true, migrations = allMigrations): Promise<string> {
  const state = await openSqliteState({ path, mayCreate, nowMs, migrations });
  return state.ok ? "opened" : `${state.error.code}: ${state.error.message.replaceAll(folder, "")}`;
}

stateContract("SQLite", () => open(next()));

const later = allMigrations.length + 1;
const following: Migration = { number: later, name: "later", statements: ["create table more (a integer not null)"] };

describe("a state file", () => {
  test("is for its owner alone", async () => {
    const path = next();
    await (await open(path)).close();
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  test("keeps what was written", async () => {
    const path = next();
    const first = await open(path);
    await first.settings.set("a", "b");
    await first.close();
    const again = await open(path);
    expect(await again.settings.get("a")).toBe("b");
    await again.close();
  });

  test("is used by two at once", async () => {
    const path = next();
    const [a, b] = await Promise.all([open(path), open(path)]);
    await a.settings.set("from", "a");
    expect(await b.settings.get("from")).toBe("a");
    await Promise.all([a.close(), b.close()]);
  });

  test("goes to the newest schema once, and then nothing is left to do", async () => {
    const path = next();
    await (await open(path)).close();
    await (await open(path, [...allMigrations, following])).close();
    await (await open(path, [...allMigrations, following])).close();
    const database = new DatabaseSync(path);
    expect(database.prepare("select number, name from schema_migrations order by number").all()).toMatchObject([
      ...allMigrations.map(({ number, name }) => ({ number, name })),
      { number: later, name: "later" },
    ]);
    database.close();
  });

  test("that a newer postern has used is refused", async () => {
    const path = next();
    await (await open(path, [...allMigrations, following])).close();
    expect(await refusal(path)).toBe(
      `state_newer: the state database has schema ${later} and this postern knows up to ${later - 1}: ` +
        "a newer postern has used it, so run that version or a later one",
    );
  });

  test("that another build made is refused", async () => {
    const path = next();
    await (await open(path, [{ ...allMigrations[0]!, statements: ["create table other (a integer)"] }])).close();
    expect(await refusal(path)).toMatch(/^state_migration_changed: migration 1 of the state database is not the one/);
  });

  test("keeps nothing of a migration that fails", async () => {
    const path = next();
    const broken = { ...following, statements: [...following.statements, "create nonsense"] };
    expect(await refusal(path, true, [...allMigrations, broken])).toMatch(/^state_unreadable: /);
    await (await open(path, [...allMigrations, following])).close();
  });

  test("that is not there is not made when reading", async () => {
    const path = next();
    expect(await refusal(path, false)).toMatch(/^state_not_found: there is no state database at `\/\d+\.sqlite`: name/);
    expect(existsSync(path)).toBe(false);
  });

  test("that is no database is refused and left as it is", async () => {
    const path = next();
    await writeFile(path, "this is a text and no database, long enough to have a header of its own\n".repeat(20));
    expect(await refusal(path)).toMatch(
      /^state_unreadable: the state database `\/\d+\.sqlite` is damaged or no database/,
    );
  });

  test("in a folder that is not there says so", async () => {
    expect(await refusal(join(folder, "none", "state.sqlite"))).toMatch(/^state_(?:unreadable|no_permission): /);
  });
});
