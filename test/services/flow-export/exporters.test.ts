import { execFile, spawn } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { add, CollectedFlows, keyOf, type Totals } from "./collected-flows.ts";
import { captureFile, madePackets, madeTotals } from "./made-capture.ts";
import { lacks, searchPath } from "./programs.ts";
import { Recorder } from "./recorder.ts";

const run = promisify(execFile);
const environment = { PATH: searchPath, TZ: "UTC" };
const bounded = { env: environment, timeout: 60_000, maxBuffer: 1 << 26 };

let folder: string;
let capture: string;
const startMs = Date.now() - 60_000;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "postern-exporters-"));
  capture = join(folder, "made.pcap");
  await writeFile(capture, captureFile(startMs));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function softflowd(port: number, ...args: readonly string[]): Promise<void> {
  // Without a control socket, at which it would wait for ever.
  const files = ["-c", "none", "-p", join(folder, `softflowd-${port}.pid`)];
  const program = run("softflowd", ["-d", "-r", capture, "-a", "-n", `127.0.0.1:${port}`, ...files, ...args], bounded);
  program.child.stdin?.end();
  await program;
}

async function pmacctd(port: number, plugin: "nfprobe" | "sfprobe", ...lines: readonly string[]): Promise<void> {
  const config = join(folder, `${plugin}-${port}.conf`);
  const common = [
    "daemonize: false",
    `pcap_savefile: ${capture}`,
    "aggregate: src_host,dst_host,src_port,dst_port,proto,tos,tcpflags",
    `plugins: ${plugin}[a]`,
    `${plugin}_receiver: 127.0.0.1:${port}`,
  ];
  await writeFile(config, `${[...common, ...lines].join("\n")}\n`);
  // Its two processes end at the same time: when the exporting one is first, done, the other calls that an error.
  await run("pmacctd", ["-f", config], bounded).catch((error: unknown) => {
    if (!(error instanceof Error) || !error.message.includes("Shutting down on user request")) throw error;
  });
}

/** What nfcapd and nfdump make of the datagrams. */
async function nfdump(recorded: Recorder): Promise<Totals> {
  const flows = await mkdtemp(join(folder, "nfcapd-"));
  const port = await freePort();
  const nfcapd = spawn("nfcapd", ["-w", flows, "-b", "127.0.0.1", "-p", `${port}`, "-t", "3600"], {
    env: environment,
    stdio: ["ignore", "ignore", "pipe"],
  });
  const ended = once(nfcapd, "exit");
  let log = "";
  nfcapd.stderr.on("data", (chunk) => (log += String(chunk)));
  try {
    for (let i = 0; i < 500 && !log.includes("Startup"); i += 1) await sleep(20);
    await recorded.replay(port);
    // What it has read it writes when it is told to end.
    while (await isWaiting(port)) await sleep(20);
  } finally {
    nfcapd.kill("SIGTERM");
    await ended;
  }
  const totals: Totals = new Map();
  for (const file of (await readdir(flows)).filter((name) => !name.includes("current"))) {
    const { stdout } = await run("nfdump", ["-r", join(flows, file), "-q", "-o", "json"], bounded);
    const list = stdout.trim().replace(/^\[/, "").replace(/\]$/, "").replace(/,\s*$/, "");
    for (const one of JSON.parse(`[${list}]`) as readonly Record<string, string | number>[]) {
      const [source, destination] = [one.src4_addr ?? one.src6_addr, one.dst4_addr ?? one.dst6_addr];
      const key = keyOf(`${source}`, Number(one.src_port), `${destination}`, Number(one.dst_port), Number(one.proto));
      add(totals, key, Number(one.in_bytes));
    }
  }
  return totals;
}

/** Datagrams for the port lie with the kernel. */
async function isWaiting(port: number): Promise<boolean> {
  const table = await readFile("/proc/self/net/udp", "latin1");
  const place = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  const queues = table.split("\n").map((line) => line.trim().split(/\s+/));
  return queues.some((words) => words[1]?.endsWith(place) === true && words[4]?.endsWith(":00000000") === false);
}

async function freePort(): Promise<number> {
  const socket = createSocket("udp4").bind(0, "127.0.0.1");
  await once(socket, "listening");
  const { port } = socket.address();
  socket.close();
  await once(socket, "close");
  return port;
}

