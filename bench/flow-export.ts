/**
 * How many IPFIX records does Postern receive, decode, judge and count for a second of processor time, and how many does
 * nfcapd receive and write from the same datagrams? Both are sent the same by turns, as fast as loopback carries it; what
 * counts is what arrived. The datagrams are sent several times over: a process that has just started still compiles its
 * code while it decodes the first, so the first time is told apart from the others, and both from the start until it
 * listens. Also: decoding alone, and what Node's socket takes to hand over the same datagrams to a function that does
 * nothing.
 *
 *   node bench/flow-export.ts [--datagrams 20000] [--passes 4] [--rounds 3]
 */
import { spawn } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { FlowExportDecoder } from "../src/pipeline/sources/flow-export/decode.ts";
import { median, printResult } from "./corpus/measure.ts";

const { values } = parseArgs({
  options: {
    datagrams: { type: "string", default: "20000" },
    passes: { type: "string", default: "4" },
    rounds: { type: "string", default: "3" },
  },
});
const count = Number(values.datagrams);
const passes = Math.max(2, Number(values.passes));
const recordBytes = 46;
const recordsPerDatagram = 29;
const fields: readonly (readonly [element: number, length: number])[] = [
  [8, 4],
  [12, 4],
  [4, 1],
  [7, 2],
  [11, 2],
  [6, 1],
  [1, 8],
  [2, 8],
  [152, 8],
  [153, 8],
];

/** As softflowd's: one template, then full datagrams of flows from pods to outside. */
function* datagrams(): Generator<Buffer> {
  const head = (length: number, sequence: number): Buffer => {
    const bytes = Buffer.alloc(length);
    bytes.writeUInt16BE(10, 0);
    bytes.writeUInt16BE(length, 2);
    bytes.writeUInt32BE(Math.floor(Date.now() / 1000), 4);
    bytes.writeUInt32BE(sequence >>> 0, 8);
    bytes.writeUInt32BE(1, 12);
    return bytes;
  };
  const template = head(24 + 4 * fields.length, 0);
  for (const [i, word] of [2, 8 + 4 * fields.length, 256, fields.length].entries())
    template.writeUInt16BE(word, 16 + 2 * i);
  for (const [i, [element, length]] of fields.entries()) {
    template.writeUInt16BE(element, 24 + 4 * i);
    template.writeUInt16BE(length, 26 + 4 * i);
  }
  yield template;
  const now = BigInt(Date.now());
  for (let n = 0; n < count; n += 1) {
    const bytes = head(20 + recordBytes * recordsPerDatagram, n * recordsPerDatagram);
    bytes.writeUInt16BE(256, 16);
    bytes.writeUInt16BE(4 + recordBytes * recordsPerDatagram, 18);
    for (let i = 0; i < recordsPerDatagram; i += 1) {
      const at = 20 + recordBytes * i;
      const k = n * recordsPerDatagram + i;
      bytes.writeUInt32BE(0x0a80_0000 + (k % 500), at);
      bytes.writeUInt32BE(0xc633_6400 + (k % 97), at + 4);
      bytes[at + 8] = 6;
      bytes.writeUInt16BE(32_768 + (k % 28_000), at + 9);
      bytes.writeUInt16BE(443, at + 11);
      bytes[at + 13] = 0x1a;
      bytes.writeBigUInt64BE(BigInt(500 + (k % 9000)), at + 14);
      bytes.writeBigUInt64BE(7n, at + 22);
      bytes.writeBigUInt64BE(now - 900n, at + 30);
      bytes.writeBigUInt64BE(now - 100n, at + 38);
    }
    yield bytes;
  }
}

const all = [...datagrams()];

/** One pass over all datagrams; their numbers go on where the last pass ended. */
async function send(port: number, pass: number): Promise<void> {
  const socket = createSocket("udp4");
  for (const [n, one] of all.entries()) {
    one.writeUInt32BE((recordsPerDatagram * (pass * count + Math.max(0, n - 1))) >>> 0, 8);
    socket.send(one, port, "127.0.0.1");
    if (n % 32 === 31) await sleep(1);
  }
  await sleep(500);
  socket.close();
}

interface Run {
  readonly records: number;
  /** Processor time until it listened, for the first pass, and for all others together. */
  readonly startMs: number;
  readonly firstMs: number;
  readonly laterMs: number;
}

