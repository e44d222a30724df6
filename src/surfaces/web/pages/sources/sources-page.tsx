import { Label } from "@patternfly/react-core";
import type { JSX } from "react";
import type { SourceRow } from "../../../../app/wire/sources.ts";
import { Sparkline } from "../../charts/sparkline.tsx";
import type { Column } from "../../parts/column.ts";
import { formatCount } from "../../parts/formats.ts";
import { trafficPath } from "../../parts/links.ts";
import type { ListFilter } from "../../parts/list-filter.ts";
import { ListSection } from "../../parts/list-page.tsx";
import { NumberLink } from "../../parts/number-link.tsx";
import { PageHeader } from "../../parts/page-header.tsx";
import { Nothing } from "../../parts/page-states.tsx";
import { Time } from "../../parts/time.tsx";
import { useClusters } from "../../parts/use-clusters.ts";
import { sayLag, stateLook } from "./source-words.ts";

const columns: readonly Column<SourceRow>[] = [
  {
    key: "source",
    title: "Source",
    sort: "source",
    width: 20,
    breaks: true,
    cell: ({ source, cluster, observer }) => (
      <>
        {source}
        <div className="postern-under">{observer === "" ? cluster : `${cluster} · ${observer}`}</div>
      </>
    ),
  },
  { key: "kind", title: "Kind", sort: "kind", cell: ({ kind }) => kind },
  {
    key: "state",
    title: "State",
    sort: "state",
    width: 20,
    breaks: true,
    cell: ({ state, message }) => {
      const { word, status } = stateLook(state);
      return (
        <>
          <Label isCompact variant="outline" {...(status === undefined ? {} : { status })}>
            {word}
          </Label>
          {message !== "" && <div className="postern-under">{message}</div>}
        </>
      );
    },
  },
  {
    key: "minutes",
    title: "Last hour",
    cell: ({ minutes }) => <Sparkline values={minutes} label="Records a minute" />,
  },
  {
    key: "recordsPerSecond",
    title: "Records / s",
    sort: "recordsPerSecond",
    isNumeric: true,
    cell: ({ recordsPerSecond, cluster, source }) => (
      <NumberLink
        value={recordsPerSecond}
        to={trafficPath({ cluster, window: "1h" })}
        of={`records a second of ${source}`}
      >
        {recordsPerSecond < 10 ? recordsPerSecond.toFixed(1) : formatCount(Math.round(recordsPerSecond))}
      </NumberLink>
    ),
  },
  { key: "lagMs", title: "Lag", sort: "lagMs", isNumeric: true, cell: ({ lagMs }) => sayLag(lagMs) },
  { key: "lost", title: "Lost", sort: "lost", isNumeric: true, cell: ({ lost }) => formatCount(lost) },
  { key: "malformed", title: "Malformed", isNumeric: true, cell: ({ malformed }) => formatCount(malformed) },
  { key: "dropped", title: "Dropped", isNumeric: true, cell: ({ dropped }) => formatCount(dropped) },
  {
    key: "lastArrivalMs",
    title: "Last record",
    sort: "lastArrivalMs",
    isNumeric: true,
    cell: ({ lastArrivalMs }) => <Time ms={lastArrivalMs} />,
  },
];

export function Component(): JSX.Element {
  const filters: readonly ListFilter[] = [
    { kind: "choice", parameter: "cluster", title: "Cluster", options: useClusters() },
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
        description="What is not recorded cannot be learned: a source that stands still makes readiness fall, and what it would have seen is denied later."
      />
      <ListSection<SourceRow>
        path="sources"
        what="sources"
        columns={columns}
        rowKey={({ cluster, observer, source }) => `${cluster}/${observer}/${source}`}
        filters={filters}
        defaultSort="cluster"
        empty={
          <Nothing title="No source is connected">
            Start the server with <code>--sources</code>, or run <code>postern observe</code> in a cluster and let it
            send here.
          </Nothing>
        }
      />
    </>
  );
}
