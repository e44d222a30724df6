import "./sources.css";
import { type JSX, useCallback, useState } from "react";
import { Link } from "react-router";
import type { SourceRow } from "../../../../app/wire/sources.ts";
import { Sparkline } from "../../charts/sparkline.tsx";
import type { Column } from "../../parts/column.ts";
import { formatCount } from "../../parts/formats.ts";
import { sourcePath, withQuery } from "../../parts/links.ts";
import type { ListFilter } from "../../parts/list-filter.ts";
import { ListSection } from "../../parts/list-page.tsx";
import { PageHeader } from "../../parts/page-header.tsx";
import { Time } from "../../parts/time.tsx";
import { useClusters } from "../../parts/use-clusters.ts";
import { FirstSource } from "./first-source.tsx";
import { SourceState } from "./source-state.tsx";
import { sayLag, sayRate, stateLook, troubleLooks } from "./source-words.ts";

const columns: readonly Column<SourceRow>[] = [
  {
    key: "source",
    title: "Source",
    sort: "source",
    width: 25,
    breaks: true,
    cell: ({ source, cluster, observer, kind, isCoarse }) => (
      <>
        <Link to={sourcePath({ cluster, observer, source })}>
          <bdi>{source}</bdi>
        </Link>
        <div className="postern-under">
          <Link to={withQuery("/namespaces", { cluster })} title={`Namespaces of ${cluster}`}>
            <bdi>{cluster}</bdi>
          </Link>
          {observer !== "" && (
            <>
              {" · "}
              <bdi>{observer}</bdi>
            </>
          )}
        </div>
        <div className="postern-under">{isCoarse ? `${kind}, coarse` : kind}</div>
      </>
    ),
  },
  { key: "state", title: "State", sort: "state", width: 35, breaks: true, cell: (row) => <SourceState row={row} /> },
  {
    key: "minutes",
    title: "Last hour",
    cell: ({ minutes }) => (
      <Sparkline values={minutes.records} missing={minutes.missing} label="Records a minute, last hour" />
    ),
  },
  {
    key: "recordsPerSecond",
    title: "Records / s",
    sort: "recordsPerSecond",
    isNumeric: true,
    cell: ({ recordsPerSecond }) => sayRate(recordsPerSecond, formatCount),
  },
  { key: "lagMs", title: "Lag", sort: "lagMs", isNumeric: true, cell: ({ lagMs }) => sayLag(lagMs) },
  {
    key: "missing",
    title: "Missing",
    sort: "missing",
    isNumeric: true,
    cell: ({ lost, dropped }) => formatCount(lost + dropped),
  },
  {
    key: "lastArrivalMs",
    title: "Last record",
    sort: "lastArrivalMs",
    isNumeric: true,
    cell: ({ lastArrivalMs }) => <Time ms={lastArrivalMs} />,
  },
];

/** Silence is no news that a server could tell: it is asked. */
export const lookAgainMs = 10_000;

export function Component(): JSX.Element {
  // A cluster whose sources never got as far as any traffic is one, too.
  const known = useClusters().map(({ value }) => value);
  const [seen, setSeen] = useState<readonly string[]>([]);
  const onRows = useCallback((rows: readonly SourceRow[]) => {
    setSeen((before) => {
      const all = [...new Set([...before, ...rows.map(({ cluster }) => cluster)])];
      return all.length === before.length ? before : all;
    });
  }, []);
  const filters: readonly ListFilter[] = [
    {
      kind: "choice",
      parameter: "cluster",
      title: "Cluster",
      options: [...new Set([...known, ...seen])].toSorted().map((value) => ({ value, label: value })),
    },
    {
      kind: "choice",
      parameter: "trouble",
      title: "Trouble",
      options: Object.entries(troubleLooks).map(([value, { word }]) => ({ value, label: word })),
    },
    {
      kind: "choice",
      parameter: "state",
      title: "State",
      options: ["running", "starting", "retrying", "silent", "failed", "ended"].map((state) => ({
        value: state,
        label: stateLook(state).word,
      })),
    },
  ];
  return (
    <>
      <PageHeader
        title="Sources"
        description="The worst come first; rates, lag and what is missing are of the last 15 minutes. What is not recorded cannot be learned, and is denied later."
      />
      <ListSection<SourceRow>
        path="sources"
        what="sources"
        columns={columns}
        rowKey={({ cluster, observer, source }) => `${cluster}/${observer}/${source}`}
        filters={filters}
        defaultSort="state"
        everyMs={lookAgainMs}
        onRows={onRows}
        empty={<FirstSource />}
      />
    </>
  );
}
