import { quoted } from "../../core/quoted.ts";
import type { HistoryReader } from "../history/history-reader.ts";
import { HistoryUnavailable } from "../history/history-unavailable.ts";
import { everyCluster } from "../state/tokens.ts";
import { mayUse, type Permission } from "./collect-permission.ts";

/**
 * The history as far as a client may read it. A question about all clusters is one about the client's only cluster, when it
 * has one; with several it must name one. Closing it leaves the whole history open.
 */
export function readableHistory(history: HistoryReader, permission: Permission): HistoryReader {
  if (permission.clusters.includes(everyCluster)) return { ...bound(history), close: () => Promise.resolve() };
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
  return {
    edges: async (query) => history.edges(narrowed(query)),
    names: async (query) => history.names(narrowed(query)),
    newDestinations: async (query) => history.newDestinations(narrowed(query)),
    topTalkers: async (query) => history.topTalkers(narrowed(query)),
    coarse: async (query) => history.coarse(narrowed(query)),
    sourceHealth: async (query) => history.sourceHealth(narrowed(query)),
    coverage: async () => (await history.coverage()).filter(({ cluster }) => mayUse(permission, cluster)),
    close: () => Promise.resolve(),
  };
}

function bound(history: HistoryReader): Omit<HistoryReader, "close"> {
  return {
    edges: (query) => history.edges(query),
    names: (query) => history.names(query),
    newDestinations: (query) => history.newDestinations(query),
    topTalkers: (query) => history.topTalkers(query),
    coarse: (query) => history.coarse(query),
    sourceHealth: (query) => history.sourceHealth(query),
    coverage: () => history.coverage(),
  };
}
