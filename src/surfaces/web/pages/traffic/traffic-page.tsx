import "./traffic.css";
import { Button, FormSelect, FormSelectOption, PageSection } from "@patternfly/react-core";
import { type JSX, useCallback, useMemo, useState } from "react";
import type { ServerEvent } from "../../../../app/wire/events.ts";
import type { Timeline, TrafficRow } from "../../../../app/wire/traffic.ts";
import type { Parameters } from "../../api/client.ts";
import { useServerEvent } from "../../api/live.ts";
import { useAnswer } from "../../api/queries.ts";
import { type SparseList, useSparseList } from "../../api/sparse-list.ts";
import { TimeChart } from "../../charts/time-chart.tsx";
import { EndlessTable } from "../../parts/endless-table.tsx";
import { formatWhole } from "../../parts/formats.ts";
import { PageHeader } from "../../parts/page-header.tsx";
import { Nothing, ProblemState, Waiting } from "../../parts/page-states.tsx";
import { type UrlState, useUrlState } from "../../parts/use-url-state.ts";
import { dimensions, isDimension, valueOf } from "./dimensions.ts";
import { readWindow, type TimeWindow } from "./time-window.ts";
import { trafficColumns } from "./traffic-columns.tsx";
import { TrafficToolbar } from "./traffic-toolbar.tsx";
import { WindowChoice } from "./window-choice.tsx";

export function Component(): JSX.Element {
  const state = useUrlState();
  // Whole minutes, so that a window that follows the present is the same question for a while.
  const [asOfMs, setAsOf] = useState(() => Math.ceil(Date.now() / 60_000) * 60_000);
  const window = readWindow(state.one, asOfMs);
  const filtered: Parameters = {
    ...Object.fromEntries(dimensions.map(({ value }) => [value, state.all(value)])),
    q: state.one("q"),
  };
  const asked: Parameters = { ...filtered, fromMs: window.fromMs, toMs: window.toMs };
  const by = state.all("by").filter((each) => isDimension(each));
  const list = useSparseList<TrafficRow>("traffic", { ...asked, by, sort: state.one("sort") });
  // A window that follows the present moves with it, unless somebody is somewhere in the middle of the list.
  const isAtBeginning = list.page === 0;
  useServerEvent(
    useCallback(
      ({ type }: ServerEvent) => {
        if (type === "traffic" && isAtBeginning)
          setAsOf((before) => Math.max(before, Math.ceil(Date.now() / 60_000) * 60_000));
      },
      [isAtBeginning],
    ),
  );
  const columns = useMemo(
    () =>
      trafficColumns(by, {
        narrow: (dimension, value) => {
          state.change({ [dimension]: value, by: by.filter((each) => each !== dimension) }, { push: true });
        },
        open: (row) => {
          const values = by.map((dimension) => [dimension, valueOf(row, dimension)] as const);
          state.change(
            { ...Object.fromEntries(values.filter(([, value]) => value !== undefined)), by: [], sort: undefined },
            { push: true },
          );
        },
      }),
    // `by` is a new list each time, of the same words.
    // oxlint-disable-next-line react/exhaustive-deps
    [by.join(), state],
  );
  const forget = (): void => {
    state.change({ q: undefined, ...Object.fromEntries(dimensions.map(({ value }) => [value, undefined])) });
  };
  return (
    <>
      <PageHeader
        title="Traffic"
        description="Every connection that was recorded: narrow it down, group it, and see when it was."
      />
      <PageSection hasBodyWrapper={false} isFilled aria-label="Traffic">
        <TrafficToolbar state={state} />
        <OverTime
          state={state}
          window={window}
          asked={asked}
          onRefresh={() => {
            setAsOf(Math.ceil(Date.now() / 60_000) * 60_000);
            list.refetch();
          }}
        />
        <Rows list={list} onForget={forget}>
          <EndlessTable
            label={by.length === 0 ? "Connections" : "Groups of connections"}
            columns={columns}
            list={list}
            question={JSON.stringify([filtered, window.value ?? window, by, state.one("sort")])}
            sorting={{
              by: state.one("sort") ?? "-flows",
              onSort: (sort) => {
                state.change({ sort });
              },
            }}
          />
        </Rows>
      </PageSection>
    </>
  );
}

interface RowsProps {
  readonly list: SparseList<TrafficRow>;
  readonly onForget: () => void;
  readonly children: JSX.Element;
}

function Rows({ list, onForget, children }: RowsProps): JSX.Element {
  const { total, isTotalExact, isPending, error, rowsError, refetch } = list;
  if (error !== null) return <ProblemState error={error} onRetry={refetch} />;
  if (isPending) return <Waiting lines={10} />;
  if (total === 0) {
    return (
      <Nothing
        title="No traffic here"
        actions={
          <Button variant="link" onClick={onForget}>
            Clear all filters
          </Button>
        }
      >
        Nothing was recorded in this window with these filters; choose a longer window, or take a filter away.
      </Nothing>
    );
  }
  return (
    <div>
      <p className="postern-traffic__count" role="status">
        {isTotalExact ? "" : "more than "}
        {formatWhole(total)} {total === 1 ? "row" : "rows"}
        {rowsError !== null && (
          <>
            ; some of them could not be loaded: {rowsError.message}{" "}
            <Button variant="link" isInline onClick={refetch}>
              Try again
            </Button>
          </>
        )}
      </p>
      {children}
    </div>
  );
}

interface OverTimeProps {
  readonly state: UrlState;
  readonly window: TimeWindow;
  readonly asked: Parameters;
  readonly onRefresh: () => void;
}

/** Of the chart: denied is red in every split by verdict. */
const verdictLooks: Readonly<Record<string, number>> = { allowed: 0, denied: 5, unanswered: 1, seen: 6 };

/** Flows over time; a part that is marked becomes the window. */
function OverTime({ state, window, asked, onRefresh }: OverTimeProps): JSX.Element {
  const split = state.one("split") ?? "verdict";
  const { data, error } = useAnswer<Timeline>("traffic/timeline", {
    ...asked,
    by: split === "none" ? undefined : split,
  });
  return (
    <div className="postern-traffic__time">
      <div className="postern-traffic__split">
        <FormSelect
          aria-label="Split the chart by"
          value={split}
          onChange={(_, value) => {
            state.change({ split: value === "verdict" ? undefined : value });
          }}
        >
          <FormSelectOption value="none" label="All flows" />
          {dimensions.map(({ value, label }) => (
            <FormSelectOption key={value} value={value} label={`By ${label.toLowerCase()}`} />
          ))}
        </FormSelect>
        {window.value === undefined && (
          <Button
            variant="link"
            isInline
            onClick={() => {
              state.change({ fromMs: undefined, toMs: undefined }, { push: true });
            }}
          >
            Back to the whole window
          </Button>
        )}
        <WindowChoice state={state} window={window} onRefresh={onRefresh} />
      </div>
      {error !== null && <p className="postern-calm">The chart could not be loaded: {error.message}</p>}
      {error === null && data === undefined && <Waiting lines={4} />}
      {data !== undefined && (
        <TimeChart
          label="Flows over time"
          kind="bars"
          times={data.times}
          bucketMs={data.bucketMs}
          height={150}
          series={data.series.map(({ key, flows }) => ({
            name: key === "" ? "none" : key,
            values: flows,
            ...(split === "verdict" ? { look: verdictLooks[key] } : {}),
          }))}
          onMark={(fromMs, toMs) => {
            state.change({ fromMs, toMs }, { push: true });
          }}
        />
      )}
    </div>
  );
}
