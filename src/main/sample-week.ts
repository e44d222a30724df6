import { randomBytes } from "node:crypto";
import { join } from "node:path";
import manifest from "../../package.json" with { type: "json" };
import { readFlows } from "../adapters/flow-files/read-flows.ts";
import { readCluster } from "../adapters/manifests/read-cluster.ts";
import type { Failure } from "../app/failure.ts";
import { collectorSink } from "../app/live/collect-sink.ts";
import type { Collector } from "../app/live/collect.ts";
import { LiveWeek } from "../app/sample/live-week.ts";
import { recordedWeek } from "../app/sample/recorded-week.ts";
import { storePastWeeks } from "../app/sample/store-past-weeks.ts";
import type { State } from "../app/state/state.ts";
import { fail, ok, type Result } from "../core/result.ts";
import { sampleCluster } from "./sample-cluster.ts";

/** Traffic of the bundled sample. */
export interface SampleTraffic {
  /** Stores what came since the last call. */
  play(signal: AbortSignal): Promise<void>;
}

/**
 * Reads the recorded week, stores it as the weeks before now (once: a sample that was begun goes on where it is), and gives what
 * plays it on.
 */
export async function openSampleWeek(
  sample: string,
  collector: Collector,
  { settings }: Pick<State, "settings">,
  nowMs: () => number,
): Promise<Result<SampleTraffic, readonly Failure[]>> {
  const cluster = await readCluster([join(sample, "cluster")], { stdin: process.stdin });
  if (!cluster.ok) return cluster;
  const harvest = await readFlows(
    [join(sample, "flows")],
    { format: undefined, facts: cluster.value.facts, clusterNetworks: [], serviceNetworks: [] },
    { stdin: process.stdin },
  );
  if (!harvest.ok) return harvest;
  const week = recordedWeek(harvest.value, sampleCluster);
  if (week === undefined) return fail([{ code: "sample_empty", message: "the sample holds no flows with a time" }]);
  const sink = collectorSink(collector, `postern/${manifest.version}`);
  const now = nowMs();
  const stored = await storePastWeeks(week, sink, settings, {
    nowMs: now,
    incarnation: randomBytes(16).toString("hex"),
  });
  if (!stored.ok) return fail([stored.error]);
  const live = new LiveWeek(week, now, randomBytes(16).toString("hex"));
  return ok({
    play: async (stopping) => {
      await sink.deliver(live.until(nowMs()), stopping);
    },
  });
}
