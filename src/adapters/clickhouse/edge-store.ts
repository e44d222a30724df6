import type { Failure } from "../../app/failure.ts";
import type { EdgeStore } from "../../app/history/edge-store.ts";
import { HistoryUnavailable } from "../../app/history/history-unavailable.ts";
import type { TrafficReader } from "../../app/history/traffic-reader.ts";
import { fail, ok, type Result } from "../../core/result.ts";
import { Writer } from "./append.ts";
import { Client } from "./client.ts";
import type { ClickHouseConfig } from "./config.ts";
import { exportParquet } from "./export-parquet.ts";
import { maintain } from "./maintain.ts";
import { migrate } from "./migrate.ts";
import { queryCoarse } from "./query-coarse.ts";
import { queryCoverage } from "./query-coverage.ts";
import { queryEdges, queryNewDestinations } from "./query-edges.ts";
import { queryHealth } from "./query-health.ts";
import { queryNames } from "./query-names.ts";
import { queryTalkers } from "./query-talkers.ts";
import { queryOverTime, querySums } from "./query-traffic.ts";

/** Connects to a history on a ClickHouse server, and makes its tables or brings them up to date. */
export async function openClickHouseStore(
  config: ClickHouseConfig,
): Promise<Result<EdgeStore & TrafficReader, Failure>> {
  const client = new Client(config);
  try {
    await migrate(client, Date.now());
  } catch (error) {
    await client.close();
    if (error instanceof HistoryUnavailable) return fail(error.failure);
    throw error;
  }
  const writer = new Writer(client);
  return ok({
    append: async (batches) => writer.append(batches),
    known: async (names) => writer.known(names),
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
