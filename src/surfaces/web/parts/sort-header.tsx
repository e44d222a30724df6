import { ArrowsAltVIcon } from "@patternfly/react-icons/dist/esm/icons/arrows-alt-v-icon";
import { LongArrowAltDownIcon } from "@patternfly/react-icons/dist/esm/icons/long-arrow-alt-down-icon";
import { LongArrowAltUpIcon } from "@patternfly/react-icons/dist/esm/icons/long-arrow-alt-up-icon";
import { css } from "@patternfly/react-styles";
import type { JSX } from "react";
import { ariaSort, type Column, nextSort, type Sorting } from "./column.ts";
import { tableClass } from "./table-classes.ts";

interface SortHeaderProps<Row> {
  readonly column: Column<Row>;
  readonly sorting: Sorting | undefined;
  readonly index: number;
}

/** A heading of a table, in PatternFly's form, that sorts on the server when pressed. */
export function SortHeader<Row>({ column, sorting, index }: SortHeaderProps<Row>): JSX.Element {
  const field = sorting === undefined ? undefined : column.sort;
  const order = ariaSort(sorting?.by, field);
  const isSorted = order === "ascending" || order === "descending";
  return (
    <th
      scope="col"
      aria-colindex={index + 1}
      aria-sort={order}
      className={css(
        tableClass.th,
        field !== undefined && tableClass.sort,
        isSorted && tableClass.selected,
        column.isNumeric === true && "postern-numeric",
        column.width !== undefined && `pf-m-width-${column.width}`,
      )}
    >
      {field === undefined || sorting === undefined ? (
        column.title
      ) : (
        <button
          type="button"
          className={tableClass.button}
          aria-label={column.title}
          onClick={() => {
            sorting.onSort(nextSort(sorting.by, field, column.isNumeric === true));
          }}
        >
          <span className={tableClass.buttonContent}>
            <span className={tableClass.text}>{column.title}</span>
            <span className={tableClass.sortIndicator}>
              {order === "ascending" && <LongArrowAltUpIcon />}
              {order === "descending" && <LongArrowAltDownIcon />}
              {order === "none" && <ArrowsAltVIcon />}
            </span>
          </span>
        </button>
      )}
    </th>
  );
}
