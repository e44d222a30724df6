import type { Failure } from "../../app/failure.ts";
import { harvestOfHistory } from "../../app/history/harvest-of-history.ts";
import type { HistoryPlace } from "../../app/history/history-place.ts";
import type { HistoryReader } from "../../app/history/history-reader.ts";
import { HistoryUnavailable } from "../../app/history/history-unavailable.ts";
import { fail, ok, type Result } from "../../core/result.ts";
import type { ClusterFacts } from "../../pipeline/flows/cluster-facts.ts";
import type { Harvest } from "../../pipeline/flows/harvest.ts";
import { warn } from "./complain.ts";
import type { Context } from "./context.ts";
import { type FlowOptions, gatherFlows } from "./gather-flows.ts";
import type { HistoryChoice } from "./history-options.ts";

/** Opens a history, asks it, and closes it; what a person can mend is a failure. */
export async function askHistory<T>(
  place: HistoryPlace,
  { ports, io }: Context,
  ask: (reader: HistoryReader) => Promise<T>,
): Promise<Result<T, readonly Failure[]>> {
  const reader = await ports.readHistory(place);
  if (!reader.ok) return fail([reader.error]);
  // An answer may take its time, and nobody who has interrupted waits for it.
  const interruption = Promise.withResolvers<never>();
  interruption.promise.catch(() => {});
  const stop = (): void => interruption.reject(io.interrupted.reason);
  io.interrupted.addEventListener("abort", stop, { once: true });
  try {
    return await using(reader.value, async (own) => Promise.race([ask(own), interruption.promise]));
  } finally {
    io.interrupted.removeEventListener("abort", stop);
  }
}

/** The same for what is open already. */
export async function using<S extends { close(): Promise<void> }, T>(
  store: S,
  work: (store: S) => Promise<T>,
): Promise<Result<T, readonly Failure[]>> {
  try {
    return ok(await work(store));
  } catch (error) {
    if (error instanceof HistoryUnavailable) return fail([error.failure]);
    throw error;
  } finally {
    await store.close();
  }
}

export interface FlowsOrHistory extends FlowOptions {
  readonly flows: readonly string[];
  readonly namespaces: readonly string[];
  readonly history: HistoryChoice | undefined;
}

/** What commands learn from: recorded flows, or a history of them. */
export async function gatherHarvest(
  options: FlowsOrHistory,
  facts: ClusterFacts,
  context: Context,
  { isQuiet = false }: { readonly isQuiet?: boolean } = {},
): Promise<Result<Harvest, readonly Failure[]>> {
  const { history, flows, namespaces, clusterNetworks, serviceNetworks } = options;
  if (history === undefined) return gatherFlows(flows, options, facts, context, { isQuiet });
  if (flows.length > 0) {
    return fail([
      {
        code: "history_and_flows",
        message:
          "flows and `--history` were both given; name one, or bring the files into the history with `postern history import`",
      },
    ]);
  }
  const { place, cluster, window } = history;
  const given = { pods: clusterNetworks, services: serviceNetworks };
  const read = await askHistory(place, context, async (reader) =>
    harvestOfHistory(reader, { cluster, namespaces, window, nowMs: context.io.nowMs(), facts, given }),
  );
  if (!read.ok) return read;
  if (!read.value.ok) return fail([read.value.error]);
  const harvest = read.value.value;
  if (!isQuiet) for (const { code, message } of harvest.warnings) warn(context, message, code);
  return ok(harvest);
}
