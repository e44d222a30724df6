import { type HttpAnswer, httpGet, type HttpServer } from "../../app/live/http-get.ts";
import { DocumentFramer } from "../../pipeline/sources/document-framer.ts";
import type { TimeWindow } from "./time-windows.ts";

export interface LokiEntry {
  /** Nanoseconds since the epoch. */
  readonly time: bigint;
  /** The line with its stream's labels put back in. */
  readonly line: Uint8Array;
  readonly labelBytes: number;
}

export interface LokiPage extends Pick<HttpAnswer, "dateMs"> {
  /** Ascending by time. */
  readonly entries: readonly LokiEntry[];
  readonly bytes: number;
}

const instant = /^\d{1,19}$/;

/** One answer of `query_range`, held whole: at most `limit` lines, and at most as long as the server may answer. */
export async function fetchPage(
  server: HttpServer,
  query: string,
  { from, to, limit }: TimeWindow,
  signal: AbortSignal,
): Promise<LokiPage> {
  const entries: LokiEntry[] = [];
  let isAnswer = true;
  let bytes = 0;
  const framer = new DocumentFramer((line) => {
    const { entryTime, labelBytes } = framer;
    if (instant.test(entryTime)) entries.push({ time: BigInt(entryTime), line: line.subarray(0, -1), labelBytes });
    else isAnswer = false;
  });
  const asked = new URLSearchParams({
    query,
    start: String(from),
    end: String(to),
    limit: String(limit),
    direction: "forward",
  });
  const answer = await httpGet(server, "/loki/api/v1/query_range", asked, signal, (piece) => {
    bytes += piece.length;
    framer.push(piece);
  });
  if (!isAnswer || framer.error !== undefined || framer.finish()) {
    throw new Error("its answer is none of Loki's `query_range`; check `url` and `query`");
  }
  entries.sort((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0));
  return { entries, bytes, dateMs: answer.dateMs };
}
