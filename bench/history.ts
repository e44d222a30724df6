/**
 * How fast is the embedded history? A namespace's 30 days among 1,000 namespaces, rows scanned, edges appended, against the
 * table that one would make in SQLite without much thought: a row per edge and hour with its texts, and an index by namespace
 * and hour. Both are filled with the same rows and asked the same question in turn; the answers must be equal.
 *
 *   node bench/history.ts [--rows 3000000] [--namespaces 1000] [--days 30] [--rounds 5]
 */
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { parseArgs } from "node:util";
import { openDuckDbStore } from "../src/adapters/duckdb/edge-store.ts";
import { formatIp } from "../src/core/net/ip.ts";
import type { EdgeDelta, SealedBatch } from "../src/pipeline/flows/sealed-batch.ts";
import { median, printResult, timed } from "./corpus/measure.ts";
import { seeded } from "./corpus/random.ts";

const { values } = parseArgs({
  options: {
    rows: { type: "string", default: "3000000" },
    namespaces: { type: "string", default: "1000" },
    days: { type: "string", default: "30" },
    rounds: { type: "string", default: "5" },
  },
});
const [rows, namespaces, days, rounds] = [values.rows, values.namespaces, values.days, values.rounds].map(Number) as [
  number,
  number,
  number,
  number,
];

const hourMs = 3_600_000;
const firstHour = Date.UTC(2026, 9, 1) / hourMs;
const hours = 24 * days;
const random = seeded(7);
const owners = Array.from({ length: 5 * namespaces }, (_, i) => ({
  cluster: "east",
  namespace: `team-${String(i % namespaces).padStart(4, "0")}`,
  workload: { kind: "Deployment", name: `service-${Math.floor(i / namespaces)}` },
}));
const asked = { cluster: "east", namespace: `team-${String(Math.floor(namespaces / 2)).padStart(4, "0")}` };
const window = { fromMs: firstHour * hourMs, toMs: (firstHour + hours) * hourMs };

/** One hour of edges: each namespace has twenty, and a part of them is active; two sources see a third of it. */
function batchOf(hour: number): SealedBatch {
  const edges: EdgeDelta[] = [];
  for (let i = 0; i < rows / hours; i += 1) {
    const owner = random.below(owners.length);
    const which = random.below(4);
    const isV6 = which === 3;
    const value = BigInt(0xc6336400 + ((owner * 4 + which) % 0xffff));
    const at = (firstHour + hour) * hourMs + random.below(hourMs);
    edges.push({
      source: random.chance(1 / 3) ? 1 : 0,
      owner,
      address: isV6 ? { family: 6, value: (0x20010db8n << 96n) | value } : { family: 4, value },
      prefixLength: undefined,
      protocol: "tcp",
      port: which === 1 ? 5432 : 443,
      verdict: "seen",
      hour: firstHour + hour,
      flows: 1 + random.below(50),
      bytes: 100 * random.below(10_000),
      decidedBy: [],
      firstSeenMs: at,
      lastSeenMs: at,
    });
  }
  return {
    observer: "bench",
    incarnation: "0".repeat(32),
    sequence: hour + 1,
    cluster: "east",
    sealedAtMs: (firstHour + hour + 1) * hourMs,
    owners,
    sources: ["netobserv", "hubble"],
    edges,
    names: [],
    coarse: [],
    health: [],
  };
}

