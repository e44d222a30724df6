import type { Failure } from "../../app/failure.ts";
import type { EdgeStore } from "../../app/history/edge-store.ts";
import type { TrafficReader } from "../../app/history/traffic-reader.ts";
import { ok, type Result } from "../../core/result.ts";
import { knownBatches, Writer } from "./append.ts";
import { defaultOrder, type DuckDbConfig } from "./config.ts";
import { exportParquet } from "./export-parquet.ts";
import { maintain } from "./maintain.ts";
import { openClient } from "./open-client.ts";
import { queryCoarse } from "./query-coarse.ts";
import { queryCoverage } from "./query-coverage.ts";
import { edgesInParts, queryEdges } from "./query-edges.ts";
import { queryHealth } from "./query-health.ts";
import { queryNames } from "./query-names.ts";
import { queryNewDestinations } from "./query-new-destinations.ts";
import { queryTalkers } from "./query-talkers.ts";
import { queryOverTime, querySums } from "./query-traffic.ts";

/** Opens the history of a folder. Opened for reading, `append` and `maintain` are defects of the caller. */
export async function openDuckDbStore(config: DuckDbConfig): Promise<Result<EdgeStore & TrafficReader, Failure>> {
  const opened = await openClient(config);
  if (!opened.ok) return opened;
  const client = opened.value;
  const { order = defaultOrder } = config;
  const writer = new Writer(client, order);
  return ok({
    append: async (batches) => writer.append(batches),
    known: async (names) => knownBatches(client, names),
    edges: async (query, signal) => client.read(async (snapshot) => queryEdges(snapshot, query, order), signal),
    edgesInParts: (query, signal) => client.each((snapshot) => edgesInParts(snapshot, query, order), signal),
    names: async (query, signal) => client.read(async (snapshot) => queryNames(snapshot, query), signal),
    newDestinations: async (query, signal) =>
      client.read(async (snapshot) => queryNewDestinations(snapshot, query), signal),
    topTalkers: async (query, signal) => client.read(async (snapshot) => queryTalkers(snapshot, query), signal),
    sums: async (query, signal) => client.read(async (snapshot) => querySums(snapshot, query), signal),
    overTime: async (query, signal) => client.read(async (snapshot) => queryOverTime(snapshot, query), signal),
    coarse: async (query, signal) => client.read(async (snapshot) => queryCoarse(snapshot, query), signal),
    sourceHealth: async (query, signal) => client.read(async (snapshot) => queryHealth(snapshot, query), signal),
    coverage: async (signal) => client.read(queryCoverage, signal),
    maintain: async (plan) => maintain(client, plan, order),
    exportParquet: async (folder, window, options) => exportParquet(client, folder, window, options),
    close: async () => client.close(),
  });
}
