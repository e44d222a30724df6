import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openPostgresState } from "../../../src/adapters/sql-state/open-postgres.ts";
import type { State } from "../../../src/app/state/state.ts";
import { issueCertificate } from "../../certificate.ts";
import { freePorts } from "../free-ports.ts";
import { lacksPostgres, PrivatePostgres } from "./private-postgres.ts";

const nowMs = (): number => 1_000;

describe.skipIf(lacksPostgres())("a PostgreSQL that is restarted while it is used", () => {
  let postgres: PrivatePostgres;
  let state: State;
  const broken: unknown[] = [];
  const note = (error: unknown): void => void broken.push(error);
  beforeAll(async () => {
    process.on("uncaughtException", note).on("unhandledRejection", note);
    postgres = await PrivatePostgres.open();
    const opened = await openPostgresState({ url: await postgres.database(), nowMs });
    if (!opened.ok) throw new Error(opened.error.message);
    state = opened.value;
  });
  afterAll(async () => {
    await state?.close();
    await postgres?.close();
    process.off("uncaughtException", note).off("unhandledRejection", note);
  });

  async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
    for (let tries = 0; tries < 2_000 && !(await isSo()); tries += 1) await sleep(10);
    expect(await isSo()).toBe(true);
  }

  test("fails what is asked meanwhile, each in a sentence, and answers again", async () => {
    const heard: (string | undefined)[] = [];
    state.notices.listen((text) => heard.push(text));
    const kept = new Set<string>();
    const failures: string[] = [];
    const over = new AbortController();
    const asking = [0, 1, 2, 3, 4, 5].map(async (one) => {
      for (let n = 0; !over.signal.aborted; n += 1) {
        const key = `${one}-${n}`;
        try {
          // Half in one statement, half in a transaction with its audit records' lock.
          if (one % 2 === 0) await state.settings.set(key, "kept");
          else await state.decisions.change(async ({ users }) => users.bySubject(key));
          if (one % 2 === 0) kept.add(key);
        } catch (error) {
          failures.push((error as Error).message);
          await sleep(5);
        }
      }
    });
    await until(() => kept.size > 20);
    await postgres.stop();
    const before = failures.length;
    await until(() => failures.length > before + 20);
    await expect(state.check()).rejects.toThrow(/./);
    await postgres.start();
    await until(async () =>
      state.check().then(
        () => true,
        () => false,
      ),
    );
    const since = kept.size;
    await until(() => kept.size > since + 20);
    over.abort();
    await Promise.all(asking);
    for (const failure of new Set(failures)) expect(failure).toMatch(/^\S[^\n]{5,200}$/);
    // What was acknowledged is there.
    for (const key of kept) expect(await state.settings.get(key)).toBe("kept");
    // What others told meanwhile was missed, and is told to be.
    await until(() => heard.includes(undefined));
    expect(broken).toEqual([]);
  });
});

describe.skipIf(lacksPostgres())("a PostgreSQL over TLS", () => {
  const authority = issueCertificate({ commonName: "authority", isAuthority: true });
  const stranger = issueCertificate({ commonName: "stranger", isAuthority: true });
  const { cert, key } = issueCertificate({ commonName: "db", hosts: ["localhost"] }, authority);
  let folder = "";
  let port = 0;
  let postgres: PrivatePostgres;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "postern-pg-tls-"));
    await writeFile(join(folder, "authority.pem"), authority.cert);
    await writeFile(join(folder, "stranger.pem"), stranger.cert);
    [port = 0] = await freePorts(1);
    postgres = await PrivatePostgres.open({
      settings: { listen_addresses: "127.0.0.1", port: `${port}`, ssl: "on" },
      access: "hostssl all all 127.0.0.1/32 scram-sha-256",
      files: { "server.crt": cert, "server.key": key },
    });
    await postgres.query("postgres", "create role postern login password 'open sesame'");
    await postgres.query("postgres", "alter database postern owner to postern");
  });
  afterAll(async () => {
    await postgres?.close();
    await rm(folder, { recursive: true, force: true });
  });

  const address = (password: string, host: string, parameters: string): string =>
    `postgres://postern:${password}@${host}:${port}/postern?${parameters.replace("FOLDER", folder)}`;
  const full = "sslmode=verify-full&sslrootcert=FOLDER/authority.pem";

  test("is used when its certificate holds, and told to be encrypted", async () => {
    const url = address("open%20sesame", "localhost", full);
    const state = await openPostgresState({ url, nowMs });
    if (!state.ok) throw new Error(state.error.message);
    await state.value.settings.set("key", "kept");
    expect(
      await postgres.query(
        "postgres",
        `select distinct ssl from pg_stat_ssl join pg_stat_activity using (pid) where application_name = 'postern'`,
      ),
    ).toBe("t");
    await state.value.close();
  });

  test.each([
    ["whose certificate another authority signed", "localhost", full.replace("authority", "stranger"), "certificate"],
    ["whose certificate is for another host", "127.0.0.1", full, "altnames"],
    ["without TLS", "localhost", "sslmode=disable", "no encryption"],
    ["whose authority cannot be read", "localhost", full.replace("authority", "missing"), "missing.pem"],
  ])("is not used %s", async (_, host, parameters, why) => {
    const state = await openPostgresState({ url: address("open%20sesame", host, parameters), nowMs });
    expect(state).toMatchObject({ ok: false });
    const told = state.ok ? "" : state.error.message;
    expect(told).toContain(why);
    expect(told).not.toContain("sesame");
  });

  test("that refuses the password says so without it", async () => {
    const state = await openPostgresState({ url: address("hunter2", "localhost", full), nowMs });
    expect(state).toMatchObject({ ok: false, error: { code: "state_no_permission" } });
    expect(JSON.stringify(state)).not.toContain("hunter2");
  });
});
