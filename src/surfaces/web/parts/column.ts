import type { ReactNode } from "react";

/** One column of a table, whatever scrolls or pages it. */
export interface Column<Row> {
  readonly key: string;
  readonly title: string;
  readonly cell: (row: Row) => ReactNode;
  /** Field that the server sorts by. */
  readonly sort?: string;
  /** Numbers stand at the end of their cell. */
  readonly isNumeric?: boolean;
  /** Of the table's width, in percent. */
  readonly width?: 10 | 15 | 20 | 25 | 30 | 35 | 40 | 45 | 50;
  /** Long texts break anywhere instead of widening the table. */
  readonly breaks?: boolean;
}

export interface Sorting {
  /** As in the URL: `flows`, `-flows`; undefined: the server's own order. */
  readonly by: string | undefined;
  readonly onSort: (by: string) => void;
}

/** What a press on a column's heading asks for: numbers and times begin with the largest. */
export function nextSort(by: string | undefined, field: string, isNumeric: boolean): string {
  if (by === field) return `-${field}`;
  if (by === `-${field}`) return field;
  return isNumeric ? `-${field}` : field;
}

export function ariaSort(
  by: string | undefined,
  field: string | undefined,
): "ascending" | "descending" | "none" | undefined {
  if (field === undefined) return undefined;
  if (by === field) return "ascending";
  return by === `-${field}` ? "descending" : "none";
}
