import { remoteHistoryInPieces } from "../../app/history/history-calls.ts";
import type { HistoryReader } from "../../app/history/history-reader.ts";
import type { CollectorAddress } from "../../app/serve.ts";
import { askInPieces } from "./ask.ts";

/** The history of a collector, asked over HTTP. Nothing is asked before the first question. */
export function openRemoteHistory(address: CollectorAddress): HistoryReader {
  return remoteHistoryInPieces(
    async (question, query, take, signal) =>
      askInPieces(address, { path: `/v1/history/${question}`, query: new URLSearchParams({ query }) }, take, signal),
    () => Promise.resolve(),
  );
}
