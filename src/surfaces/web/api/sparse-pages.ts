/** Pages, from 0, both ends included. */
export interface Span {
  readonly first: number;
  readonly last: number;
}

/** The most that the server gives at once. */
export const rowsOfPage = 500;
/** So near to the next page, that one is fetched as well. */
const nearby = 100;
/** Who drags the scroll bar past a hundred pages wants the one where they let go. */
const restMs = 120;

/** The pages of the rows in sight, and the one that is about to be. */
export function spanOf(firstRow: number, lastRow: number): Span {
  const page = (row: number): number => Math.max(0, Math.floor(row / rowsOfPage));
  return { first: page(firstRow - nearby), last: page(lastRow + nearby) };
}

/** How long pages wait before they are asked for: neighbours of those in sight not at all, far ones until the scrolling rests. */
export function waitsFor(before: Span, next: Span): number {
  return next.first <= before.last + 1 && next.last >= before.first - 1 ? 0 : restMs;
}
