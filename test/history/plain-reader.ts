import type { StoredHealth } from "../../src/app/history/edge-store.ts";
import type { HistoryReader } from "../../src/app/history/history-reader.ts";
import type { SealedBatch } from "../../src/pipeline/flows/sealed-batch.ts";
import { hourMs, monday } from "./batch-for-test.ts";
import { PlainEdgeStore } from "./plain-edge-store.ts";

const healthy: StoredHealth = {
  cluster: "east",
  observer: "node-a",
  source: "flows",
  kind: "netobserv-kafka",
  state: "running",
  message: "",
  records: 10,
  malformed: 0,
  lost: 0,
  outages: 0,
  dropped: 0,
  receivedBytes: 1000,
  leftOut: [],
  samplingMax: 1,
  lastArrivalMs: undefined,
  lagMs: undefined,
  reportedAtMs: monday * hourMs,
  reportedHours: [],
};

/** A history of the obvious store, with sources that stand as they are told to. */
export function plainReader(
  batches: readonly SealedBatch[],
  health: readonly Partial<StoredHealth>[] = [{}],
): HistoryReader {
  const store = new PlainEdgeStore();
  store.append(batches);
  return {
    edges: (query) => Promise.resolve(store.edges(query)),
    names: (query) => Promise.resolve(store.names(query)),
    newDestinations: (query) => Promise.resolve(store.newDestinations(query)),
    topTalkers: (query) => Promise.resolve(store.topTalkers(query)),
    coarse: (query) => Promise.resolve(store.coarse(query)),
    coverage: () => Promise.resolve(store.coverage()),
    sourceHealth: () => Promise.resolve(health.map((own) => ({ ...healthy, ...own }))),
    close: () => Promise.resolve(),
  };
}
