/** Postern's live source, counting edges as an observer does. */
import { hubbleOptions } from "../../src/adapters/grpc/hubble/options.ts";
import { hubbleSource } from "../../src/adapters/grpc/hubble/source.ts";
import type { SourceHands } from "../../src/app/live/live-source.ts";
import { AddressClassifier } from "../../src/pipeline/flows/address-classes.ts";
import { FlowCollector } from "../../src/pipeline/flows/collector.ts";
import { defaultFlowLimits } from "../../src/pipeline/flows/flow-limits.ts";

const [port = "0", count = "0"] = process.argv.slice(2);
const collector = new FlowCollector(new AddressClassifier([], []), defaultFlowLimits, false);
const stopping = new AbortController();
let positions = 0;
const hands: SourceHands = {
  take: collector.take,
  takeCoarse: () => undefined,
  resumeFrom: undefined,
  reached: () => {
    positions += 1;
    if (collector.records >= Number(count)) stopping.abort();
  },
  malformed: (reason) => {
    throw new Error(reason);
  },
  lost: () => undefined,
  outage: () => undefined,
  received: () => undefined,
  state: () => undefined,
  room: () => Promise.resolve(),
};
const start = performance.now();
const machine = { stdin: (async function* () {})(), nowMs: () => Date.now() };
const options = hubbleOptions.parse({ address: `127.0.0.1:${port}` });
await hubbleSource.open("bench", options, machine).run(hands, stopping.signal);
const seconds = (performance.now() - start) / 1000;
const edges = collector.snapshot().table.edges.count;
console.log(JSON.stringify({ seconds, flows: collector.records, edges, positions }));
