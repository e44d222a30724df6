/**
 * How long do people wait for a list? A server with a large fleet's history and decisions answers what its pages ask, asked by this
 * process while it runs in another one: namespaces, proposals, rules, audit, sources, the overview, and traffic by many dimensions.
 *
 *   node bench/serve.ts [--edges 10000000] [--namespaces 1000] [--proposals 2000] [--seconds 60] [--rate 30] [--folder FOLDER]
 *
 * A folder that was filled before is used again. Answers are told by what was asked; the whole is compared with one aggregate over all
 * rows of the history, which is what somebody would otherwise wait for.
 */
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { openDuckDbStore } from "../src/adapters/duckdb/edge-store.ts";
import { openSqliteState } from "../src/adapters/sql-state/open-sqlite.ts";
import { issueToken } from "../src/app/state/token-text.ts";
import { proposalStates } from "../src/pipeline/propose/proposal.ts";
import { fillDecisions } from "./corpus/fleet-decisions.ts";
import { fillHistory } from "./corpus/fleet-history.ts";
import { median, printResult } from "./corpus/measure.ts";
import { seeded } from "./corpus/random.ts";

const { values } = parseArgs({
  options: {
    edges: { type: "string", default: "10000000" },
    namespaces: { type: "string", default: "1000" },
    proposals: { type: "string", default: "2000" },
    seconds: { type: "string", default: "60" },
    rate: { type: "string", default: "30" },
    folder: { type: "string" },
  },
});
const [edges, namespaces, proposals, seconds, rate] = [
  values.edges,
  values.namespaces,
  values.proposals,
  values.seconds,
  values.rate,
].map(Number) as [number, number, number, number, number];
const hourMs = 3_600_000;
const clients = 8;
type Random = ReturnType<typeof seeded>;
type Page = (random: Random) => readonly [page: string, path: string];

function pick<T>(random: Random, of: readonly T[]): T {
  return of[random.below(of.length)]!;
}

function windowOf(days: number): string {
  return `fromMs=${Date.now() - days * 24 * hourMs}&toMs=${Date.now()}`;
}

const pages: readonly Page[] = [
  () => ["overview", "overview"],
  (random) => ["namespaces", `namespaces?sort=${pick(random, ["namespace", "-exposure", "readiness", "-findings"])}`],
  (random) => ["namespaces", `namespaces?q=team-0${random.below(10)}&limit=20`],
  (random) => ["proposals", `proposals?sort=${pick(random, ["-updatedAtMs", "-risk", "readiness", "number"])}`],
  (random) => ["proposals", `proposals?state=${pick(random, proposalStates)}&limit=20`],
  (random) => ["proposals", `proposals?q=team-0${random.below(1000)}`],
  (random) => ["rules", `rules?sort=${pick(random, ["severity", "namespace", "-lastHitMs"])}`],
  () => ["rules", "rules?problem=zombie&limit=20"],
  () => ["audit", "audit"],
  () => ["audit", "audit?kind=proposal.approve&limit=20"],
  () => ["sources", "sources"],
  (random) => ["traffic of a day", `traffic?by=${pick(random, ["namespace", "workload", "port", "verdict"])}`],
  () => ["traffic of a day", "traffic?limit=100"],
  (random) => [
    "traffic of a namespace",
    `traffic?namespace=team-${String(random.below(namespaces)).padStart(4, "0")}&${windowOf(30)}`,
  ],
  (random) => ["traffic of a week", `traffic?by=${pick(random, ["namespace", "port"])}&${windowOf(7)}`],
  () => ["traffic of a month", `traffic?by=namespace&${windowOf(30)}`],
  () => ["timeline of a day", "traffic/timeline?by=verdict"],
];

const folder = values.folder ?? mkdtempSync(join(tmpdir(), "postern-bench-"));
mkdirSync(folder, { recursive: true });
const tokens = await prepare();
const aggregateMs = await wholeAggregate();
const server = await startServer();
try {
  const answers = await load(server.url);
  const all = answers.flatMap(({ ms }) => ms);
  const byPage = Object.fromEntries(
    [...Map.groupBy(answers, ({ page }) => page)].map(([page, own]) => [page, figuresOf(own.flatMap(({ ms }) => ms))]),
  );
  printResult("How long do people wait for a list?", {
    edges,
    namespaces,
    proposals,
    requestsPerSecond: rate,
    all: figuresOf(all),
    byPage,
    failed: answers.filter(({ status }) => status !== 200).length,
    oneAggregateOverAllRowsMs: Math.round(aggregateMs),
    ratioOfP99: Number((aggregateMs / quantile(all, 0.99)).toFixed(1)),
  });
} finally {
  await server.stop();
  if (values.folder === undefined) rmSync(folder, { recursive: true });
}

