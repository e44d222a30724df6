/**
 * Canonical sets of whole numbers: sorted, disjoint, not touching, inclusive at both ends. Equal sets are structurally
 * equal. Addresses use `bigint`, ports `number`; both go through the same laws here.
 * INVARIANT (canonical): for neighbours a, b of a set: a.first <= a.last and a.last + 1 < b.first.
 */
export interface Interval<T extends number | bigint> {
  readonly first: T;
  readonly last: T;
}

export type IntervalSet<T extends number | bigint> = readonly Interval<T>[];

function successor<T extends number | bigint>(value: T): T;
function successor(value: number | bigint): number | bigint {
  return typeof value === "bigint" ? value + 1n : value + 1;
}

function predecessor<T extends number | bigint>(value: T): T;
function predecessor(value: number | bigint): number | bigint {
  return typeof value === "bigint" ? value - 1n : value - 1;
}

/** The canonical set of any intervals, in any order, overlapping or not. An interval with first > last is empty. */
export function intervalSet<T extends number | bigint>(intervals: Iterable<Interval<T>>): IntervalSet<T> {
  const sorted = [...intervals].filter(({ first, last }) => first <= last);
  sorted.sort((a, b) => (a.first < b.first ? -1 : a.first > b.first ? 1 : 0));
  const merged: Interval<T>[] = [];
  for (const next of sorted) {
    const open = merged.at(-1);
    if (open === undefined || next.first > successor(open.last)) merged.push({ first: next.first, last: next.last });
    else if (next.last > open.last) merged[merged.length - 1] = { first: open.first, last: next.last };
  }
  return merged;
}

export function union<T extends number | bigint>(a: IntervalSet<T>, b: IntervalSet<T>): IntervalSet<T> {
  if (a.length === 0) return b;
  if (b.length === 0) return a;
  return intervalSet([...a, ...b]);
}

export function intersect<T extends number | bigint>(a: IntervalSet<T>, b: IntervalSet<T>): IntervalSet<T> {
  const both: Interval<T>[] = [];
  for (let i = 0, j = 0; i < a.length && j < b.length;) {
    const x = a[i]!;
    const y = b[j]!;
    const first = x.first > y.first ? x.first : y.first;
    const last = x.last < y.last ? x.last : y.last;
    if (first <= last) both.push({ first, last });
    if (x.last < y.last) i += 1;
    else j += 1;
  }
  return both;
}

export function subtract<T extends number | bigint>(a: IntervalSet<T>, b: IntervalSet<T>): IntervalSet<T> {
  const left: Interval<T>[] = [];
  let j = 0;
  for (const { first, last } of a) {
    let from = first;
    let isUsedUp = false;
    while (j < b.length && b[j]!.last < from) j += 1;
    for (let k = j; k < b.length && b[k]!.first <= last; k += 1) {
      const hole = b[k]!;
      if (hole.first > from) left.push({ first: from, last: predecessor(hole.first) });
      if (hole.last >= last) {
        isUsedUp = true;
        break;
      }
      from = successor(hole.last);
    }
    if (!isUsedUp) left.push({ first: from, last });
  }
  return left;
}

/** Whether `value` is a member. O(log n). */
export function contains<T extends number | bigint>(set: IntervalSet<T>, value: T): boolean {
  let low = 0;
  let high = set.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (set[middle]!.last < value) low = middle + 1;
    else high = middle;
  }
  return low < set.length && set[low]!.first <= value;
}

export function isSubset<T extends number | bigint>(a: IntervalSet<T>, b: IntervalSet<T>): boolean {
  return subtract(a, b).length === 0;
}

export function overlaps<T extends number | bigint>(a: IntervalSet<T>, b: IntervalSet<T>): boolean {
  for (let i = 0, j = 0; i < a.length && j < b.length;) {
    if (a[i]!.last < b[j]!.first) i += 1;
    else if (b[j]!.last < a[i]!.first) j += 1;
    else return true;
  }
  return false;
}

export function equal<T extends number | bigint>(a: IntervalSet<T>, b: IntervalSet<T>): boolean {
  return a.length === b.length && a.every(({ first, last }, i) => first === b[i]!.first && last === b[i]!.last);
}
