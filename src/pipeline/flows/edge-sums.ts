import type { RowTable } from "./row-table.ts";

/**
 * Sums of an edge: flows counted; records that only show that a flow goes on; bytes of the one and of the other sort;
 * first and last time. Times and bytes are kept one higher, so that 0, the fresh value, means "none known".
 */
export const edgeSum = { flows: 0, others: 1, bytes: 2, otherBytes: 3, first: 4, last: 5 } as const;
export const edgeSums = 6;
export const hourMs = 3_600_000;
/** The end of the year 9999. Later times have no RFC 3339 text, and hours stay small numbers whatever a record claims. */
export const latestMs = 253_402_300_799_999;
/** Hours are counted in blocks of eight, so that the hours of an edge lie side by side. */
export const blockShift = 3;
export const hoursPerBlock = 1 << blockShift;
/** Sums of a (name, address, source, origin, chain); times and the smallest TTL one higher. */
export const nameSum = { count: 0, first: 1, last: 2, ttl: 3 } as const;
export const nameSums = 4;

export function addToEdge(
  table: RowTable,
  edge: number,
  flows: number,
  others: number,
  bytes: number,
  otherBytes: number,
  first: number,
  last: number,
): void {
  const { sums, stride } = table;
  const at = stride * edge + 2;
  sums[at] = sums[at]! + flows;
  if (others > 0) sums[at + edgeSum.others] = sums[at + edgeSum.others]! + others;
  if (bytes > 0) sums[at + edgeSum.bytes] = plusKnown(sums[at + edgeSum.bytes]!, bytes);
  if (otherBytes > 0) sums[at + edgeSum.otherBytes] = plusKnown(sums[at + edgeSum.otherBytes]!, otherBytes);
  sums[at + edgeSum.first] = earlier(sums[at + edgeSum.first]!, first);
  if (last > sums[at + edgeSum.last]!) sums[at + edgeSum.last] = last;
}

export function addToName(table: RowTable, id: number, count: number, first: number, last: number, ttl: number): void {
  const { sums, stride } = table;
  const at = stride * id + 2;
  sums[at + nameSum.count] = sums[at + nameSum.count]! + count;
  sums[at + nameSum.first] = earlier(sums[at + nameSum.first]!, first);
  sums[at + nameSum.last] = Math.max(sums[at + nameSum.last]!, last);
  sums[at + nameSum.ttl] = earlier(sums[at + nameSum.ttl]!, ttl);
}

/** The smaller of two times or TTLs, kept one higher, of which either may be unknown (0). */
export function earlier(a: number, b: number): number {
  return a === 0 ? b : b === 0 ? a : Math.min(a, b);
}

/** The sum of two byte counts, each kept one higher. */
function plusKnown(a: number, b: number): number {
  return a === 0 ? b : a + b - 1;
}
