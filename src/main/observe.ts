import { homedir } from "node:os";
import { HttpSink } from "../adapters/collector-client/ship.ts";
import { openMask } from "../adapters/observer-config/mask-key.ts";
import { DiskOutbox } from "../adapters/outbox/disk-outbox.ts";
import { packBatch } from "../adapters/outbox/pack.ts";
import type { Failure } from "../app/failure.ts";
import type { ClusterView } from "../app/live/cluster-view.ts";
import { FixedClusterView } from "../app/live/fixed-cluster-view.ts";
import type { SourceMachine } from "../app/live/live-source-kind.ts";
import type { ReadyObserver } from "../app/live/observer-port.ts";
import type { ObserverSettings } from "../app/live/observer-settings.ts";
import type { PackedSink } from "../app/live/observer-ship.ts";
import type { ObserverLog } from "../app/live/observer-status.ts";
import { Observer } from "../app/live/observer.ts";
import { quoted } from "../core/quoted.ts";
import { fail, ok, type Result } from "../core/result.ts";
import { anonymiseBatch } from "../pipeline/flows/anonymise.ts";
import { type ClusterFacts, noClusterFacts } from "../pipeline/flows/cluster-facts.ts";

const machine: SourceMachine = {
  get stdin() {
    return process.stdin;
  },
  nowMs: () => Date.now(),
};

export interface OpenOptions {
  readonly isOnce: boolean;
  readonly log: ObserverLog;
  /** Where batches go instead of to the collector of the settings; a collector in the same process gives its own. */
  readonly sink?: PackedSink | undefined;
  /** What the dump of the settings holds, where somebody has read it already. */
  readonly dump?: ClusterFacts | undefined;
}

/** Takes the buffer and the place for metrics; nothing is connected before `run`. */
export async function openObserver(
  settings: ObserverSettings,
  { isOnce, log, sink: own, dump }: OpenOptions,
): Promise<Result<ReadyObserver, readonly Failure[]>> {
  const { observer, cluster, everyMs, sources, networks, kubernetes, ship, graceMs } = settings;
  const sink = own ?? (ship === undefined ? undefined : new HttpSink(ship));
  if (sink === undefined) {
    const message = "name the collector that batches go to: `--to`, or `ship.url` in the configuration";
    return fail([{ code: "observe_usage", message }]);
  }
  const mask = settings.anonymise === undefined ? ok(undefined) : await openMask(settings.anonymise.keyFile);
  if (!mask.ok) return fail([mask.error]);
  const view = await viewOf(settings, dump);
  if (!view.ok) return view;
  const opened = await DiskOutbox.open(settings.buffer);
  if (!opened.ok) return fail([opened.error]);
  const { outbox, tornBytes } = opened.value;
  const observing = new Observer(
    {
      observer,
      cluster,
      everyMs,
      sources: sources.map(({ name, kind, options }) => kind.open(name, options, machine)),
      networks,
      clusterPatienceMs: kubernetes.from === "api" ? kubernetes.patienceMs : 0,
      isOnce,
      graceMs,
    },
    {
      view: view.value,
      outbox,
      sink,
      pack: packBatch,
      anonymise: mask.value === undefined ? undefined : (batch) => anonymiseBatch(batch, mask.value),
      log,
      nowMs: () => Date.now(),
      random: Math.random,
    },
  );
  const status = await statusServer(settings, observing);
  if (!status.ok) {
    await outbox.close();
    return fail([status.error]);
  }
  return ok({
    metricsUrl: status.value?.url,
    tornBytes,
    status: () => observing.status,
    run: async (signal) => {
      try {
        return await observing.run(signal);
      } finally {
        await status.value?.close();
      }
    },
  });
}

export async function readDump(paths: readonly string[]): Promise<Result<ClusterFacts, readonly Failure[]>> {
  const { readCluster } = await import("../adapters/manifests/read-cluster.ts");
  const dump = await readCluster(paths, { stdin: process.stdin });
  return dump.ok ? ok(dump.value.facts) : fail(dump.error);
}

async function viewOf(
  { cluster, kubernetes }: ObserverSettings,
  known: ClusterFacts | undefined,
): Promise<Result<ClusterView, readonly Failure[]>> {
  if (known !== undefined) return ok(new FixedClusterView(cluster, known));
  if (kubernetes.from === "nothing") return ok(new FixedClusterView(cluster, noClusterFacts));
  if (kubernetes.from === "dump") {
    const dump = await readDump(kubernetes.paths);
    return dump.ok ? ok(new FixedClusterView(cluster, dump.value)) : dump;
  }
  const [{ ClusterWatcher }, { findAccess }] = await Promise.all([
    import("../adapters/kubernetes/cluster-watcher.ts"),
    import("../adapters/kubernetes/find-access.ts"),
  ]);
  const environment = { variables: process.env, home: homedir() };
  return ok(new ClusterWatcher(() => findAccess(kubernetes, environment), { cluster, keepMs: kubernetes.lateMs }));
}

async function statusServer(
  { metrics }: ObserverSettings,
  observing: Observer,
): Promise<Result<{ readonly url: string; close(): Promise<void> } | undefined, Failure>> {
  if (metrics === undefined) return ok(undefined);
  const { serveStatus } = await import("../surfaces/observer-http/server.ts");
  try {
    return ok(
      await serveStatus(
        metrics,
        () => observing.status,
        () => Date.now(),
      ),
    );
  } catch (error) {
    const why = error instanceof Error && "code" in error ? String(error.code) : String(error);
    const where = quoted(`${metrics.host.includes(":") ? `[${metrics.host}]` : metrics.host}:${metrics.port}`);
    const message = `nothing can listen on ${where} for metrics (${why}); name another place with \`--metrics\``;
    return fail({ code: "observe_metrics_unusable", message });
  }
}
