import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { allMigrations } from "../../../src/adapters/sql-state/migrations/all.ts";
import { openPostgresState } from "../../../src/adapters/sql-state/open-postgres.ts";
import type { ObserverArrival } from "../../../src/app/state/observers.ts";
import { stateContract } from "../../../src/app/state/state-contract.test-support.ts";
import type { State } from "../../../src/app/state/state.ts";
import { lacksPostgres, PrivatePostgres } from "./private-postgres.ts";

describe.skipIf(lacksPostgres())("with a PostgreSQL of its own", () => {
  let postgres: PrivatePostgres;
  beforeAll(async () => {
    // Times are milliseconds, whatever the server thinks of them.
    postgres = await PrivatePostgres.open({ settings: { TimeZone: "Asia/Kathmandu", DateStyle: "SQL, DMY" } });
  });
  afterAll(() => postgres.close());
  const nowMs = (): number => 1_000;

  async function open(url: string): Promise<State> {
    const state = await openPostgresState({ url, nowMs });
    if (!state.ok) throw new Error(state.error.message);
    return state.value;
  }

  async function answersAgain(state: State): Promise<boolean> {
    for (let tries = 0; tries < 1_000; tries += 1) {
      const isAnswer = await state.check().then(
        () => true,
        () => false,
      );
      if (isAnswer) return true;
      await sleep(10);
    }
    return false;
  }

  stateContract("PostgreSQL", async () => open(await postgres.database()));

  test("a database that a newer postern has used is refused", async () => {
    const url = await postgres.database();
    const later = { number: allMigrations.length + 1, name: "later", statements: ["create table more (a integer)"] };
    const newer = await openPostgresState({ url, nowMs, migrations: [...allMigrations, later] });
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
    // Each connection that is being ended may fail one query; then there are new ones.
    expect(await answersAgain(state)).toBe(true);
    await state.close();
  });

  const arrival: ObserverArrival = {
    cluster: "east",
    observer: "node-a",
    incarnation: "0".repeat(32),
    lastSequence: 1,
    version: "",
    address: "",
    atMs: 1,
    sharedAtMs: undefined,
  };

  test("a connection that breaks while it is used fails its query, and nothing else", async () => {
    const url = await postgres.database();
    const state = await open(url);
    const broken: unknown[] = [];
    const note = (error: unknown): void => void broken.push(error);
    process.on("uncaughtException", note);
    // In the middle of many transactions, wherever each one is.
    for (let round = 0; round < 3; round += 1) {
      const writes = Promise.allSettled(
        Array.from({ length: 40 }, (_, n) => state.observers.seen([{ ...arrival, observer: `node-${n}` }])),
      );
      await postgres.query(
        "postgres",
        "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'postern'",
      );
      await writes;
    }
    process.off("uncaughtException", note);
    expect(broken).toEqual([]);
    expect(await answersAgain(state)).toBe(true);
    await state.close();
  });

  test("a server that falls silent is given up, and used again when it is back", async () => {
    const url = new URL((await postgres.database()).replace("@/", "@x/"));
    const socket = `${url.searchParams.get("host")}/.s.PGSQL.5432`;
    const pairs: (readonly [Socket, Socket])[] = [];
    const between = createServer((front) => {
      const back = connect(socket);
      front
        .on("error", () => {})
        .pipe(back.on("error", () => {}))
        .pipe(front);
      pairs.push([front, back]);
    });
    between.listen(0, "127.0.0.1");
    await once(between, "listening");
    const { port } = between.address() as AddressInfo;
    const options = encodeURIComponent(url.searchParams.get("options")!);
    const far = `postgres://postgres@127.0.0.1:${port}${url.pathname}?options=${options}`;
    const state = await openPostgresState({ url: far, nowMs, patienceMs: 200 });
    if (!state.ok) throw new Error(state.error.message);
    await state.value.check();
    const silent = pairs.splice(0);
    for (const [front] of silent) front.unpipe().pause();
    await expect(state.value.check()).rejects.toThrow("the server does not answer");
    await expect(state.value.check()).resolves.toBeUndefined();
    await state.value.close();
    for (const pair of [...silent, ...pairs]) for (const end of pair) end.destroy();
    between.close();
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
    const url = (await postgres.database()).replace("/postern?", "/nothing?");
    const state = await openPostgresState({ url, nowMs });
    expect(state).toMatchObject({ ok: false, error: { code: "state_unreachable" } });
  });
});
