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
import { migrate, refuseTooOld } from "./migrate.ts";
import { queryCoarse } from "./query-coarse.ts";
import { queryCoverage } from "./query-coverage.ts";
import { edgesInParts, queryEdges, queryNewDestinations } from "./query-edges.ts";
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
    await refuseTooOld(client);
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
    edges: async (query, signal) => queryEdges(client.reader(signal), query),
    edgesInParts: (query, signal) => edgesInParts(client.reader(signal), query),
    names: async (query, signal) => queryNames(client.reader(signal), query),
    newDestinations: async (query, signal) => queryNewDestinations(client.reader(signal), query),
    topTalkers: async (query, signal) => queryTalkers(client.reader(signal), query),
    sums: async (query, signal) => querySums(client.reader(signal), query),
    overTime: async (query, signal) => queryOverTime(client.reader(signal), query),
    coarse: async (query, signal) => queryCoarse(client.reader(signal), query),
    sourceHealth: async (query, signal) => queryHealth(client.reader(signal), query),
    coverage: async (signal) => queryCoverage(client.reader(signal)),
    maintain: async (plan) => maintain(client, plan),
    exportParquet: async (folder, window, options) =>
      exportParquet(client.reader(options.signal), folder, window, options),
    close: async () => client.close(),
  });
}
