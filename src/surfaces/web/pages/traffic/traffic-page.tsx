import "./traffic.css";
import { Button, FormSelect, FormSelectOption, PageSection } from "@patternfly/react-core";
import { css } from "@patternfly/react-styles";
import { type JSX, useCallback, useEffect, useMemo, useState } from "react";
import { Link } from "react-router";
import type { ServerEvent } from "../../../../app/wire/events.ts";
import type { Timeline, TrafficRow } from "../../../../app/wire/traffic.ts";
import type { Parameters } from "../../api/client.ts";
import { useServerEvent } from "../../api/live.ts";
import { queryClient, stillShown, useAnswer } from "../../api/queries.ts";
import { type SparseList, useSparseList } from "../../api/sparse-list.ts";
import { TimeChart } from "../../charts/time-chart.tsx";
import { EndlessTable } from "../../parts/endless-table.tsx";
import { formatWhole } from "../../parts/formats.ts";
import { PageHeader } from "../../parts/page-header.tsx";
import { Nothing, Outdated, ProblemState, Waiting } from "../../parts/page-states.tsx";
import { useNow } from "../../parts/time.tsx";
import { type UrlState, useUrlState } from "../../parts/use-url-state.ts";
import { dimensions, isDimension, tellingApart, valueOf } from "./dimensions.ts";
import { followed, presentMinute, readWindow, type TimeWindow } from "./time-window.ts";
import { trafficColumns } from "./traffic-columns.tsx";
import { TrafficToolbar } from "./traffic-toolbar.tsx";
import { WindowChoice } from "./window-choice.tsx";

export function Component(): JSX.Element {
  const state = useUrlState();
  const [asOfMs, setAsOf] = useState(() => presentMinute(Date.now()));
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
        if (type === "traffic" && isAtBeginning) setAsOf((before) => Math.max(before, presentMinute(Date.now())));
      },
      [isAtBeginning],
    ),
  );
  // Where nothing arrives any more nothing is told either, and the last hour would stay that of Friday.
  const nowMs = useNow();
  const endMs = isAtBeginning ? followed(window, nowMs) : window.toMs;
  useEffect(() => {
    if (document.visibilityState === "visible") setAsOf((before) => Math.max(before, endMs));
  }, [endMs]);
  const columns = useMemo(
    () =>
      trafficColumns(by, {
        narrow: (dimension, value) => {
          state.change({ [dimension]: value, by: by.filter((each) => each !== dimension) }, { push: true });
        },
        open: (row) => {
          const values = tellingApart(by).map((dimension) => [dimension, valueOf(row, dimension)] as const);
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
  const askAnew = (): void => {
    setAsOf(presentMinute(Date.now()));
    // Chart and rows alike.
    void queryClient.invalidateQueries({ queryKey: ["traffic"] });
  };
  const isFiltered = state.one("q") !== undefined || dimensions.some(({ value }) => state.all(value).length > 0);
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
        {list.outdated !== undefined && <Outdated {...list.outdated} onRetry={askAnew} />}
        <OverTime state={state} window={window} asked={asked} onRefresh={askAnew} />
        <Rows list={list} onForget={isFiltered ? forget : undefined}>
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
  /** Undefined: there are no filters. */
  readonly onForget: (() => void) | undefined;
  readonly children: JSX.Element;
}

function Rows({ list, onForget, children }: RowsProps): JSX.Element {
  const { total, isTotalExact, isPending, error, rowsError, refetch } = list;
  if (error !== null) return <ProblemState error={error} onRetry={refetch} />;
  if (isPending) return <Waiting lines={10} />;
  if (total === 0 && onForget === undefined) {
    return (
      <Nothing title="No traffic here" actions={<Link to="/sources">See the sources</Link>}>
        Nothing was recorded in this window; choose a longer one, or see whether the sources bring anything.
      </Nothing>
    );
  }
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
  const answer = useAnswer<Timeline>(
    "traffic/timeline",
    { ...asked, by: split === "none" ? undefined : split },
    { keeps: true },
  );
  const { error, isPlaceholderData } = answer;
  const data = stillShown(answer);
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
      {error !== null && (
        <p className="postern-calm">
          The chart could not be {data === undefined ? "loaded" : "asked for again"}: {error.message}
        </p>
      )}
      {error === null && data === undefined && <Waiting lines={4} />}
      {data !== undefined && (
        <div className={css(isPlaceholderData && "postern-stale")} aria-busy={isPlaceholderData}>
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
        </div>
      )}
    </div>
  );
}
