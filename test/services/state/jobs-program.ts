/**
 * A process that does jobs: `jobs-program.ts sqlite|postgres PLACE LEASE-MS`. Says `begin KEY` and `done KEY`, and `overlap KEY` when another
 * process is at the same job at the same time; `done` is said after the book knows. Ends when its input does.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { openPostgresState } from "../../../src/adapters/sql-state/open-postgres.ts";
import { openSqliteState } from "../../../src/adapters/sql-state/open-sqlite.ts";
import { JobRunner } from "../../../src/app/jobs/job-runner.ts";

const [dialect, place = "", lease = ""] = process.argv.slice(2);
const nowMs = (): number => Date.now();
const opened =
  dialect === "postgres"
    ? await openPostgresState({ url: place, nowMs })
    : await openSqliteState({ path: place, mayCreate: true, nowMs });
if (!opened.ok) throw new Error(opened.error.message);
const state = opened.value;
const say = (text: string): void => void process.stdout.write(`${text}\n`);

const runner = new JobRunner({
  jobs: state.decisions.jobs,
  owner: `${process.pid}`,
  nowMs,
  atOnce: 3,
  everyMs: 10,
  leaseMs: Number(lease),
  handlers: {
    deliver: async ({ key, payload }) => {
      const name = `held ${key}`;
      const holder = await state.settings.get(name);
      const isMine = await state.settings.exchange(name, holder, `${process.pid}`);
      // A holder that was killed cannot be asked; only one that lives is an overlap.
      if (!isMine || (holder !== undefined && holder !== "free" && isAlive(Number(holder)))) say(`overlap ${key}`);
      say(`begin ${key}`);
      await sleep(typeof payload === "number" ? payload : 0);
      await state.settings.exchange(name, `${process.pid}`, "free");
      return { end: "done" };
    },
  },
  onEnd: ({ key, end }) => say(`${end} ${key}`),
});
runner.start();
process.stdin.resume();
process.stdin.on("end", () => {
  void runner.stop().then(() => state.close());
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
