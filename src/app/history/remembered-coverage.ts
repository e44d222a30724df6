import type { Coverage } from "./edge-store.ts";
import type { HistoryReader } from "./history-reader.ts";

/** What the history covers is asked before every reading, and takes a look at all of it: known again for a while. */
export function rememberedCoverage(reader: HistoryReader, nowMs: () => number, forMs: number): HistoryReader {
  let known: { readonly atMs: number; readonly coverage: Promise<readonly Coverage[]> } | undefined;
  return {
    edges: (query) => reader.edges(query),
    names: (query) => reader.names(query),
    newDestinations: (query) => reader.newDestinations(query),
    topTalkers: (query) => reader.topTalkers(query),
    coarse: (query) => reader.coarse(query),
    sourceHealth: (query) => reader.sourceHealth(query),
    coverage: () => {
      if (known === undefined || nowMs() - known.atMs >= forMs) {
        const coverage = reader.coverage();
        known = { atMs: nowMs(), coverage };
        coverage.catch(() => {
          known = undefined;
        });
      }
      return known.coverage;
    },
    close: () => reader.close(),
  };
}
