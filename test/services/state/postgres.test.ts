import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { allMigrations } from "../../../src/adapters/sql-state/migrations/all.ts";
import { openPostgresState } from "../../../src/adapters/sql-state/open-postgres.ts";
import { stateContract } from "../../../src/app/state/state-contract.test-support.ts";
import type { State } from "../../../src/app/state/state.ts";
import { lacksPostgres, PrivatePostgres } from "./private-postgres.ts";

describe.skipIf(lacksPostgres())("with a PostgreSQL of its own", () => {
  let postgres: PrivatePostgres;
  beforeAll(async () => {
    postgres = await PrivatePostgres.open();
  });
  afterAll(() => postgres.close());
  const nowMs = (): number => 1_000;

  async function open(url: string): Promise<State> {
    const state = await openPostgresState({ url, nowMs });
    if (!state.ok) throw new Error(state.error.message);
    return state.value;
  }

  stateContract("PostgreSQL", async () => open(await postgres.database()));

  test("a database that a newer postern has used is refused", async () => {
    const url = await postgres.database();
    const second = { number: 2, name: "second", statements: ["create table more (a integer)"] };
    const newer = await openPostgresState({ url, nowMs, migrations: [...allMigrations, second] });
    expect(newer.ok).toBe(true);
    if (newer.ok) await newer.value.close();
    expect(await openPostgresState({ url, nowMs })).toMatchObject({ ok: false, error: { code: "state_newer" } });
  });

  test("a server that restarts connections is used again", async () => {
    const url = await postgres.database();
    const state = await open(url);
    await state.check();
    await postgres.query(
      "postgres",
      "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'postern'",
    );
    // A connection that is being ended may fail one query; the next gets a new one.
    await state.check().catch(() => {});
    await expect(state.check()).resolves.toBeUndefined();
    await state.close();
  });

  test.each([
    ["an address that is none", "postgres://user:hunter2@[", "state_unreachable"],
    ["a server that is not there", "postgres://user:hunter2@127.0.0.1:1/x", "state_unreachable"],
  ])("%s is told without its password", async (_, url, code) => {
    const state = await openPostgresState({ url, nowMs });
    expect(state).toMatchObject({ ok: false, error: { code } });
    expect(JSON.stringify(state)).not.toContain("hunter2");
  });

  test("a database that is not there is told", async () => {
    const url = (await postgres.database()).replace("/postern_", "/nothing_");
    const state = await openPostgresState({ url, nowMs });
    expect(state).toMatchObject({ ok: false, error: { code: "state_unreachable" } });
  });
});
