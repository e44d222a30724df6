/**
 * How long does `postern suggest` take from a cold process to YAML for a whole cluster, and how much memory?
 * Records are written from a seed into a temporary folder; every run is a process of its own.
 *
 *   node bench/suggest.ts [--records 2000000] [--namespaces 500] [--edges 100000] [--rounds 3]
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { median, printResult, timed } from "./corpus/measure.ts";
import { writeNetobservCorpus } from "./corpus/netobserv.ts";

const { values } = parseArgs({
  options: {
    records: { type: "string", default: "2000000" },
    namespaces: { type: "string", default: "500" },
    edges: { type: "string", default: "100000" },
    rounds: { type: "string", default: "3" },
  },
});

const folder = mkdtempSync(join(tmpdir(), "postern-bench-"));
try {
  const input = join(folder, "flows.jsonl");
  const [records, namespaces, distinctEdges] = [values.records, values.namespaces, values.edges].map(Number);
  writeNetobservCorpus(input, {
    records: records!,
    distinctEdges: distinctEdges!,
    namespaces: namespaces!,
    seed: 7,
    keys: "shuffled",
  });
  const seconds: number[] = [];
  const peakMiB: number[] = [];
  const cli = join(import.meta.dirname, "../src/main/cli.ts");
  let files = 0;
  for (let round = 0; round < Number(values.rounds); round += 1) {
    const out = join(folder, `out-${round}`);
    // The process reports its own peak when it ends, so that nothing outside Node is needed to measure it; so do its
    // threads, earlier, and the last report counts.
    const report = `process.on("exit", () => process.stderr.write("\\npeak " + process.resourceUsage().maxRSS));`;
    const args = [
      "--import",
      `data:text/javascript,${encodeURIComponent(report)}`,
      cli,
      "suggest",
      input,
      "--out",
      out,
    ];
    const run = timed(() => spawnSync(process.execPath, args, { encoding: "utf8", maxBuffer: 1 << 28 }));
    if (run.value.status !== 0) throw new Error(run.value.stderr.slice(-2000));
    seconds.push(run.ms / 1000);
    peakMiB.push(Math.round(Number(/.*peak (\d+)/s.exec(run.value.stderr)?.[1] ?? 0) / 1024));
    files = readdirSync(out, { recursive: true }).filter((name) => String(name).endsWith(".yaml")).length;
  }
  printResult("suggest for a whole cluster, cold process to YAML", {
    records,
    namespaces,
    distinctEdges,
    inputMiB: Math.round(statSync(input).size / 2 ** 20),
    files,
    seconds: seconds.map((value) => Math.round(value * 100) / 100),
    peakMiB,
    medianSeconds: Math.round(median(seconds) * 100) / 100,
  });
} finally {
  rmSync(folder, { recursive: true, force: true });
}
