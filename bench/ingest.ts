/**
 * How long does it take to turn NetObserv JSON lines into edges, and how much memory? Against DuckDB's `read_json` with
 * `GROUP BY`, a `JSON.parse` loop and jq. Each run is a process of its own, timed from start to end; the order of the
 * sides is reversed every round; medians, ratios and raw values are printed. jq only selects, a slice, scaled to all.
 *
 *   node bench/ingest.ts [--records 2000000] [--edges 100000] [--keys sorted|shuffled] [--rounds 3]
 */
import { spawnSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, readFileSync, readSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { build, type Plugin } from "esbuild";
import { median, printResult, timed } from "./corpus/measure.ts";
import { writeNetobservCorpus } from "./corpus/netobserv.ts";

const { values } = parseArgs({
  options: {
    records: { type: "string", default: "2000000" },
    edges: { type: "string", default: "100000" },
    keys: { type: "string", default: "sorted" },
    rounds: { type: "string", default: "3" },
  },
});
const records = Number(values.records);
const jqRecords = Math.min(records, 100_000);
const folder = mkdtempSync(join(tmpdir(), "postern-bench-"));

/** Postern's reader as it is published: JavaScript, with the worker as a file of its own. */
async function bundled(): Promise<string> {
  const workers: Plugin = {
    name: "workers",
    setup: (bundler) => {
      bundler.onLoad({ filter: /worker-crew\.ts$/ }, ({ path }) => ({
        contents: readFileSync(path, "utf8").replace(/new URL\("(.*)\.ts"/, 'new URL("$1.js"'),
        loader: "ts",
      }));
    },
  };
  await build({
    entryPoints: {
      postern: join(import.meta.dirname, "ingest/postern.ts"),
      "flow.worker": join(import.meta.dirname, "../src/adapters/flow-files/flow.worker.ts"),
    },
    outdir: folder,
    outExtension: { ".js": ".js" },
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node24",
    plugins: [workers],
    logLevel: "warning",
  });
  writeFileSync(join(folder, "package.json"), '{"type":"module"}');
  return join(folder, "postern.js");
}

interface Run {
  readonly seconds: number;
  readonly peakMiB: number;
  readonly found: string;
}

/** The process says itself how much memory it took, so that nothing outside Node.js is needed. */
function run(script: string, file: string): Run {
  const report = `process.on("exit", () => process.stderr.write("\\npeak " + process.resourceUsage().maxRSS));`;
  const args = ["--import", `data:text/javascript,${encodeURIComponent(report)}`, script, file];
  const { value, ms } = timed(() => spawnSync(process.execPath, args, { encoding: "utf8", maxBuffer: 1 << 28 }));
  if (value.status !== 0) throw new Error(value.stderr.slice(-2000));
  const peakMiB = Math.round(Number(/peak (\d+)/.exec(value.stderr)?.[1] ?? 0) / 1024);
  return { seconds: ms / 1000, peakMiB, found: value.stdout.trim() };
}

/** Seconds for all records, from a slice, for selecting only: grouping is spared it. Undefined where there is no jq. */
function runJq(file: string): number | undefined {
  const program =
    'select(.SrcK8S_Type == "Pod" and .FlowDirection != 0 and .DstK8S_Type != "Pod") | ' +
    "[.K8S_ClusterName, .SrcK8S_Namespace, .SrcK8S_OwnerType, .SrcK8S_OwnerName, .DstAddr, .DstPort, .Proto, " +
    ".Bytes, .Sampling, .TimeFlowStartMs, .TimeFlowEndMs, .Flags]";
  const { value, ms } = timed(() => spawnSync("jq", ["-c", program, file], { maxBuffer: 1 << 30 }));
  return value.status === 0 ? (ms / 1000) * (records / jqRecords) : undefined;
}

function writeSlice(from: string, to: string, share: number): void {
  const bytes = Buffer.alloc(Math.ceil(statSync(from).size * share));
  const file = openSync(from, "r");
  const length = readSync(file, bytes, 0, bytes.length, 0);
  closeSync(file);
  writeFileSync(to, bytes.subarray(0, bytes.subarray(0, length).lastIndexOf(10) + 1));
}

const round2 = (value: number): number => Math.round(value * 100) / 100;

try {
  const input = join(folder, "flows.jsonl");
  const slice = join(folder, "slice.jsonl");
  const keys = values.keys === "shuffled" ? "shuffled" : "sorted";
  writeNetobservCorpus(input, { records, distinctEdges: Number(values.edges), seed: 7, keys });
  writeSlice(input, slice, jqRecords / records);
  const scripts = {
    postern: await bundled(),
    duckdb: join(import.meta.dirname, "ingest/duckdb.ts"),
    jsonParse: join(import.meta.dirname, "ingest/json-parse.ts"),
  };
  const sides = Object.keys(scripts) as (keyof typeof scripts)[];
  const runs: Record<keyof typeof scripts, Run[]> = { postern: [], duckdb: [], jsonParse: [] };
  const jq: number[] = [];
  for (const side of sides) run(scripts[side], slice); // once, so that files are in memory for everybody
  for (let round = 0; round < Number(values.rounds); round += 1) {
    for (const side of round % 2 === 0 ? sides : sides.toReversed()) runs[side].push(run(scripts[side], input));
    jq.push(...[runJq(slice)].filter((seconds) => seconds !== undefined));
  }
  const found = new Set(sides.flatMap((side) => runs[side].map((one) => one.found)));
  if (found.size !== 1) throw new Error(`the sides disagree: ${[...found].join(" / ")}`);
  const seconds = (side: keyof typeof scripts): number => median(runs[side].map((one) => one.seconds));
  const mine = seconds("postern");
  printResult("NetObserv JSON lines to edges, process start to end", {
    records,
    keys,
    inputMiB: Math.round(statSync(input).size / 2 ** 20),
    found: JSON.parse([...found][0]!) as unknown,
    seconds: Object.fromEntries(sides.map((side) => [side, runs[side].map((one) => round2(one.seconds))])),
    peakMiB: Object.fromEntries(sides.map((side) => [side, runs[side].map((one) => one.peakMiB)])),
    jqScaledSeconds: jq.map(round2),
    posternIsFasterThan: {
      duckdb: round2(seconds("duckdb") / mine),
      jsonParse: round2(seconds("jsonParse") / mine),
      ...(jq.length === 0 ? {} : { jq: round2(median(jq) / mine) }),
    },
  });
} finally {
  rmSync(folder, { recursive: true, force: true });
}
