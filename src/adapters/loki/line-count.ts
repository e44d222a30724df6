import { httpGet, type HttpServer } from "../../app/live/http-get.ts";
import type { TimeWindow } from "./time-windows.ts";

/**
 * How many lines of a span Loki has: it counts them where they are, and none of them travels.
 * @param span in whole milliseconds
 */
export async function countLines(
  server: HttpServer,
  query: string,
  { from, to }: Pick<TimeWindow, "from" | "to">,
  signal: AbortSignal,
): Promise<number> {
  const pieces: Uint8Array[] = [];
  // A range ends with the time it is asked for, inclusive, and begins behind its start.
  const asked = new URLSearchParams({
    query: `sum(count_over_time(${query}[${(to - from) / 1_000_000n}ms]))`,
    time: String(to - 1n),
  });
  await httpGet(server, "/loki/api/v1/query", asked, signal, (piece) => void pieces.push(piece));
  const count = countIn(Buffer.concat(pieces).toString("utf8"));
  if (count === undefined) throw new Error("its answer is none of Loki's `query`; check `url` and `query`");
  return count;
}

/** The one value of a vector; an empty one is 0. */
function countIn(text: string): number | undefined {
  let answer: unknown;
  try {
    answer = JSON.parse(text);
  } catch {
    return undefined;
  }
  const data = fieldOf(answer, "data");
  const result = fieldOf(data, "result");
  if (fieldOf(data, "resultType") !== "vector" || !Array.isArray(result) || result.length > 1) return undefined;
  if (result.length === 0) return 0;
  const value = fieldOf(fieldOf(result, "0"), "value");
  const count = fieldOf(value, "1");
  return typeof count === "string" && /^\d{1,15}$/.test(count) ? Number(count) : undefined;
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
}
