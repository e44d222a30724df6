/**
 * How long does it take from a flow's arrival at the observer to an edge that can be queried, and does memory stay flat?
 * NetFlow v5 datagrams → `postern observe` → `postern serve` → its history over HTTP; each is a process of its own. Some
 * flows are probes to addresses of their own, and the history is asked for them again and again: the figures include the asking.
 * A line for each minute goes to stderr.
 *
 *   node bench/live.ts [--minutes 0.5] [--rate 10000] [--every 200ms] [--workloads 200] [--destinations 5000]
 *                      [--program dist/launch.js]   # as it is published, after `npm run build`
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { createSocket } from "node:dgram";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { openRemoteHistory } from "../src/adapters/collector-client/history.ts";
import { formatIp } from "../src/core/net/ip.ts";
import { median, printResult } from "./corpus/measure.ts";
import { freePort, residentMiB } from "./corpus/processes.ts";

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "0.5" },
    rate: { type: "string", default: "10000" },
    every: { type: "string", default: "200ms" },
    workloads: { type: "string", default: "200" },
    destinations: { type: "string", default: "5000" },
    program: { type: "string", default: "src/main/cli.ts" },
  },
});
const [minutes, rate, workloads, destinations] = [
  values.minutes,
  values.rate,
  values.workloads,
  values.destinations,
].map(Number) as [number, number, number, number];

const cli = join(import.meta.dirname, "..", values.program);
const folder = mkdtempSync(join(tmpdir(), "postern-bench-live-"));
const children: ChildProcess[] = [];
const recordsPerDatagram = 30;
/** Of each second: few beside the load, enough for a percentile. */
const probesPerSecond = 10;
const warmUpMs = 5000;

function start(...args: readonly string[]): ChildProcess {
  const child = spawn(process.execPath, [cli, ...args], { stdio: ["ignore", "ignore", "inherit"] });
  children.push(child);
  return child;
}

function token(scope: string): string {
  const args = [cli, "token", "create", "--data", join(folder, "data"), "--cluster", "bench", "--scope", scope];
  const made = spawnSync(process.execPath, args, { encoding: "utf8" });
  if (made.status !== 0) throw new Error(made.stderr);
  writeFileSync(join(folder, scope), made.stdout);
  return join(folder, scope);
}

async function until(url: string): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const answer = await fetch(url).catch(() => undefined);
    if (answer?.ok === true) return;
    await sleep(50);
  }
  throw new Error(`nobody answers at ${url}`);
}

/** One datagram of NetFlow v5 with as many flows as there are destinations; the first pod of all is the prober. */
class Exporter {
  private readonly socket = createSocket("udp4");
  private readonly port: number;
  private sequence = 0;
  private count = 0;

  constructor(port: number) {
    this.port = port;
  }

  /** Of the load: pods and destinations by turns. */
  load(): void {
    this.send(
      Array.from({ length: recordsPerDatagram }, () => {
        this.count += 1;
        const mixed = Math.imul(this.count, 0x9e3779b1) >>> 0;
        return { pod: 1 + (mixed % (workloads - 1)), destination: 0xc633_0000 + ((mixed >>> 8) % destinations) };
      }),
    );
  }

  send(flows: readonly { readonly pod: number; readonly destination: number }[]): void {
    const packet = Buffer.alloc(24 + 48 * flows.length);
    const now = Date.now();
    packet.writeUInt16BE(5, 0);
    packet.writeUInt16BE(flows.length, 2);
    packet.writeUInt32BE(100_000, 4);
    packet.writeUInt32BE(Math.floor(now / 1000), 8);
    packet.writeUInt32BE((now % 1000) * 1_000_000, 12);
    packet.writeUInt32BE(this.sequence, 16);
    this.sequence = (this.sequence + flows.length) >>> 0;
    for (const [i, { pod, destination }] of flows.entries()) {
      const at = 24 + 48 * i;
      packet.writeUInt32BE(podAddress(pod), at);
      packet.writeUInt32BE(destination, at + 4);
      packet.writeUInt32BE(10, at + 16);
      packet.writeUInt32BE(1000, at + 20);
      packet.writeUInt32BE(99_990, at + 24);
      packet.writeUInt32BE(100_000, at + 28);
      packet.writeUInt16BE(32_768 + ((this.sequence + i) % 28_000), at + 32);
      packet.writeUInt16BE(443, at + 34);
      packet[at + 37] = 0x1b;
      packet[at + 38] = 6;
    }
    this.socket.send(packet, this.port, "127.0.0.1");
  }

