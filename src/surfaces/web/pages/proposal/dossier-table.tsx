import { Button, SearchInput, Toolbar, ToolbarContent, ToolbarItem } from "@patternfly/react-core";
import { type JSX, type ReactNode, useState } from "react";
import { DataTable } from "../../parts/data-table.tsx";
import { countOf, formatWhole } from "../../parts/formats.ts";
import { Nothing } from "../../parts/page-states.tsx";

export interface DossierColumn<T> {
  readonly title: string;
  readonly cell: (row: T) => ReactNode;
}

interface DossierTableProps<T> {
  readonly label: string;
  readonly columns: readonly DossierColumn<T>[];
  readonly rows: readonly T[];
  readonly keyOf: (row: T) => string;
  /** Everything that a person may look for in a row. */
  readonly textOf: (row: T) => string;
  /** One row, for the count: `connection`. */
  readonly noun: string;
  /** Rows that the server kept to itself. */
  readonly leftOut?: number;
  /** Above the table, beside the filter. */
  readonly tools?: ReactNode;
}

const step = 50;

/** Rows of a dossier: all of them are here already, so they are filtered here, and shown fifty at a time. */
export function DossierTable<T>(props: DossierTableProps<T>): JSX.Element {
  const { label, columns, rows, keyOf, textOf, noun, leftOut = 0, tools } = props;
  const [sought, setSought] = useState("");
  const [most, setMost] = useState(step);
  const wanted = sought.trim().toLowerCase();
  const found = wanted === "" ? rows : rows.filter((row) => textOf(row).toLowerCase().includes(wanted));
  return (
    <>
      {(rows.length > 8 || tools !== undefined) && (
        <Toolbar inset={{ default: "insetNone" }}>
          <ToolbarContent>
            {rows.length > 8 && (
              <ToolbarItem>
                <SearchInput
                  aria-label={`Filter ${label.toLowerCase()}`}
                  placeholder="Filter"
                  value={sought}
                  onChange={(_, text) => {
                    setSought(text);
                    setMost(step);
                  }}
                  onClear={() => {
                    setSought("");
                  }}
                />
              </ToolbarItem>
            )}
            {tools}
            <ToolbarItem alignSelf="center" className="postern-count" role="status">
              {countOf(found.length, noun)}
              {leftOut > 0 && `, ${formatWhole(leftOut)} more not listed`}
            </ToolbarItem>
          </ToolbarContent>
        </Toolbar>
      )}
      {found.length === 0 ? (
        <Nothing title={`No ${noun} fits`} headingLevel="h3">
          Clear the filter to see all {formatWhole(rows.length)}.
        </Nothing>
      ) : (
        // Where it is too wide it scrolls, and the keyboard must reach what scrolls.
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
        <div className="postern-table-place" tabIndex={0} role="region" aria-label={`${label}, table`}>
          <DataTable
            label={label}
            columns={columns.map((column) => ({ key: column.title, ...column }))}
            rows={found.slice(0, most)}
            rowKey={keyOf}
          />
        </div>
      )}
      {most < found.length && (
        <Button
          variant="link"
          onClick={() => {
            setMost(most + step);
          }}
        >
          Show {formatWhole(Math.min(step, found.length - most))} more of {formatWhole(found.length)}
        </Button>
      )}
    </>
  );
}
