import type { IncomingHttpHeaders } from "node:http";

/**
 * How long a server asks to be left alone, in milliseconds: `Retry-After` as seconds, or as a date, which is the server's own
 * and counts from what its `Date` says. Undefined where it does not ask.
 * @see RFC 9110, 10.2.3
 */
export function retryAfterMs(
  { "retry-after": later = "", date = "" }: Pick<IncomingHttpHeaders, "retry-after" | "date">,
  nowMs: number,
): number | undefined {
  if (/^\d{1,9}$/.test(later)) return 1000 * Number(later);
  const atMs = Date.parse(later);
  if (Number.isNaN(atMs)) return undefined;
  const saidMs = Date.parse(date);
  return Math.max(0, atMs - (Number.isNaN(saidMs) ? nowMs : saidMs));
}
