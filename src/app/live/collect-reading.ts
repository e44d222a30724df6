import { quoted } from "../../core/quoted.ts";
import type { Coverage } from "../history/edge-store.ts";
import type { HistoryReader } from "../history/history-reader.ts";
import { HistoryUnavailable } from "../history/history-unavailable.ts";
import { everyCluster } from "../state/tokens.ts";
import { mayUse, type Permission } from "./collect-permission.ts";

/**
 * The history as far as a client may read it. A question about all clusters is one about the client's only cluster, when it
 * has one; with several it must name one. Closing it leaves the whole history open.
 */
export function readableHistory(history: HistoryReader, permission: Permission): HistoryReader {
  if (permission.clusters.includes(everyCluster))
    return narrowedHistory(
      history,
      (query) => query,
      () => true,
    );
  const [only, ...others] = permission.clusters;
  const narrowed = <Q extends { readonly cluster: string | undefined }>(query: Q): Q => {
    const cluster = query.cluster ?? (others.length === 0 ? only : undefined);
    if (cluster === undefined) {
      const message = `${permission.subject} may read some clusters only: name one of ${permission.clusters.map(quoted).join(", ")}`;
      throw new HistoryUnavailable({ code: "collector_cluster_not_allowed", message });
    }
    if (!mayUse(permission, cluster)) {
      const message = `${permission.subject} may not read the history of the cluster ${quoted(cluster)}`;
      throw new HistoryUnavailable({ code: "collector_cluster_not_allowed", message });
    }
    return { ...query, cluster };
  };
  return narrowedHistory(history, narrowed, ({ cluster }) => mayUse(permission, cluster));
}

function narrowedHistory(
  history: HistoryReader,
  narrowed: <Q extends { readonly cluster: string | undefined }>(query: Q) => Q,
  mayRead: (own: Coverage) => boolean,
): HistoryReader {
  const { edgesInParts } = history;
  return {
    edges: async (query, signal) => history.edges(narrowed(query), signal),
    ...(edgesInParts && { edgesInParts: (query, signal) => edgesInParts.call(history, narrowed(query), signal) }),
    names: async (query, signal) => history.names(narrowed(query), signal),
    newDestinations: async (query, signal) => history.newDestinations(narrowed(query), signal),
    topTalkers: async (query, signal) => history.topTalkers(narrowed(query), signal),
    coarse: async (query, signal) => history.coarse(narrowed(query), signal),
    sourceHealth: async (query, signal) => history.sourceHealth(narrowed(query), signal),
    coverage: async (signal) => (await history.coverage(signal)).filter(mayRead),
    close: () => Promise.resolve(),
  };
}
