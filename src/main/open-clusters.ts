import { homedir } from "node:os";
import { type ClusterSettings, readClustersFile } from "../adapters/clusters-config/read-clusters-file.ts";
import { ClusterWatcher } from "../adapters/kubernetes/cluster-watcher.ts";
import { findAccess } from "../adapters/kubernetes/find-access.ts";
import { clusterFolder } from "../adapters/manifests/cluster-folder.ts";
import { printObject } from "../adapters/manifests/print-object.ts";
import type { Failure } from "../app/failure.ts";
import type { ClusterReader } from "../app/judge/cluster-reader.ts";
import { watchedClusters } from "../app/judge/watched-clusters.ts";
import { ok, type Result } from "../core/result.ts";
import type { Log } from "../surfaces/http/log.ts";

export interface OpenClusters {
  readonly reader: ClusterReader;
  /** As edges have them. */
  readonly names: readonly string[];
  close(): Promise<void>;
}

/** Nobody can be asked: only traffic is known. */
export const noClusters: OpenClusters = {
  reader: { facts: () => Promise.resolve(undefined), policies: () => Promise.resolve(undefined) },
  names: [],
  close: () => Promise.resolve(),
};

/** The clusters of a file, each asked in its own way. Those that are watched are tried again for as long as the server runs. */
export async function openClusters(
  path: string,
  log: Log,
  nowMs: () => number,
): Promise<Result<OpenClusters, readonly Failure[]>> {
  const settings = await readClustersFile(path);
  if (!settings.ok) return settings;
  const stopping = new AbortController();
  const running: Promise<void>[] = [];
  const watchers = new Map<string, ClusterWatcher>();
  const readers = new Map<string, ClusterReader>();
  for (const cluster of settings.value) {
    if (cluster.from === "files") {
      readers.set(cluster.name, filesOf(cluster, log, nowMs));
      continue;
    }
    const { name, kubeconfig, context } = cluster;
    const access = { kubeconfig, context };
    const environment = { variables: process.env, home: homedir() };
    const watcher = new ClusterWatcher(async () => findAccess(access, environment), { cluster: name });
    watchers.set(name, watcher);
    running.push(
      watcher.run(stopping.signal).catch((error: unknown) => {
        if (!stopping.signal.aborted) log.error({ cluster: name, err: error }, "the cluster cannot be watched");
      }),
    );
  }
  const watched = watchedClusters(watchers, printObject, nowMs);
  const readerOf = (cluster: string): ClusterReader => readers.get(cluster) ?? watched;
  return ok({
    reader: {
      facts: async (cluster) => readerOf(cluster).facts(cluster),
      policies: async (where) => readerOf(where.cluster).policies(where),
    },
    names: settings.value.map(({ name }) => name),
    close: async () => {
      stopping.abort();
      await Promise.all(running);
    },
  });
}

function filesOf(
  { name, dump, policies }: Extract<ClusterSettings, { from: "files" }>,
  log: Log,
  nowMs: () => number,
): ClusterReader {
  const onTrouble = (message: string): void => log.warn({ cluster: name, reason: message }, "files of a cluster");
  return clusterFolder({ cluster: name, dump, policies }, { nowMs, onTrouble });
}
