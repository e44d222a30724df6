/** Postern's side: listens, decodes, judges and counts until its standard input ends, then says what that took. */
import { flowExportOptions } from "../../src/adapters/flow-export/options.ts";
import { flowExportSource } from "../../src/adapters/flow-export/source.ts";
import { parseCidr } from "../../src/core/net/ip-set.ts";
import { AddressClassifier } from "../../src/pipeline/flows/address-classes.ts";
import { FlowCollector } from "../../src/pipeline/flows/collector.ts";
import { defaultFlowLimits } from "../../src/pipeline/flows/flow-limits.ts";

const pods = parseCidr("10.128.0.0/14");
if (!pods.ok) throw new Error(pods.error.message);
const collector = new FlowCollector(new AddressClassifier([pods.value], []), defaultFlowLimits, false);
const options = flowExportOptions.parse({ listen: ["127.0.0.1:0"], exporters: ["127.0.0.0/8"] });
const machine = { stdin: (async function* () {})(), nowMs: Date.now };
const stop = new AbortController();
let isTold = false;
let startMs = 0;
const cpuMs = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};
const ended = flowExportSource.open("bench", options, machine).run(
  {
    take: collector.take,
    takeCoarse: () => undefined,
    resumeFrom: undefined,
    reached: () => undefined,
    malformed: (reason) => process.stderr.write(`${reason}\n`),
    lost: () => undefined,
    outage: () => undefined,
    received: () => undefined,
    state: (_, message = "") => {
      const port = /127\.0\.0\.1:(\d+)/.exec(message)?.[1];
      if (port === undefined || isTold) return;
      isTold = true;
      startMs = cpuMs();
      process.stdout.write(`${port}\n`);
    },
    room: () => Promise.resolve(),
  },
  stop.signal,
);
process.stdin.resume().on("end", () => stop.abort());
await ended;
const peakMiB = Math.round(process.resourceUsage().maxRSS / 1024);
process.stdout.write(`${JSON.stringify({ records: collector.records, startMs, cpuMs: cpuMs(), peakMiB })}\n`);
