import { css } from "@patternfly/react-styles";
import type { JSX } from "react";
import type { Column, Sorting } from "./column.ts";
import { SortHeader } from "./sort-header.tsx";
import { tableClass } from "./table-classes.ts";

interface DataTableProps<Row> {
  /** What the table lists, for screen readers. */
  readonly label: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly rowKey: (row: Row) => string;
  readonly sorting?: Sorting;
  /** Of all rows, where this is a page of more; `first` is the number of its first row, from 0. */
  readonly of?: { readonly first: number; readonly total: number };
  /** While the next page is on its way. */
  readonly isStale?: boolean;
  /** Row that the keyboard has chosen. */
  readonly chosen?: string;
}

/** A page of rows. Below PatternFly's `md` each row is a small card whose cells bear their column's title. */
export function DataTable<Row>(props: DataTableProps<Row>): JSX.Element {
  const { label, columns, rows, rowKey, sorting, of, isStale = false, chosen } = props;
  return (
    <table
      className={css(tableClass.table, tableClass.cardsBelowMedium, isStale && "postern-stale")}
      role="grid"
      aria-label={label}
      aria-busy={isStale}
      aria-rowcount={of === undefined ? undefined : of.total + 1}
    >
      <thead className={tableClass.thead}>
        <tr className={tableClass.tr} aria-rowindex={of === undefined ? undefined : 1}>
          {columns.map((column, index) => (
            <SortHeader key={column.key} column={column} sorting={sorting} index={index} />
          ))}
        </tr>
      </thead>
      <tbody className={tableClass.tbody}>
        {rows.map((row, index) => {
          const key = rowKey(row);
          return (
            <tr
              key={key}
              data-row={key}
              className={css(tableClass.tr, chosen === key && "postern-chosen-row")}
              aria-selected={chosen === undefined ? undefined : chosen === key}
              aria-rowindex={of === undefined ? undefined : of.first + index + 2}
            >
              {columns.map((column) => (
                <Cell key={column.key} column={column} row={row} />
              ))}
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

export function Cell<Row>({ column, row }: { readonly column: Column<Row>; readonly row: Row }): JSX.Element {
  return (
    <td
      data-label={column.title}
      className={css(
        tableClass.td,
        column.isNumeric === true && "postern-numeric",
        column.breaks === true && tableClass.breakWord,
      )}
    >
      {column.cell(row)}
    </td>
  );
}
