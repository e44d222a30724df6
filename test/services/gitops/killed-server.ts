import { writeSync } from "node:fs";
import { parseArgs } from "node:util";
import { openGitRepository } from "../../../src/adapters/git/git-repository.ts";
import { repositoryYaml } from "../../../src/adapters/manifests/repository-yaml.ts";
import { plainHost } from "../../../src/adapters/plain-git/plain-host.ts";
import { openSqliteState } from "../../../src/adapters/sql-state/open-sqlite.ts";
import { serverEvents } from "../../../src/app/desk/server-events.ts";
import type { CodeHost, GitRepository } from "../../../src/app/gitops/code-host.ts";
import { deliveryJobs } from "../../../src/app/gitops/delivery-jobs.ts";
import { resumeDeliveries } from "../../../src/app/gitops/delivery-queue.ts";
import { repositoriesOf } from "../../../src/app/gitops/repositories.ts";
import { JobRunner } from "../../../src/app/jobs/job-runner.ts";
import type { Decisions } from "../../../src/app/state/books.ts";
import { settings } from "./delivery-world.ts";
import { hosts } from "./hosts.ts";

/**
 * A server's delivery as a process of its own, that says `step <n>` before and after everything it does to the outside world or to its
 * state, and stops for good at the one that it is told: there it is killed.
 */
const { values } = parseArgs({
  options: {
    host: { type: "string" },
    api: { type: "string" },
    remote: { type: "string" },
    folder: { type: "string" },
    stop: { type: "string" },
  },
});
const stopAt = Number(values.stop ?? "0");
let steps = 0;

function say(line: string): void {
  writeSync(1, `${line}\n`);
}

async function step(): Promise<void> {
  steps += 1;
  if (steps !== stopAt) return;
  say("stopped");
  await new Promise(() => {
    setInterval(() => {}, 1_000_000);
  });
}

/** Calls go through, with a step before and after each. */
function stepping<T extends object>(inner: T, names: readonly (keyof T)[]): T {
  return new Proxy(inner, {
    get(target, key): unknown {
      const value: unknown = Reflect.get(target, key);
      if (typeof value !== "function") return value;
      const call = value.bind(target) as (...args: unknown[]) => unknown;
      if (!names.includes(key as keyof T)) return call;
      return async (...args: unknown[]): Promise<unknown> => {
        await step();
        const answer = await call(...args);
        await step();
        return answer;
      };
    },
  });
}

const opened = openGitRepository({
  url: `file://${values.remote!}`,
  base: "main",
  folder: `${values.folder!}/mirror`,
  author: { name: "Postern", email: "postern@example.com" },
  access: { kind: "none" },
  caFile: undefined,
  signing: undefined,
  timeoutMs: 60_000,
});
const state = await openSqliteState({ path: `${values.folder!}/server.sqlite`, mayCreate: true, nowMs: Date.now });
if (!opened.ok || !state.ok) throw new Error("the server cannot start");
const { decisions } = state.value;
const git: GitRepository = stepping(opened.value as GitRepository, ["commitAndPush"]);
const connect = hosts.find(([name]) => name === values.host)?.[2];
const bare = connect === undefined ? plainHost(opened.value, "main", Date.now) : connect(values.api!, "s3cr3t");
const host: CodeHost = stepping(bare, ["openPullRequest", "updatePullRequest", "findPullRequest"]);
const parts = {
  place: {
    decisions: stepping<Decisions>(decisions, ["change"]),
    events: serverEvents(),
    nowMs: Date.now,
    newId: () => "p-00000000000000ff",
  },
  repositories: repositoriesOf([
    {
      settings: { ...settings, kind: host.kind, codeOwners: false },
      git,
      host,
      authorEmail: "postern@example.com",
      webhookSecret: undefined,
    },
  ]),
  yaml: repositoryYaml,
  publicUrl: undefined,
  laws: () => Promise.resolve([]),
};
const runner = new JobRunner({
  jobs: decisions.jobs,
  handlers: deliveryJobs(parts),
  owner: `pid-${process.pid}`,
  nowMs: Date.now,
  leaseMs: 600,
  everyMs: 50,
});
await resumeDeliveries({ ...parts, place: { ...parts.place, decisions } });
runner.start();
// Until the proposal is where it belongs and its pull request is watched.
for (;;) {
  const { proposals } = await decisions.proposals.list({
    within: undefined,
    sort: "number",
    isDescending: false,
    limit: 1,
  });
  const waiting = await decisions.jobs.waiting("watch-pull-request");
  if (proposals[0]?.state === "pull-request-open" && waiting.length > 0) break;
  await new Promise((resolve) => {
    setTimeout(resolve, 50);
  });
}
await runner.stop();
await state.value.close();
say(`done ${steps}`);
