import { type ChildProcess, execFile, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Whether suites that need it are to be skipped, which is said; in CI that is an error. */
export function lacksPrometheus(): boolean {
  const isThere = ["prometheus", "promtool"].every((program) => spawnSync(program, ["--version"]).status === 0);
  if (isThere) return false;
  const missing = "Prometheus is not installed, on Debian: apt-get install prometheus";
  if ((process.env.CI ?? "") !== "") throw new Error(missing);
  process.stderr.write(`skipped: ${missing}\n`);
  return true;
}

export interface PastSeries {
  readonly metric: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Seconds since the epoch, value. */
  readonly samples: readonly (readonly [number, number])[];
}

/** A Prometheus that remembers what it is given, and scrapes one target each second. */
export class PrivatePrometheus {
  readonly url: string;
  private readonly folder: string;
  private readonly server: ChildProcess;

  private constructor(url: string, folder: string, server: ChildProcess) {
    this.url = url;
    this.folder = folder;
    this.server = server;
  }

  /** `target`: host and port of what is scraped. */
  static async open(past: readonly PastSeries[], target: string): Promise<PrivatePrometheus> {
    const folder = await mkdtemp(join(tmpdir(), "postern-prometheus-"));
    const data = join(folder, "data");
    await writeFile(join(folder, "past.txt"), openMetrics(past));
    await run("promtool", ["tsdb", "create-blocks-from", "openmetrics", join(folder, "past.txt"), data]);
    const scraped = { job_name: "netobserv", scrape_interval: "1s", static_configs: [{ targets: [target] }] };
    // YAML takes JSON.
    await writeFile(join(folder, "prometheus.yml"), JSON.stringify({ scrape_configs: [scraped] }));
    const port = await freePort();
    const server = spawn(
      "prometheus",
      [
        `--config.file=${join(folder, "prometheus.yml")}`,
        `--storage.tsdb.path=${data}`,
        `--web.listen-address=127.0.0.1:${port}`,
      ],
      { stdio: "ignore" },
    );
    const prometheus = new PrivatePrometheus(`http://127.0.0.1:${port}`, folder, server);
    for (let tries = 0; tries < 200; tries += 1) {
      const isReady = await fetch(`${prometheus.url}/-/ready`).then(
        ({ ok }) => ok,
        () => false,
      );
      if (isReady) return prometheus;
      await sleep(50);
    }
    await prometheus.close();
    throw new Error("Prometheus did not start");
  }

  async close(): Promise<void> {
    if (this.server.exitCode === null) {
      const closed = once(this.server, "close");
      this.server.kill("SIGKILL");
      await closed;
    }
    await rm(this.folder, { recursive: true, force: true });
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  return typeof address === "object" && address !== null ? address.port : 0;
}

function openMetrics(past: readonly PastSeries[]): string {
  const families = Map.groupBy(past, ({ metric }) => metric.replace(/_total$/, ""));
  const lines = [...families].flatMap(([family, series]) => [
    `# TYPE ${family} ${series[0]!.metric.endsWith("_total") ? "counter" : "gauge"}`,
    ...series.flatMap(({ metric, labels, samples }) => {
      const pairs = Object.entries(labels).map(([name, value]) => `${name}="${value}"`);
      return samples.map(([time, value]) => `${metric}{${pairs.join(",")}} ${value} ${time}`);
    }),
  ]);
  return `${lines.join("\n")}\n# EOF\n`;
}
