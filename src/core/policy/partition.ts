import { type IpSet, ranges } from "../net/ip-set.ts";
import { type Family, familyMax, type IpAddress } from "../net/ip.ts";
import type { L4Set } from "../net/l4.ts";
import { type Column, columnOfRules, ColumnTable, emptyColumn, mergeColumns } from "./column.ts";

/**
 * The canonical partition of one family's addresses: range i spans `starts[i]` up to the next start, and
 * `columns[columnOf[i]]` says which rule decides each protocol and port there.
 * INVARIANT (canonical): starts[0] is 0, starts ascend, neighbouring ranges have different columns.
 */
export interface FamilyPartition {
  readonly family: Family;
  readonly starts: readonly bigint[];
  readonly columnOf: Uint32Array;
}

export interface Partition {
  readonly v4: FamilyPartition;
  readonly v6: FamilyPartition;
  readonly columns: readonly Column[];
}

/** A rule as the partition sees it: where it applies, and its place in the list. */
export interface Region {
  readonly index: number;
  readonly addresses: IpSet;
  readonly l4: L4Set;
}

/**
 * Splits the traffic space by the rule that decides it (lowest index first). Rules are hung into a segment tree over
 * the distinct range borders, so that a rule is looked at in O(log n) places and not in every range it covers; on the
 * way down each node adds only its own rules to its parent's column.
 * @param regions ascending by index
 */
export function partition(regions: readonly Region[], withRunnersUp = false): Partition {
  const table = new ColumnTable();
  const v4 = partitionFamily(4, regions, table, withRunnersUp);
  const v6 = partitionFamily(6, regions, table, withRunnersUp);
  return { v4, v6, columns: table.columns };
}

export function familyPartition(whole: Partition, family: Family): FamilyPartition {
  return family === 4 ? whole.v4 : whole.v6;
}

function partitionFamily(
  family: Family,
  regions: readonly Region[],
  table: ColumnTable,
  withRunnersUp: boolean,
): FamilyPartition {
  const cuts = new Set<bigint>([0n]);
  for (const { addresses } of regions) {
    for (const { first, last } of ranges(addresses, family)) {
      cuts.add(first);
      if (last < familyMax[family]) cuts.add(last + 1n);
    }
  }
  const starts = [...cuts].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  const position = new Map(starts.map((start, i) => [start, i]));
  const tree = new SegmentTree(starts.length);
  for (const region of regions) {
    for (const { first, last } of ranges(region.addresses, family)) {
      const end = last < familyMax[family] ? position.get(last + 1n)! : starts.length;
      tree.insert(position.get(first)!, end, region);
    }
  }
  const keptStarts: bigint[] = [];
  const columnOf: number[] = [];
  tree.walk(emptyColumn(withRunnersUp), withRunnersUp, table, (leaf, column) => {
    if (columnOf.at(-1) === column) return;
    keptStarts.push(starts[leaf]!);
    columnOf.push(column);
  });
  return { family, starts: keptStarts, columnOf: Uint32Array.from(columnOf) };
}

class SegmentTree {
  readonly #leaves: number;
  /** Rules that cover a node's whole span but not its parent's; node 1 is the root, node n has children 2n and 2n+1. */
  readonly #rulesAt = new Map<number, Region[]>();

  constructor(leaves: number) {
    this.#leaves = leaves;
  }

  insert(from: number, to: number, region: Region, node = 1, low = 0, high = this.#leaves): void {
    if (from <= low && high <= to) {
      const here = this.#rulesAt.get(node);
      if (here === undefined) this.#rulesAt.set(node, [region]);
      else here.push(region);
      return;
    }
    const middle = (low + high) >>> 1;
    if (from < middle) this.insert(from, to, region, 2 * node, low, middle);
    if (to > middle) this.insert(from, to, region, 2 * node + 1, middle, high);
  }

  /** Visits the leaves from left to right with the number of each one's column. */
  walk(
    above: Column,
    withRunnersUp: boolean,
    table: ColumnTable,
    visit: (leaf: number, column: number) => void,
    node = 1,
    low = 0,
    high = this.#leaves,
    aboveNumber?: number,
  ): void {
    const own = this.#rulesAt.get(node);
    const column = own === undefined ? above : mergeColumns(above, columnOfRules(own, withRunnersUp));
    // A column inherited unchanged needs no second look at its content.
    let number = own === undefined ? aboveNumber : undefined;
    if (high - low === 1) {
      visit(low, number ?? table.intern(column));
      return;
    }
    number ??= table.intern(column);
    const middle = (low + high) >>> 1;
    this.walk(column, withRunnersUp, table, visit, 2 * node, low, middle, number);
    this.walk(column, withRunnersUp, table, visit, 2 * node + 1, middle, high, number);
  }
}

/** The range that holds the address. O(log ranges). */
export function rangeAt({ starts }: FamilyPartition, value: bigint): number {
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    if (starts[middle]! <= value) low = middle;
    else high = middle - 1;
  }
  return low;
}

export function rangeEnd({ family, starts }: FamilyPartition, range: number): bigint {
  return range + 1 < starts.length ? starts[range + 1]! - 1n : familyMax[family];
}

export function columnAt(whole: Partition, { family, value }: IpAddress): Column {
  const own = familyPartition(whole, family);
  return whole.columns[own.columnOf[rangeAt(own, value)]!]!;
}