/** @returns texts of the clients' tokens */
async function prepare(): Promise<readonly string[]> {
  const isFilled = existsSync(join(folder, "filled"));
  const state = await openSqliteState({ path: join(folder, "state.sqlite"), mayCreate: true, nowMs: Date.now });
  if (!state.ok) throw new Error(state.error.message);
  if (!isFilled) {
    const store = await openDuckDbStore({ folder, access: "write" });
    if (!store.ok) throw new Error(store.error.message);
    await fillHistory(store.value, { edges, namespaces, nowMs: Date.now() });
    await store.value.maintain({ nowMs: Date.now(), hourlyDays: 14, dailyDays: 400 });
    await store.value.close();
    await fillDecisions(state.value.decisions, { namespaces, proposals, nowMs: Date.now() });
    writeFileSync(join(folder, "filled"), "");
  }
  const texts: string[] = [];
  for (let client = 0; client < clients; client += 1) {
    const { text, token } = issueToken({ clusters: ["*"], scopes: ["read"] }, Date.now());
    await state.value.tokens.add(token);
    texts.push(text);
  }
  await state.value.close();
  return texts;
}

async function wholeAggregate(): Promise<number> {
  const store = await openDuckDbStore({ folder, access: "read" });
  if (!store.ok) throw new Error(store.error.message);
  const window = { fromMs: Date.now() - 400 * 24 * hourMs, toMs: Date.now() };
  const started = performance.now();
  const order = { sort: "flows", isDescending: true, offset: 0, limit: 50 } as const;
  await store.value.sums({ window, within: undefined, by: ["namespace"], ...order });
  const took = performance.now() - started;
  await store.value.close();
  return took;
}

async function startServer(): Promise<{ readonly url: string; stop(): Promise<void> }> {
  const program = ["src/main/cli.ts", "serve", "--data", folder, "--listen", "127.0.0.1:0", "--log-level", "warn"];
  const child = spawn(process.execPath, program, { stdio: ["ignore", "ignore", "pipe"] });
  const exited = new Promise<void>((resolve) => {
    child.once("exit", () => resolve());
  });
  let text = "";
  const url = await new Promise<string>((resolve, reject) => {
    child.stderr.setEncoding("utf8").on("data", (piece: string) => {
      text += piece;
      const [, found] = /listening on (http:\S+?),/.exec(text) ?? [];
      if (found !== undefined) resolve(found);
    });
    void exited.then(() => reject(new Error(text)));
  });
  return {
    url,
    stop: async () => {
      child.kill("SIGTERM");
      await exited;
    },
  };
}

interface Answer {
  readonly page: string;
  readonly ms: number;
  readonly status: number;
}

/** A steady stream: a request is sent at its time, whether the one before was answered or not. */
async function load(url: string): Promise<readonly Answer[]> {
  const random = seeded(3);
  const ask = async (n: number): Promise<Answer> => {
    const [page, path] = pages[n % pages.length]!(random);
    const started = performance.now();
    const headers = { authorization: `Bearer ${tokens[n % tokens.length]!}` };
    const answer = await fetch(`${url}/api/v1/${path}`, { headers });
    await answer.text();
    return { page, ms: performance.now() - started, status: answer.status };
  };
  // What pages show first is at hand after a minute of use.
  for (let n = 0; n < pages.length * 3; n += 1) await ask(n);
  const running: Promise<Answer>[] = [];
  for (let n = 0; n < seconds * rate; n += 1) {
    running.push(ask(n));
    await new Promise((resolve) => {
      setTimeout(resolve, 1000 / rate);
    });
  }
  return Promise.all(running);
}

function quantile(ms: readonly number[], share: number): number {
  const sorted = [...ms].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

function figuresOf(ms: readonly number[]): object {
  const rounded = (value: number): number => Number(value.toFixed(1));
  return {
    requests: ms.length,
    medianMs: rounded(median(ms)),
    p99Ms: rounded(quantile(ms, 0.99)),
    largestMs: rounded(Math.max(...ms)),
  };
}
