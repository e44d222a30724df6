/**
 * How many Hubble flows a second go from a gRPC server in another process through the live source into counted edges?
 * Against the same with generated classes (an object per message). Each run is a process of its own with a server of its
 * own, in reversed order every round. And the same for decoding alone, from memory, without and with labels.
 *
 *   node bench/hubble.ts [--flows 500000] [--rounds 3]
 */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { HubbleMessageDecoder } from "../src/pipeline/sources/hubble/message.ts";
import { decodeGetFlowsResponse } from "../test/protos/observer.ts";
import { median, printResult, timed } from "./corpus/measure.ts";
import { encodedEvents } from "./hubble/events.ts";

const { values } = parseArgs({
  options: { flows: { type: "string", default: "500000" }, rounds: { type: "string", default: "3" } },
});
const flows = Number(values.flows);
const sides = ["postern", "generated"] as const;
type Side = (typeof sides)[number];

interface Run {
  readonly seconds: number;
  readonly flows: number;
  readonly edges: number;
}

async function run(side: Side): Promise<Run> {
  const script = (name: string): string => join(import.meta.dirname, `hubble/${name}.ts`);
  const server = spawn(process.execPath, [script("server"), String(flows)], { stdio: ["ignore", "pipe", "inherit"] });
  try {
    const [line] = (await once(server.stdout, "data")) as [Buffer];
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [script(side), line.toString().trim(), String(flows)],
      { encoding: "utf8", timeout: 120_000 },
    );
    if (status !== 0) throw new Error(stderr.slice(-2000));
    return JSON.parse(stdout) as Run;
  } finally {
    server.kill();
  }
}

/** Flows a second of decoding alone; the first round warms up and is not counted. */
function decodeRates(withLabels: boolean): {
  readonly postern: number;
  readonly generated: number;
  readonly bytes: number;
} {
  const events = encodedEvents(withLabels);
  const decoder = new HubbleMessageDecoder();
  let taken = 0;
  const mine = (): void => {
    for (const event of events) if (decoder.read(event) && decoder.fill() !== undefined) taken += 1;
  };
  const theirs = (): void => {
    for (const event of events) if (decodeGetFlowsResponse(event) !== undefined) taken += 1;
  };
  const rate = (decode: () => void): number => {
    decode();
    const seconds = [0, 0, 0].map(() => timed(decode).ms / 1000);
    return Math.round(events.length / median(seconds));
  };
  const rates = { postern: rate(mine), generated: rate(theirs) };
  if (taken !== 8 * events.length) throw new Error("a message was not understood");
  return { ...rates, bytes: Math.round(events.reduce((sum, { length }) => sum + length, 0) / events.length) };
}

const runs: Record<Side, Run[]> = { postern: [], generated: [] };
for (let round = 0; round < Number(values.rounds); round += 1) {
  for (const side of round % 2 === 0 ? sides : sides.toReversed()) runs[side].push(await run(side));
}
const found = new Set(sides.flatMap((side) => runs[side].map((one) => `${one.flows} flows, ${one.edges} edges`)));
if (found.size !== 1) throw new Error(`the sides disagree: ${[...found].join(" / ")}`);
const rates = (side: Side): number[] => runs[side].map((one) => Math.round(one.flows / one.seconds));
const decoding = { fieldsOnly: decodeRates(false), withLabels: decodeRates(true) };
printResult("Hubble flows over gRPC into counted edges", {
  flows,
  found: [...found][0],
  flowsPerSecond: { postern: rates("postern"), generated: rates("generated") },
  posternIsFasterThanGenerated: Number((median(rates("postern")) / median(rates("generated"))).toFixed(2)),
  decodingFlowsPerSecond: decoding,
  decodingIsFasterThanGenerated: {
    fieldsOnly: Number((decoding.fieldsOnly.postern / decoding.fieldsOnly.generated).toFixed(2)),
    withLabels: Number((decoding.withLabels.postern / decoding.withLabels.generated).toFixed(2)),
  },
});