  close(): void {
    this.socket.close();
  }
}

function podAddress(pod: number): number {
  return 0x0a80_0000 + 5 + pod;
}

function podManifest(pod: number): string {
  const ip = formatIp({ family: 4, value: BigInt(podAddress(pod)) });
  const namespace = pod === 0 ? "probe" : `team-${pod % 20}`;
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: `app-${pod}`, namespace, uid: `uid-${pod}` },
    spec: { nodeName: "node-a", containers: [{ name: "app", image: "app" }] },
    status: { phase: "Running", podIP: ip, podIPs: [{ ip }], startTime: "2020-01-01T00:00:00Z" },
  });
}

/** Processor time of a process with its threads, so far; Linux tells, in hundredths. */
function cpuSeconds(child: ChildProcess): number {
  const stat = readFileSync(`/proc/${child.pid}/stat`, "utf8");
  const [user, system] = stat
    .slice(stat.lastIndexOf(")") + 2)
    .split(" ")
    .slice(11, 13)
    .map(Number);
  return (user! + system!) / 100;
}

/** Tells of each minute by itself. */
class Minutes {
  private readonly processes: Readonly<Record<string, ChildProcess>>;
  private readonly latencies: readonly number[];
  private told = 0;
  private minute = 0;
  private cpu: Readonly<Record<string, number>>;

  constructor(processes: Readonly<Record<string, ChildProcess>>, latencies: readonly number[]) {
    this.processes = processes;
    this.latencies = latencies;
    this.cpu = this.cpuNow();
  }

  tell(): void {
    this.minute += 1;
    const own = this.latencies.slice(this.told).toSorted((a, b) => a - b);
    this.told = this.latencies.length;
    const [before, now] = [this.cpu, this.cpuNow()];
    this.cpu = now;
    const latency = [0.5, 0.99, 1].map((part) => percentile(own, part)).join("/");
    const each = Object.entries(this.processes).map(
      ([name, child]) =>
        `${name} ${Math.round(residentMiB(child).now)} MiB, ${(now[name]! - before[name]!).toFixed(1)} s of CPU`,
    );
    process.stderr.write(`minute ${this.minute}: p50/p99/max ${latency} ms of ${own.length}; ${each.join("; ")}\n`);
  }

  private cpuNow(): Readonly<Record<string, number>> {
    return Object.fromEntries(Object.entries(this.processes).map(([name, child]) => [name, cpuSeconds(child)]));
  }
}

function percentile(sorted: readonly number[], part: number): number {
  return Math.round(sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? Number.NaN);
}

