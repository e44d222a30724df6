import type { Coverage } from "./edge-store.ts";
import type { HistoryReader } from "./history-reader.ts";

/** What the history covers is asked before every reading, and takes a look at all of it: known again for a while. */
export function rememberedCoverage(reader: HistoryReader, nowMs: () => number, forMs: number): HistoryReader {
  let known: { readonly atMs: number; readonly coverage: Promise<readonly Coverage[]> } | undefined;
  const { edgesInParts } = reader;
  return {
    edges: (query, signal) => reader.edges(query, signal),
    ...(edgesInParts && { edgesInParts: (query, signal) => edgesInParts.call(reader, query, signal) }),
    names: (query, signal) => reader.names(query, signal),
    newDestinations: (query, signal) => reader.newDestinations(query, signal),
    topTalkers: (query, signal) => reader.topTalkers(query, signal),
    coarse: (query, signal) => reader.coarse(query, signal),
    sourceHealth: (query, signal) => reader.sourceHealth(query, signal),
    // Whoever leaves does not end it: others may wait for the same answer.
    coverage: () => {
      if (known !== undefined && nowMs() - known.atMs < forMs) return known.coverage;
      const fresh = { atMs: nowMs(), coverage: reader.coverage() };
      known = fresh;
      fresh.coverage.catch(() => {
        if (known === fresh) known = undefined;
      });
      return fresh.coverage;
    },
    close: () => reader.close(),
  };
}
