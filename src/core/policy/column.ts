import type { L4Set } from "../net/l4.ts";
import { l4Last } from "../net/l4.ts";

/**
 * Which rule decides each protocol and port, for one range of addresses: cell i spans `starts[i]` up to the next start.
 * `deciders[i]` is the lowest matching rule index, {@link noRule} where none matches. `runnersUp[i]` is the next lowest
 * (kept only when asked for): who would decide if the decider were removed.
 * INVARIANT (canonical): starts[0] is 0, starts ascend, and neighbouring cells differ.
 */
export interface Column {
  readonly starts: Int32Array;
  readonly deciders: Int32Array;
  readonly runnersUp: Int32Array | undefined;
}

/** Larger than every rule index, so that "the lowest index decides" needs no special case. */
export const noRule = 0x7fffffff;

export function emptyColumn(withRunnersUp: boolean): Column {
  return {
    starts: Int32Array.of(0),
    deciders: Int32Array.of(noRule),
    runnersUp: withRunnersUp ? Int32Array.of(noRule) : undefined,
  };
}

/** The cell that holds an L4 point. O(log cells). */
export function cellAt({ starts }: Column, point: number): number {
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    if (starts[middle]! <= point) low = middle;
    else high = middle - 1;
  }
  return low;
}

export function cellEnd({ starts }: Column, cell: number): number {
  return cell + 1 < starts.length ? starts[cell + 1]! - 1 : l4Last;
}

/**
 * The column of a group of rules that all cover the same addresses. Rules are painted in ascending order over cells
 * that are not full yet; a cell leaves the chain of open cells once it is, so the cost is close to
 * O(cells + rules), not their product.
 */
export function columnOfRules(
  rules: readonly { readonly index: number; readonly l4: L4Set }[],
  withRunnersUp: boolean,
): Column {
  const cuts = new Set<number>([0]);
  for (const { l4 } of rules) {
    for (const { first, last } of l4) {
      cuts.add(first);
      if (last < l4Last) cuts.add(last + 1);
    }
  }
  const starts = Int32Array.from(cuts).sort();
  const deciders = new Int32Array(starts.length).fill(noRule);
  const runnersUp = withRunnersUp ? new Int32Array(starts.length).fill(noRule) : undefined;
  const nextOpen = Int32Array.from({ length: starts.length + 1 }, (_, i) => i);
  const open = (cell: number): number => {
    let root = cell;
    while (nextOpen[root] !== root) root = nextOpen[root]!;
    for (let at = cell; at !== root;) {
      const next = nextOpen[at]!;
      nextOpen[at] = root;
      at = next;
    }
    return root;
  };
  const cellStarting = new Map<number, number>();
  starts.forEach((start, cell) => cellStarting.set(start, cell));
  for (const { index, l4 } of rules) {
    for (const { first, last } of l4) {
      const end = last < l4Last ? cellStarting.get(last + 1)! : starts.length;
      for (let cell = open(cellStarting.get(first)!); cell < end; cell = open(cell + 1)) {
        if (deciders[cell] === noRule) deciders[cell] = index;
        else runnersUp![cell] = index;
        if (runnersUp === undefined || runnersUp[cell] !== noRule) nextOpen[cell] = cell + 1;
      }
    }
  }
  return canonical(starts, deciders, runnersUp);
}

/** Both columns' rules together; the lower index wins. No rule may occur in both. */
export function mergeColumns(a: Column, b: Column): Column {
  const size = a.starts.length + b.starts.length;
  const starts = new Int32Array(size);
  const deciders = new Int32Array(size);
  const withRunnersUp = a.runnersUp !== undefined && b.runnersUp !== undefined;
  const runnersUp = withRunnersUp ? new Int32Array(size) : undefined;
  let cells = 0;
  for (let i = 0, j = 0, at = 0; at <= l4Last;) {
    const x = a.deciders[i]!;
    const y = b.deciders[j]!;
    starts[cells] = at;
    deciders[cells] = x < y ? x : y;
    if (runnersUp !== undefined) {
      runnersUp[cells] = x < y ? Math.min(y, a.runnersUp![i]!) : Math.min(x, b.runnersUp![j]!);
    }
    cells += 1;
    const endA = i + 1 < a.starts.length ? a.starts[i + 1]! : l4Last + 1;
    const endB = j + 1 < b.starts.length ? b.starts[j + 1]! : l4Last + 1;
    at = endA < endB ? endA : endB;
    if (endA === at) i += 1;
    if (endB === at) j += 1;
  }
  return canonical(starts.subarray(0, cells), deciders.subarray(0, cells), runnersUp?.subarray(0, cells));
}

/** The column of cells that were decided elsewhere; neighbours that are alike become one. */
export function columnOfCells(starts: readonly number[], deciders: readonly number[]): Column {
  return canonical(Int32Array.from(starts), Int32Array.from(deciders), undefined);
}

function canonical(starts: Int32Array, deciders: Int32Array, runnersUp: Int32Array | undefined): Column {
  let kept = 0;
  for (let cell = 0; cell < starts.length; cell += 1) {
    const isSame =
      kept > 0 &&
      deciders[kept - 1] === deciders[cell] &&
      (runnersUp === undefined || runnersUp[kept - 1] === runnersUp[cell]);
    if (isSame) continue;
    starts[kept] = starts[cell]!;
    deciders[kept] = deciders[cell]!;
    if (runnersUp !== undefined) runnersUp[kept] = runnersUp[cell]!;
    kept += 1;
  }
  return {
    starts: starts.slice(0, kept),
    deciders: deciders.slice(0, kept),
    runnersUp: runnersUp?.slice(0, kept),
  };
}

/** More cells than this and the list is refused: about a quarter of a gigabyte, which no written policy comes near. */
export const maxCells = 20_000_000;

export class TooManyCellsError extends Error {
  override readonly name = "TooManyCellsError";
  constructor() {
    super(`the rules cut protocols and ports into more than ${maxCells} pieces; split the policy or merge its ports`);
  }
}

/** Columns met before get the same number, so that "same column" is one comparison of integers. */
export class ColumnTable {
  readonly columns: Column[] = [];
  readonly #numbersByHash = new Map<number, number[]>();
  #cells = 0;

  /** @throws {@link TooManyCellsError} past {@link maxCells} */
  intern(column: Column): number {
    const hash = hashOf(column);
    const candidates = this.#numbersByHash.get(hash) ?? [];
    for (const number of candidates) if (isEqual(this.columns[number]!, column)) return number;
    this.#cells += column.starts.length;
    if (this.#cells > maxCells) throw new TooManyCellsError();
    this.columns.push(column);
    candidates.push(this.columns.length - 1);
    this.#numbersByHash.set(hash, candidates);
    return this.columns.length - 1;
  }
}

function hashOf({ starts, deciders, runnersUp }: Column): number {
  let hash = starts.length;
  for (let cell = 0; cell < starts.length; cell += 1) {
    hash = Math.imul(hash ^ starts[cell]!, 0x9e3779b1) ^ deciders[cell]!;
    if (runnersUp !== undefined) hash = Math.imul(hash, 0x85ebca6b) ^ runnersUp[cell]!;
  }
  return hash;
}

function isEqual(a: Column, b: Column): boolean {
  if (a.starts.length !== b.starts.length) return false;
  for (let cell = 0; cell < a.starts.length; cell += 1) {
    if (a.starts[cell] !== b.starts[cell] || a.deciders[cell] !== b.deciders[cell]) return false;
    if (a.runnersUp?.[cell] !== b.runnersUp?.[cell]) return false;
  }
  return true;
}
