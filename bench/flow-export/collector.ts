/**
 * Postern's side: listens, decodes, judges and counts until its standard input ends, then says how much came. With
 * `nothing` it is only a socket of Node that counts what the datagrams would hold.
 */
import { openSocket } from "../../src/adapters/flow-export/datagram-socket.ts";
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
process.stdin.resume().on("end", () => stop.abort());
const recordBytes = 46;
let isTold = false;
let records = 0;

function listensAt(port: string | number | undefined): void {
  if (port === undefined || isTold) return;
  isTold = true;
  process.stdout.write(`${port}\n`);
}

async function receiveOnly(): Promise<void> {
  const count = (bytes: Buffer): void => {
    records += Math.floor((bytes.length - 20) / recordBytes);
  };
  const socket = await openSocket("127.0.0.1", 4, 0, options.receiveBufferBytes, count, stop.signal);
  listensAt(socket.port);
  await socket.closed;
}

async function receiveAndCount(): Promise<void> {
  await flowExportSource.open("bench", options, machine).run(
    {
      take: collector.take,
      takeCoarse: () => undefined,
      resumeFrom: undefined,
      reached: () => undefined,
      malformed: (reason) => process.stderr.write(`${reason}\n`),
      lost: () => undefined,
      outage: () => undefined,
      received: () => undefined,
      state: (_, message = "") => listensAt(/127\.0\.0\.1:(\d+)/.exec(message)?.[1]),
      room: () => Promise.resolve(),
    },
    stop.signal,
  );
  ({ records } = collector);
}

await (process.argv[2] === "nothing" ? receiveOnly() : receiveAndCount());
const peakMiB = Math.round(process.resourceUsage().maxRSS / 1024);
process.stdout.write(`${JSON.stringify({ records, peakMiB })}\n`);