const folder = mkdtempSync(join(tmpdir(), "postern-bench-history-"));
try {
  const sqlite = new DatabaseSync(join(folder, "naive.sqlite"));
  sqlite.exec(`
    PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
    CREATE TABLE edges (cluster TEXT, namespace TEXT, kind TEXT, workload TEXT, address TEXT, protocol TEXT, port INTEGER,
      verdict TEXT, source TEXT, hour INTEGER, flows INTEGER, bytes INTEGER, first_ms INTEGER, last_ms INTEGER);
    CREATE INDEX by_namespace ON edges (cluster, namespace, hour);`);
  const insert = sqlite.prepare(`INSERT INTO edges VALUES (${Array.from({ length: 14 }, () => "?").join(", ")})`);
  const opened = await openDuckDbStore({ folder: join(folder, "history"), access: "write" });
  if (!opened.ok) throw new Error(opened.error.message);
  const store = opened.value;

  const append = { postern: 0, sqlite: 0 };
  let stored = 0;
  for (let hour = 0; hour < hours; hour += 1) {
    const batch = batchOf(hour);
    stored += batch.edges.length;
    const started = performance.now();
    await store.append([batch]);
    append.postern += performance.now() - started;
    append.sqlite += timed(() => {
      sqlite.exec("BEGIN");
      for (const edge of batch.edges) {
        const { cluster, namespace, workload } = owners[edge.owner]!;
        const { protocol, port, verdict, flows, bytes, firstSeenMs, lastSeenMs } = edge;
        const own = [cluster, namespace, workload.kind, workload.name, formatIp(edge.address), protocol, port, verdict];
        insert.run(...own, batch.sources[edge.source]!, edge.hour, flows, bytes ?? null, firstSeenMs, lastSeenMs);
      }
      sqlite.exec("COMMIT");
    }).ms;
  }
  // As a collector does every hour; not a day of it is rolled up.
  const maintain = await timedAsync(async () =>
    store.maintain({ nowMs: window.toMs, hourlyDays: days + 1, dailyDays: 400 }),
  );

  const hoursSql = `
    SELECT kind, workload, address, protocol, port, verdict, hour, max(flows) AS flows
    FROM (SELECT kind, workload, address, protocol, port, verdict, source, hour, sum(flows) AS flows FROM edges
      WHERE cluster = ? AND namespace = ? AND hour >= ? AND hour < ? GROUP BY 1, 2, 3, 4, 5, 6, 7, 8)
    GROUP BY 1, 2, 3, 4, 5, 6, 7 ORDER BY 1, 2, 3, 4, 5, 6, 7`;
  const byNamespace = sqlite.prepare(hoursSql);
  const byWorkload = sqlite.prepare(`
    SELECT namespace, workload, sum(flows) AS flows FROM (
      SELECT namespace, kind, workload, address, protocol, port, verdict, hour, max(flows) AS flows
      FROM (SELECT namespace, kind, workload, address, protocol, port, verdict, source, hour, sum(flows) AS flows
        FROM edges GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9)
      GROUP BY 1, 2, 3, 4, 5, 6, 7, 8)
    GROUP BY 1, 2 ORDER BY 3 DESC LIMIT 20`);

  const ms = {
    posternNamespace: [] as number[],
    sqliteNamespace: [] as number[],
    posternEverything: [] as number[],
    sqliteEverything: [] as number[],
  };
  let answer = { edges: 0, hours: 0, flows: 0 };
  for (let round = 0; round < rounds; round += 1) {
    const own = await timedAsync(async () => store.edges({ ...asked, window, limit: 100_000 }));
    const theirs = timed(() =>
      byNamespace.all(asked.cluster, asked.namespace, firstHour, firstHour + hours).map((row) => flowsOf(row)),
    );
    const { edges } = own.value;
    answer = {
      edges: edges.length,
      hours: edges.reduce((sum, { activity }) => sum + activity.length, 0),
      flows: edges.reduce((sum, { flows }) => sum + flows, 0),
    };
    const same = theirs.value.length === answer.hours && theirs.value.reduce((a, b) => a + b, 0) === answer.flows;
    if (!same) throw new Error("the two answers differ");
    ms.posternNamespace.push(own.ms);
    ms.sqliteNamespace.push(theirs.ms);
  }
  for (let round = 0; round < Math.min(2, rounds); round += 1) {
    const own = await timedAsync(async () =>
      store.topTalkers({ cluster: "east", window, of: "workload", by: "flows", limit: 20 }),
    );
    const theirs = timed(() => byWorkload.all());
    if (flowsOf(theirs.value[0] ?? {}) !== own.value[0]?.flows) throw new Error("the two answers differ");
    ms.posternEverything.push(own.ms);
    ms.sqliteEverything.push(theirs.ms);
  }
  await store.close();
  sqlite.close();
  const figures = Object.fromEntries(Object.entries(ms).map(([name, all]) => [name, all.map(Math.round)]));
  const ratio = (other: keyof typeof ms, own: keyof typeof ms): number =>
    Number((median(ms[other]) / Math.max(0.1, median(ms[own]))).toFixed(1));
  printResult("a namespace's days among many namespaces", {
    rows: stored,
    namespaces,
    days,
    answer,
    ms: figures,
    sqliteOverPostern: {
      namespace: ratio("sqliteNamespace", "posternNamespace"),
      everything: ratio("sqliteEverything", "posternEverything"),
      append: Number((append.sqlite / append.postern).toFixed(1)),
    },
    rowsScannedPerSecond: Math.round((1000 * stored) / median(ms.posternEverything)),
    edgesAppendedPerSecond: Math.round((1000 * stored) / append.postern),
    maintainMs: Math.round(maintain.ms),
    mebibytes: {
      postern: Math.round(statSync(join(folder, "history", "history.duckdb")).size / 2 ** 20),
      sqlite: Math.round(statSync(join(folder, "naive.sqlite")).size / 2 ** 20),
    },
  });
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function timedAsync<T>(run: () => Promise<T>): Promise<{ readonly value: T; readonly ms: number }> {
  const start = performance.now();
  const value = await run();
  return { value, ms: performance.now() - start };
}

function flowsOf({ flows }: Record<string, unknown>): number {
  return Number(flows);
}