async function measure(): Promise<void> {
  const [http, udp, metrics] = [await freePort(), await freePort(), await freePort()];
  const url = `http://127.0.0.1:${http}`;
  const served = start(
    "serve",
    "--data",
    join(folder, "data"),
    "--listen",
    `127.0.0.1:${http}`,
    "--log-level",
    "error",
  );
  await until(`${url}/healthz`);
  const [ship, read] = [token("ship"), token("read")];
  writeFileSync(
    join(folder, "pods.yaml"),
    Array.from({ length: workloads }, (_, pod) => podManifest(pod)).join("\n---\n"),
  );
  const config = {
    observer: "bench",
    cluster: "bench",
    every: values.every,
    sources: [{ kind: "flow-export", listen: [`127.0.0.1:${udp}`], exporters: ["127.0.0.0/8"] }],
    networks: { pods: ["10.128.0.0/14"], services: ["172.30.0.0/16"] },
    kubernetes: { dump: [join(folder, "pods.yaml")] },
    ship: { url, tokenFile: ship },
    buffer: { folder: join(folder, "buffer") },
    metrics: `127.0.0.1:${metrics}`,
  };
  writeFileSync(join(folder, "observe.yaml"), JSON.stringify(config));
  const observed = start("observe", "--config", join(folder, "observe.yaml"));
  await until(`http://127.0.0.1:${metrics}/readyz`);

  const exporter = new Exporter(udp);
  const history = openRemoteHistory({ url, tokenFile: read, caFile: undefined });
  const sentAtMs = new Map<string, number>();
  const latencies: number[] = [];
  const memory: { readonly observer: number; readonly collector: number }[] = [];
  const asking: number[] = [];
  const endMs = Date.now() + warmUpMs + minutes * 60_000;
  const measureFromMs = Date.now() + warmUpMs;
  let sent = 0;
  const beganMs = performance.now();
  let probes = 0;
  const sending = setInterval(() => {
    const due = ((performance.now() - beganMs) / 1000) * rate;
    for (; sent < due; sent += recordsPerDatagram) exporter.load();
    for (; probes < ((performance.now() - beganMs) / 1000) * probesPerSecond; probes += 1) {
      const destination = 0xcb00_0000 + (probes % 65_536) * 4;
      const address = formatIp({ family: 4, value: BigInt(destination) });
      if (Date.now() >= measureFromMs && Date.now() < endMs - 2000) sentAtMs.set(address, performance.now());
      exporter.send([{ pod: 0, destination }]);
    }
  }, 5);
  const watching = setInterval(
    () => memory.push({ observer: residentMiB(observed).now, collector: residentMiB(served).now }),
    1000,
  );
  const telling = new Minutes({ observer: observed, collector: served }, latencies);
  const minutely = setInterval(() => telling.tell(), 60_000);
  while (Date.now() < endMs) {
    const beforeMs = performance.now();
    const fromMs = Date.now() - 60_000;
    const answer = await history.newDestinations({
      cluster: "bench",
      namespace: "probe",
      sinceMs: fromMs,
      limit: 1000,
    });
    asking.push(performance.now() - beforeMs);
    for (const { address } of answer) {
      const key = formatIp(address);
      const atMs = sentAtMs.get(key);
      if (atMs === undefined) continue;
      latencies.push(performance.now() - atMs);
      sentAtMs.delete(key);
    }
    await sleep(20);
  }
  clearInterval(sending);
  clearInterval(watching);
  clearInterval(minutely);
  exporter.close();
  const figures = await (await fetch(`http://127.0.0.1:${metrics}/metrics`)).text();
  const figure = (name: string): number =>
    Number(new RegExp(`^postern_observer_${name}(?:\\{[^}]*\\})? ([0-9.e+]+)$`, "m").exec(figures)?.[1] ?? Number.NaN);
  const sorted = latencies.toSorted((a, b) => a - b);
  const half = memory.slice(Math.floor(memory.length / 2));
  const grown = (of: "observer" | "collector"): number =>
    Math.round(median(half.slice(-10).map((own) => own[of])) - median(half.slice(0, 10).map((own) => own[of])));
  printResult("from a flow's arrival to an edge that can be queried", {
    program: values.program,
    every: values.every,
    flowsPerSecond: Math.round(sent / ((performance.now() - beganMs) / 1000)),
    records: figure("source_records_total"),
    lost: figure("source_lost_total"),
    dropped: figure("source_dropped_total"),
    probes: sorted.length,
    neverSeen: sentAtMs.size,
    latencyMs: { p50: percentile(sorted, 0.5), p99: percentile(sorted, 0.99), max: percentile(sorted, 1) },
    ofWhichAskingMs: { p50: Math.round(median(asking)) },
    observerMiB: {
      max: Math.round(Math.max(...memory.map(({ observer }) => observer))),
      grownInSecondHalf: grown("observer"),
    },
    collectorMiB: {
      max: Math.round(Math.max(...memory.map(({ collector }) => collector))),
      grownInSecondHalf: grown("collector"),
    },
  });
}

try {
  await measure();
} finally {
  for (const child of children) child.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
}
