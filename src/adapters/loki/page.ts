import { type HttpAnswer, httpGet, type HttpServer } from "../../app/live/http-get.ts";
import { EntryReader, type LokiEntry } from "./entries.ts";
import type { TimeWindow } from "./time-windows.ts";

export interface LokiPage extends Pick<HttpAnswer, "dateMs"> {
  /** Ascending by time. */
  readonly entries: readonly LokiEntry[];
  readonly bytes: number;
}

/** One answer of `query_range`, held whole: at most `limit` lines, and at most as long as the server may answer. */
export async function fetchPage(
  server: HttpServer,
  query: string,
  { from, to, limit }: TimeWindow,
  signal: AbortSignal,
): Promise<LokiPage> {
  const reader = new EntryReader();
  const asked = new URLSearchParams({
    query,
    start: String(from),
    end: String(to),
    limit: String(limit),
    direction: "forward",
  });
  const answer = await httpGet(server, "/loki/api/v1/query_range", asked, signal, (piece) => reader.push(piece));
  if (!reader.finish()) throw new Error("its answer is none of Loki's `query_range`; check `url` and `query`");
  const { entries, bytes } = reader;
  entries.sort((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0));
  return { entries, bytes, dateMs: answer.dateMs };
}