/** Of all threads there are, as the kernel's scheduler counts it. */
function cpuMsOf(pid: number): number {
  return readdirSync(`/proc/${pid}/task`).reduce((sum, task) => {
    const [ran] = readFileSync(`/proc/${pid}/task/${task}/schedstat`, "latin1").split(" ");
    return sum + Number(ran) / 1e6;
  }, 0);
}

async function measured(pid: number, port: number): Promise<Omit<Run, "records">> {
  const startMs = cpuMsOf(pid);
  await send(port, 0);
  const firstMs = cpuMsOf(pid) - startMs;
  for (let pass = 1; pass < passes; pass += 1) await send(port, pass);
  return { startMs, firstMs, laterMs: cpuMsOf(pid) - startMs - firstMs };
}

async function postern(mode: "count" | "nothing"): Promise<Run> {
  const child = spawn(process.execPath, [join(import.meta.dirname, "flow-export/collector.ts"), mode], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const run = await measured(child.pid!, Number((await lines.next()).value));
  child.stdin.end();
  const { records } = JSON.parse(String((await lines.next()).value)) as { records: number };
  return { records, ...run };
}

async function nfcapd(folder: string): Promise<Run> {
  const probe = createSocket("udp4").bind(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address();
  probe.close();
  const child = spawn("nfcapd", ["-w", folder, "-b", "127.0.0.1", "-p", `${port}`, "-t", "3600", "-B", `${8 << 20}`], {
    stdio: ["ignore", "ignore", "pipe"],
    env: { PATH: `${process.env.PATH ?? ""}:/usr/sbin` },
  });
  let log = "";
  child.stderr.on("data", (chunk) => (log += String(chunk)));
  while (!log.includes("Startup")) await sleep(20);
  const run = await measured(child.pid!, port);
  child.kill("SIGTERM");
  await once(child, "exit");
  return { records: Number(/Flows: (\d+)/.exec(log)?.[1] ?? 0), ...run };
}

function decodeAlone(): Run {
  let records = 0;
  const report = { malformed: () => undefined, lost: () => undefined };
  const decoder = new FlowExportDecoder(() => (records += 1), report);
  const pass = (): number => {
    const before = process.cpuUsage();
    for (const one of all) decoder.decode(one, "192.0.2.1", 1, Date.now());
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1000;
  };
  const firstMs = pass();
  let laterMs = 0;
  for (let again = 1; again < passes; again += 1) laterMs += pass();
  return { records, startMs: 0, firstMs, laterMs };
}

const folder = mkdtempSync(join(tmpdir(), "postern-bench-"));
try {
  const runs: Record<"postern" | "nfcapd" | "socketAlone" | "decodeAlone", Run[]> = {
    postern: [],
    nfcapd: [],
    socketAlone: [],
    decodeAlone: [],
  };
  for (let round = 0; round < Number(values.rounds); round += 1) {
    const sides = [
      async () => runs.postern.push(await postern("count")),
      async () => runs.nfcapd.push(await nfcapd(folder)),
      async () => runs.socketAlone.push(await postern("nothing")),
    ];
    for (const side of round % 2 === 0 ? sides : sides.toReversed()) await side();
    runs.decodeAlone.push(decodeAlone());
  }
  const sent = passes * count * recordsPerDatagram;
  // Of what was sent each pass brought as much as another, and what did not arrive cost nothing.
  const rate = (list: readonly Run[], share: (one: Run) => readonly [passes: number, ms: number]): number =>
    Math.round(
      median(
        list.map((one) => {
          const [of, ms] = share(one);
          return ((one.records * of) / passes / ms) * 1000;
        }),
      ),
    );
  const rates = (share: (one: Run) => readonly [number, number]): Readonly<Record<string, number>> => {
    const [ours, theirs] = [rate(runs.postern, share), rate(runs.nfcapd, share)];
    return { postern: ours, nfcapd: theirs, posternToNfcapd: Math.round((ours / theirs) * 100) / 100 };
  };
  const later = ({ laterMs }: Run): readonly [number, number] => [passes - 1, laterMs];
  printResult("IPFIX records for a second of processor time, from the socket to the count", {
    sent,
    runs,
    recordsPerCpuSecond: {
      later: rates(later),
      first: rates(({ firstMs }) => [1, firstMs]),
      withStart: rates(({ startMs, firstMs, laterMs }) => [passes, startMs + firstMs + laterMs]),
      socketAlone: rate(runs.socketAlone, later),
      decodeAlone: rate(runs.decodeAlone, later),
    },
  });
} finally {
  rmSync(folder, { recursive: true, force: true });
}
