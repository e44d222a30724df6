import { Button, PageSection } from "@patternfly/react-core";
import { type JSX, type ReactNode, useEffect } from "react";
import type { Parameters } from "../api/client.ts";
import { stillShown, useListPage } from "../api/queries.ts";
import type { Column } from "./column.ts";
import { DataTable } from "./data-table.tsx";
import { chipsOf, type ListFilter } from "./list-filter.ts";
import { ListToolbar } from "./list-toolbar.tsx";
import { Nothing, Outdated, ProblemState, Waiting } from "./page-states.tsx";
import { Pager } from "./pager.tsx";
import { useListPlace } from "./use-list-place.ts";
import { useUrlState } from "./use-url-state.ts";

interface ListProps<Row> {
  /** Below `/api/v1/`: `namespaces`. */
  readonly path: string;
  /** What is listed, in the plural: `namespaces`. */
  readonly what: string;
  readonly columns: readonly Column<Row>[];
  readonly rowKey: (row: Row) => string;
  readonly filters?: readonly ListFilter[];
  /** The server's order while the URL has none, to show it: `-updatedAtMs`. */
  readonly defaultSort?: string;
  /** Sent with every question, besides what the URL has. */
  readonly always?: Parameters;
  /** Asked again that often, for what changes without any news. */
  readonly everyMs?: number;
  readonly isSearchable?: boolean;
  readonly actions?: ReactNode;
  /** Shown when nothing is there at all; filters that leave nothing have their own words. */
  readonly empty: ReactNode;
  readonly chosen?: string;
  /** Hears of each page, for pages that go through rows with the keyboard; must be stable. */
  readonly onRows?: (rows: readonly Row[]) => void;
}

/** A list that filters, sorts and pages on the server and keeps its state in the URL. */
export function List<Row>(props: ListProps<Row>): JSX.Element {
  const { path, what, columns, rowKey, filters = [], defaultSort, always = {}, isSearchable = true } = props;
  const state = useUrlState();
  const place = useListPlace(state);
  const sort = state.one("sort");
  const q = state.one("q");
  const asked = Object.fromEntries(filters.map(({ parameter }) => [parameter, state.all(parameter)]));
  const answer = useListPage<Row>(
    path,
    { ...asked, ...always, q, sort, limit: place.limit, cursor: place.cursor },
    props.everyMs,
  );
  const { error, dataUpdatedAt, isPlaceholderData, refetch } = answer;
  const data = stillShown(answer);
  const { onRows } = props;
  useEffect(() => {
    if (data !== undefined) onRows?.(data.items);
  }, [data, onRows]);
  const isFiltered = q !== undefined || chipsOf(filters, state.all).length > 0;
  const forget = (): void => {
    state.change({ q: undefined, ...Object.fromEntries(filters.map(({ parameter }) => [parameter, undefined])) });
  };
  return (
    <div className="postern-list">
      <ListToolbar
        state={state}
        filters={filters}
        {...(isSearchable ? { search: what } : {})}
        actions={props.actions}
        pager={<Pager place={place} page={data} isStale={isPlaceholderData} />}
      />
      {data === undefined && error === null && <Waiting lines={10} label={`Loading ${what}`} />}
      {data !== undefined && <Outdated error={error} sinceMs={dataUpdatedAt} onRetry={() => void refetch()} />}
      {error !== null && data === undefined && (
        <ProblemState
          error={error}
          onRetry={() => {
            if (place.cursor !== undefined) state.change({});
            void refetch();
          }}
        />
      )}
      {data?.items.length === 0 && (isFiltered || place.page > 1) && (
        <Nothing
          title={`No ${what} here`}
          actions={
            <Button variant="link" onClick={forget}>
              Clear all filters
            </Button>
          }
        >
          Nothing is left by these filters; take one away or search for less.
        </Nothing>
      )}
      {data?.items.length === 0 && !isFiltered && place.page === 1 && props.empty}
      {data !== undefined && data.items.length > 0 && (
        <div className="postern-table-place">
          <DataTable
            label={what}
            columns={columns}
            rows={data.items}
            rowKey={rowKey}
            isStale={isPlaceholderData}
            of={{ first: (place.page - 1) * place.limit, total: data.isTotalExact ? data.total : -2 }}
            sorting={{
              by: sort ?? defaultSort,
              onSort: (by) => {
                state.change({ sort: by });
              },
            }}
            {...(props.chosen === undefined ? {} : { chosen: props.chosen })}
          />
        </div>
      )}
    </div>
  );
}

/** The section of a page that a list fills. */
export function ListSection<Row>(props: ListProps<Row>): JSX.Element {
  return (
    <PageSection hasBodyWrapper={false} isFilled aria-label={props.what}>
      <List {...props} />
    </PageSection>
  );
}
