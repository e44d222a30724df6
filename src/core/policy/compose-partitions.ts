import type { Family } from "../net/ip.ts";
import { type Column, ColumnTable, columnOfCells } from "./column.ts";
import { familyPartition, type FamilyPartition, type Partition } from "./partition.ts";

/**
 * The partition on which some function of several partitions' deciders is constant: all are swept together, and every
 * combination of columns and of deciders is looked at once. O(ranges × partitions) and the cells of each combination.
 * @param decide from the deciders of each partition, in their order, to one number; the array is used again
 */
export function composePartitions(
  partitions: readonly Partition[],
  decide: (deciders: Int32Array) => number,
): Partition {
  const table = new ColumnTable();
  const byColumns = new Map<string, number>();
  const columnOf = (numbers: Uint32Array): number => {
    const key = numbers.join();
    let number = byColumns.get(key);
    if (number === undefined) {
      const columns = partitions.map((each, i) => each.columns[numbers[i]!]!);
      byColumns.set(key, (number = table.intern(composeColumns(columns, decide))));
    }
    return number;
  };
  const family = (of: Family): FamilyPartition =>
    composeFamily(
      of,
      partitions.map((each) => familyPartition(each, of)),
      columnOf,
    );
  const [v4, v6] = [family(4), family(6)];
  return { v4, v6, columns: table.columns };
}

function composeFamily(
  family: Family,
  parts: readonly FamilyPartition[],
  columnOf: (numbers: Uint32Array) => number,
): FamilyPartition {
  const starts: bigint[] = [];
  const columns: number[] = [];
  const at = new Uint32Array(parts.length);
  const numbers = new Uint32Array(parts.length);
  for (let start: bigint | undefined = 0n; start !== undefined;) {
    let next: bigint | undefined;
    for (const [i, part] of parts.entries()) {
      if (part.starts[at[i]! + 1] === start) at[i]! += 1;
      numbers[i] = part.columnOf[at[i]!]!;
      const border = part.starts[at[i]! + 1];
      if (border !== undefined && (next === undefined || border < next)) next = border;
    }
    const column = columnOf(numbers);
    if (columns.at(-1) !== column) {
      starts.push(start);
      columns.push(column);
    }
    start = next;
  }
  return { family, starts, columnOf: Uint32Array.from(columns) };
}

function composeColumns(columns: readonly Column[], decide: (deciders: Int32Array) => number): Column {
  const starts: number[] = [];
  const deciders: number[] = [];
  const at = new Int32Array(columns.length);
  const own = new Int32Array(columns.length);
  for (let start: number | undefined = 0; start !== undefined;) {
    let next: number | undefined;
    for (const [i, column] of columns.entries()) {
      if (column.starts[at[i]! + 1] === start) at[i]! += 1;
      own[i] = column.deciders[at[i]!]!;
      const border = column.starts[at[i]! + 1];
      if (border !== undefined && (next === undefined || border < next)) next = border;
    }
    starts.push(start);
    deciders.push(decide(own));
    start = next;
  }
  return columnOfCells(starts, deciders);
}
