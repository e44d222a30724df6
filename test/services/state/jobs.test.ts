import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openPostgresState } from "../../../src/adapters/sql-state/open-postgres.ts";
import { openSqliteState } from "../../../src/adapters/sql-state/open-sqlite.ts";
import type { State } from "../../../src/app/state/state.ts";
import { lacksPostgres, PrivatePostgres } from "./private-postgres.ts";

const program = join(import.meta.dirname, "jobs-program.ts");
const nowMs = (): number => Date.now();

/** Processes that do jobs, and what they say. */
class Crew {
  readonly said: string[] = [];
  readonly #members: ChildProcess[] = [];

  start(dialect: string, place: string, leaseMs: number): ChildProcess {
    const args = [program, dialect, place, `${leaseMs}`];
    const member = spawn(process.execPath, args, { stdio: ["pipe", "pipe", "inherit"] });
    let rest = "";
    member.stdout.setEncoding("utf8").on("data", (text: string) => {
      const lines = (rest + text).split("\n");
      rest = lines.pop()!;
      this.said.push(...lines);
    });
    this.#members.push(member);
    return member;
  }

  async until(isSo: () => boolean): Promise<void> {
    for (let tries = 0; tries < 2_000 && !isSo(); tries += 1) await sleep(10);
    if (!isSo()) throw new Error(`it did not come to that: ${this.said.join(", ")}`);
  }

  count(what: string): number {
    return this.said.filter((line) => line.startsWith(`${what} `)).length;
  }

  async stop(): Promise<void> {
    const living = this.#members.filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null);
    for (const member of living) member.stdin!.end();
    await Promise.all(living.map((member) => once(member, "close")));
  }
}

async function opened(dialect: string, place: string): Promise<State> {
  const state =
    dialect === "postgres"
      ? await openPostgresState({ url: place, nowMs })
      : await openSqliteState({ path: place, mayCreate: true, nowMs });
  if (!state.ok) throw new Error(state.error.message);
  return state.value;
}

function jobChecks(dialect: string, newPlace: () => Promise<string>): void {
  const jobs = 60;
  const deliver = { kind: "deliver", payload: 3, runAtMs: 0 };

  test("two processes do every job once, and never one at the same time", async () => {
    const place = await newPlace();
    const state = await opened(dialect, place);
    const crew = new Crew();
    for (let n = 0; n < 2; n += 1) crew.start(dialect, place, 60_000);
    for (let n = 0; n < jobs; n += 1) {
      await state.decisions.change((books) => books.jobs.put({ ...deliver, key: `${n}` }));
    }
    await crew.until(() => crew.count("done") >= jobs);
    await crew.stop();
    expect(crew.count("begin")).toBe(jobs);
    expect(crew.count("done")).toBe(jobs);
    expect(crew.count("overlap")).toBe(0);
    expect(await state.decisions.jobs.waiting(undefined)).toEqual([]);
    await state.close();
  });

  test("what a killed process had in its hands is done by another when its lease is over", async () => {
    const place = await newPlace();
    const state = await opened(dialect, place);
    const crew = new Crew();
    const victim = crew.start(dialect, place, 1_500);
    for (let n = 0; n < 3; n += 1) await state.decisions.jobs.put({ ...deliver, key: `${n}`, payload: 60_000 });
    await crew.until(() => crew.count("begin") === 3);
    victim.kill("SIGKILL");
    await once(victim, "close");
    const held = await state.decisions.jobs.waiting("deliver");
    expect(held.map(({ attempts }) => attempts)).toEqual([1, 1, 1]);
    expect(crew.count("done")).toBe(0);
    // What is put meanwhile waits for the one that was held.
    for (let n = 0; n < 3; n += 1) await state.decisions.jobs.put({ ...deliver, key: `${n}`, payload: 1 });
    const heir = crew.start(dialect, place, 1_500);
    await crew.until(() => crew.count("begin") >= 6);
    heir.kill("SIGKILL");
    await once(heir, "close");
    const again = await state.decisions.jobs.waiting("deliver");
    expect(again.map(({ attempts }) => attempts)).toEqual([2, 2, 2]);
    expect(crew.count("overlap")).toBe(0);
    await state.close();
  });
}

describe("SQLite", () => {
  let folder = "";
  let files = 0;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "postern-jobs-"));
  });
  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
  });
  jobChecks("sqlite", () => Promise.resolve(join(folder, `${(files += 1)}.sqlite`)));
});

describe.skipIf(lacksPostgres())("PostgreSQL", () => {
  let postgres: PrivatePostgres;
  beforeAll(async () => {
    postgres = await PrivatePostgres.open();
  });
  afterAll(() => postgres.close());
  jobChecks("postgres", () => postgres.database());
});
