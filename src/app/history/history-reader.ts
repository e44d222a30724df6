import type { EdgeStore } from "./edge-store.ts";

/**
 * What the history can be asked without changing it: a store in the same process, or a collector's store over HTTP.
 * Every question rejects with {@link HistoryUnavailable} when it cannot be answered for a reason that a person can mend.
 */
export interface HistoryReader extends Pick<
  EdgeStore,
  "edges" | "edgesInParts" | "names" | "newDestinations" | "topTalkers" | "coarse" | "sourceHealth" | "coverage"
> {
  close(): Promise<void>;
}
