import { Skeleton } from "@patternfly/react-core";
import { css } from "@patternfly/react-styles";
import { useVirtualizer } from "@tanstack/react-virtual";
import { type JSX, useEffect, useRef } from "react";
import type { SparseList } from "../api/sparse-list.ts";
import type { Column, Sorting } from "./column.ts";
import { Cell } from "./data-table.tsx";
import { SortHeader } from "./sort-header.tsx";
import { tableClass } from "./table-classes.ts";

/** Browsers lay out no more than about 30 million pixels; who needs the millionth row filters. */
const mostRows = 200_000;
const rowHeight = 38;

interface EndlessTableProps<Row> {
  readonly label: string;
  readonly columns: readonly Column<Row>[];
  readonly list: SparseList<Row>;
  /** What is asked: another question is shown from its beginning. */
  readonly question: string;
  readonly sorting: Sorting;
}

/**
 * A table that scrolls through all rows of a list: only those in sight are in the document, and only their pages are fetched. Every row
 * is one line high, so that the scroll bar tells the truth.
 */
export function EndlessTable<Row>({ label, columns, list, question, sorting }: EndlessTableProps<Row>): JSX.Element {
  const scroller = useRef<HTMLDivElement>(null);
  const { total, isTotalExact, row: rowAt, look, isFetching } = list;
  const virtual = useVirtualizer({
    count: Math.min(mostRows, total),
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: 12,
  });
  const items = virtual.getVirtualItems();
  const firstInSight = items[0]?.index ?? 0;
  const lastInSight = items.at(-1)?.index ?? 0;
  useEffect(() => {
    look(firstInSight, lastInSight);
  }, [look, firstInSight, lastInSight]);
  useEffect(() => {
    scroller.current?.scrollTo({ top: 0 });
  }, [question]);

  const above = items[0]?.start ?? 0;
  const below = virtual.getTotalSize() - (items.at(-1)?.end ?? 0);
  return (
    // Scrolled with the keyboard, so it takes the focus.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <div ref={scroller} className="postern-endless" role="region" aria-label={`${label}, scrolls`} tabIndex={0}>
      <table
        className={css(tableClass.table, "postern-endless__table")}
        role="grid"
        aria-label={label}
        aria-rowcount={isTotalExact ? total + 1 : -1}
        aria-busy={isFetching}
      >
        <thead className={tableClass.thead}>
          <tr className={tableClass.tr} aria-rowindex={1}>
            {columns.map((column, index) => (
              <SortHeader key={column.key} column={column} sorting={sorting} index={index} />
            ))}
          </tr>
        </thead>
        <tbody className={tableClass.tbody}>
          {above > 0 && <Gap height={above} columns={columns.length} />}
          {items.map(({ index }) => {
            const row = rowAt(index);
            return (
              <tr key={index} className={tableClass.tr} aria-rowindex={index + 2}>
                {row === undefined ? (
                  <td className={tableClass.td} colSpan={columns.length}>
                    <Skeleton screenreaderText="Loading" />
                  </td>
                ) : (
                  columns.map((column) => <Cell key={column.key} column={column} row={row} />)
                )}
              </tr>
            );
          })}
          {below > 0 && <Gap height={below} columns={columns.length} />}
        </tbody>
      </table>
    </div>
  );
}

/** The rows that are out of sight, as one. */
function Gap({ height, columns }: { readonly height: number; readonly columns: number }): JSX.Element {
  return (
    <tr aria-hidden="true" className="postern-endless__gap">
      <td colSpan={columns} style={{ height }} aria-label="More rows" />
    </tr>
  );
}
