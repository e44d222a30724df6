/**
 * How fast are connections, DNS answers and claimed names read from a capture? Against `tshark` asked for the fields of the
 * names alone, and against `tcpdump` that only prints. Each run is a process of its own, timed from start to end, on the same
 * file; the order of the sides is reversed every round; medians, ratios and raw values are printed.
 *
 *   node bench/packets.ts [--conversations 5000] [--data 40] [--rounds 3]
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { build } from "esbuild";
import { pcap } from "../src/pipeline/sources/packets/made-packets.test-support.ts";
import { conversation, interleaved } from "./corpus/captures.ts";
import { median, printResult, timed } from "./corpus/measure.ts";
import { seeded } from "./corpus/random.ts";

const { values } = parseArgs({
  options: {
    conversations: { type: "string", default: "5000" },
    /** Segments of 1,400 bytes that each server sends. */
    data: { type: "string", default: "40" },
    rounds: { type: "string", default: "3" },
  },
});
const folder = mkdtempSync(join(tmpdir(), "postern-bench-"));
const capture = join(folder, "made.pcap");

/** Writes the capture in parts, so that many conversations need little memory. @returns the number of packets */
function writeCapture(): number {
  const random = seeded(11);
  let packets = 0;
  for (let from = 0; from < Number(values.conversations); from += 500) {
    const part = Array.from({ length: Math.min(500, Number(values.conversations) - from) }, (_, i) =>
      conversation(from + i, random, Number(values.data)),
    );
    const made = interleaved(part, random);
    packets += made.length;
    writeFileSync(capture, from === 0 ? pcap(made) : pcap(made).subarray(24), { flag: "a" });
  }
  return packets;
}

const names = [
  "ip.src",
  "ip.dst",
  "tls.handshake.extensions_server_name",
  "dns.qry.name",
  "dns.a",
  "dns.aaaa",
  "dns.cname",
];
const sides = {
  postern: () => spawnSync(process.execPath, [join(folder, "postern.js"), capture], { maxBuffer: 1 << 30 }),
  tshark: () =>
    spawnSync("tshark", ["-n", "-r", capture, "-T", "fields", ...names.flatMap((name) => ["-e", name])], {
      maxBuffer: 1 << 30,
    }),
  tcpdump: () => spawnSync("tcpdump", ["-n", "-r", capture], { maxBuffer: 1 << 30 }),
} as const;
const round = (value: number): number => Math.round(value * 100) / 100;

try {
  const packets = writeCapture();
  const megabytes = statSync(capture).size / 1e6;
  await build({
    entryPoints: { postern: join(import.meta.dirname, "packets/postern.ts") },
    outdir: folder,
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node24",
    logLevel: "warning",
  });
  writeFileSync(join(folder, "package.json"), '{"type":"module"}');
  const kinds = Object.keys(sides) as (keyof typeof sides)[];
  const seconds: Record<keyof typeof sides, number[]> = { postern: [], tshark: [], tcpdump: [] };
  let found = "";
  for (let i = 0; i < Number(values.rounds); i += 1) {
    for (const side of i % 2 === 0 ? kinds : kinds.toReversed()) {
      const { value, ms } = timed(sides[side]);
      if (value.status !== 0) throw new Error(`${side}: ${value.stderr.toString().slice(-500)}`);
      seconds[side].push(ms / 1000);
      if (side === "postern") found = value.stdout.toString().trim();
    }
  }
  const mine = median(seconds.postern);
  printResult("a packet capture to connections and names, process start to end", {
    packets,
    megabytes: round(megabytes),
    found: JSON.parse(found),
    packetsPerSecond: Math.round(packets / mine),
    megabytesPerSecond: round(megabytes / mine),
    timesFasterThanTshark: round(median(seconds.tshark) / mine),
    timesFasterThanTcpdump: round(median(seconds.tcpdump) / mine),
    seconds,
  });
} finally {
  rmSync(folder, { recursive: true, force: true });
}