/** The totals that the source makes of datagrams sent to it. */
async function collected(recorded: Recorder): Promise<CollectedFlows> {
  const flows = await CollectedFlows.open();
  await recorded.replay(flows.port);
  await flows.received(recorded.datagrams.reduce((sum, { length }) => sum + length, 0));
  await flows.close();
  return flows;
}

const sorted = (totals: ReadonlyMap<string, number>): readonly (readonly [string, number])[] =>
  [...totals].toSorted(([a], [b]) => (a < b ? -1 : 1));
const only4 = (totals: ReadonlyMap<string, number>): Totals =>
  new Map([...totals].filter(([key]) => !key.includes(":")));

type Export = (port: number) => Promise<void>;

/** Exports that nfcapd reads as well. NetFlow v5 has no IPv6. */
const exports: readonly (readonly [what: string, families: "both" | "IPv4", run: Export])[] = [
  ["softflowd, NetFlow v5", "IPv4", (port) => softflowd(port, "-v", "5")],
  ["softflowd, NetFlow v9", "both", (port) => softflowd(port, "-v", "9")],
  ["softflowd, IPFIX", "both", (port) => softflowd(port, "-v", "10", "-A", "milli")],
  ["pmacct, NetFlow v9", "both", (port) => pmacctd(port, "nfprobe", "nfprobe_version: 9")],
  ["pmacct, IPFIX", "both", (port) => pmacctd(port, "nfprobe", "nfprobe_version: 10")],
];

describe.skipIf(lacks("softflowd", "pmacctd", "nfcapd", "nfdump"))("real exporters", { concurrent: true }, () => {
  test.each(exports)(
    "%s: every flow with its bytes, as nfdump finds them in the same datagrams",
    async (_, families, send) => {
      const recorder = await Recorder.open();
      try {
        await send(recorder.port);
        const flows = await collected(recorder);
        expect([flows.hands.malformedReasons, flows.hands.lostRecords]).toEqual([[], 0]);
        expect(sorted(flows.totals)).toEqual(sorted(await nfdump(recorder)));
        expect(sorted(flows.totals)).toEqual(sorted(families === "both" ? madeTotals() : only4(madeTotals())));
      } finally {
        await recorder.close();
      }
    },
  );

  test("softflowd's IPFIX in milliseconds keeps the times of packets", async () => {
    const recorder = await Recorder.open();
    try {
      await softflowd(recorder.port, "-v", "10", "-A", "milli");
      const { observations } = await collected(recorder);
      expect(Math.min(...observations.map((one) => one.startMs))).toBe(startMs);
    } finally {
      await recorder.close();
    }
  });

  test("softflowd's biflows are both directions", async () => {
    const recorder = await Recorder.open();
    try {
      await softflowd(recorder.port, "-v", "10", "-b", "-A", "milli");
      const flows = await collected(recorder);
      expect([flows.hands.malformedReasons, flows.hands.lostRecords]).toEqual([[], 0]);
      expect(sorted(flows.totals)).toEqual(sorted(madeTotals()));
    } finally {
      await recorder.close();
    }
  });

  test("softflowd's IPFIX over TCP: every flow with its bytes", async () => {
    const flows = await CollectedFlows.open("tcp");
    try {
      await softflowd(flows.port, "-v", "10", "-A", "milli", "-P", "tcp");
      await flows.hands.until(() => flows.totals.size >= madeTotals().size);
    } finally {
      await flows.close();
    }
    expect([flows.hands.malformedReasons, flows.hands.outages]).toEqual([[], 0]);
    expect(sorted(flows.totals)).toEqual(sorted(madeTotals()));
  });

  test("pmacct's sFlow, unsampled: every packet it sends, which are all but those of a last datagram", async () => {
    const recorder = await Recorder.open();
    try {
      await pmacctd(recorder.port, "sfprobe", "sampling_rate: 1", "sfprobe_agentip: 127.0.0.9");
      const flows = await collected(recorder);
      expect([flows.hands.malformedReasons, flows.hands.lostRecords]).toEqual([[], 0]);
      const made = madeTotals();
      const short = [...made].filter(([key, bytes]) => flows.totals.get(key) !== bytes);
      expect(madePackets().length - flows.observations.length).toBeLessThan(7);
      expect(short.length).toBeLessThan(7);
      for (const [key, bytes] of short) expect(flows.totals.get(key)).toBeLessThan(bytes);
      expect([...flows.totals.keys()].toSorted()).toEqual([...made.keys()].toSorted());
    } finally {
      await recorder.close();
    }
  });
});
