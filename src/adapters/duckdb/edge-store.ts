import type { Failure } from "../../app/failure.ts";
import type { EdgeStore } from "../../app/history/edge-store.ts";
import type { TrafficReader } from "../../app/history/traffic-reader.ts";
import { ok, type Result } from "../../core/result.ts";
import { knownBatches, Writer } from "./append.ts";
import type { DuckDbConfig } from "./config.ts";
import { exportParquet } from "./export-parquet.ts";
import { maintain } from "./maintain.ts";
import { openClient } from "./open-client.ts";
import { queryCoarse } from "./query-coarse.ts";
import { queryCoverage } from "./query-coverage.ts";
import { queryEdges } from "./query-edges.ts";
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
  const writer = new Writer(client);
  return ok({
    append: async (batches) => writer.append(batches),
    known: async (names) => knownBatches(client, names),
    edges: async (query) => queryEdges(client, query),
    names: async (query) => queryNames(client, query),
    newDestinations: async (query) => queryNewDestinations(client, query),
    topTalkers: async (query) => queryTalkers(client, query),
    sums: async (query) => querySums(client, query),
    overTime: async (query) => queryOverTime(client, query),
    coarse: async (query) => queryCoarse(client, query),
    sourceHealth: async (query) => queryHealth(client, query),
    coverage: async () => queryCoverage(client),
    maintain: async (plan) => maintain(client, plan),
    exportParquet: async (folder, window, options) => exportParquet(client, folder, window, options),
    close: async () => client.close(),
  });
}
