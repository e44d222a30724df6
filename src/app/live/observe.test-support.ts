import { noClusterFacts } from "../../pipeline/flows/cluster-facts.ts";
import { FixedClusterView } from "./fixed-cluster-view.ts";
import type { LiveSource } from "./live-source.ts";
import { MemoryOutbox, MemorySink, packForTest } from "./observer.test-support.ts";
import { Observer, type ObserverEnd, type ObserverPlan } from "./observer.ts";

const never = new AbortController().signal;

export interface Observed {
  readonly end: ObserverEnd;
  readonly outbox: MemoryOutbox;
  readonly sink: MemorySink;
  readonly said: readonly string[];
}

export async function observe(
  sources: readonly LiveSource[],
  {
    signal = never,
    outbox = new MemoryOutbox(),
    sink = new MemorySink(),
    view = new FixedClusterView("east", noClusterFacts),
    nowMs = () => Date.now(),
    ...own
  }: Partial<ObserverPlan> & {
    signal?: AbortSignal;
    outbox?: MemoryOutbox;
    sink?: MemorySink;
    view?: FixedClusterView;
    nowMs?: () => number;
  } = {},
): Promise<Observed> {
  const said: string[] = [];
  const plan: ObserverPlan = {
    observer: "node-a",
    cluster: "east",
    everyMs: 20,
    sources,
    networks: { pods: [], services: [] },
    clusterPatienceMs: 10,
    isOnce: true,
    graceMs: 200,
    ...own,
  };
  const observer = new Observer(plan, {
    view,
    outbox,
    sink,
    pack: packForTest,
    anonymise: undefined,
    log: {
      say: (level, message, { source }) =>
        said.push(`${level}: ${message}${typeof source === "string" ? ` (${source})` : ""}`),
    },
    nowMs,
    random: () => 0,
  });
  return { end: await observer.run(signal), outbox, sink, said };
}

/** Flows of all batches, by source. */
export function flowsOf({ sink }: Observed): Record<string, number> {
  const flows: Record<string, number> = {};
  for (const { sources, edges } of sink.batches) {
    for (const edge of edges) flows[sources[edge.source]!] = (flows[sources[edge.source]!] ?? 0) + edge.flows;
  }
  return flows;
}

/** Sum of a count of all reports, by source. */
export function reported(
  of: Observed,
  count: "records" | "malformed" | "lost" | "dropped" | "outages",
): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const { sources, health } of of.sink.batches) {
    for (const report of health) sums[sources[report.source]!] = (sums[sources[report.source]!] ?? 0) + report[count];
  }
  return sums;
}
