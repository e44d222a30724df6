import { Button } from "@patternfly/react-core";
import type { JSX } from "react";
import type { TrafficRow } from "../../../../app/wire/traffic.ts";
import type { Column } from "../../parts/column.ts";
import { formatBytes, formatCount } from "../../parts/formats.ts";
import { Verdict } from "../../parts/state-labels.tsx";
import { Time } from "../../parts/time.tsx";
import { type Dimension, dimensions, labelOf, tellingApart, valueOf } from "./dimensions.ts";

interface Ways {
  /** Only this value from now on. */
  readonly narrow: (dimension: Dimension, value: string) => void;
  /** The connections behind a group. */
  readonly open: (row: TrafficRow) => void;
}

/** @param by none: each edge is a row, with all of its dimensions */
export function trafficColumns(by: readonly Dimension[], ways: Ways): readonly Column<TrafficRow>[] {
  const shown = by.length > 0 ? tellingApart(by) : dimensions.map(({ value }) => value);
  return [
    ...shown.map((dimension): Column<TrafficRow> => ({
      key: dimension,
      title: labelOf(dimension),
      sort: dimension,
      isNumeric: dimension === "port",
      cell: (row) => <Value row={row} dimension={dimension} narrow={ways.narrow} />,
    })),
    {
      key: "flows",
      title: "Flows",
      sort: "flows",
      isNumeric: true,
      cell: (row) =>
        by.length === 0 ? (
          formatCount(row.flows)
        ) : (
          <Button
            variant="link"
            isInline
            onClick={() => {
              ways.open(row);
            }}
          >
            {formatCount(row.flows)}
            <span className="pf-v6-screen-reader"> flows, show the connections</span>
          </Button>
        ),
    },
    { key: "bytes", title: "Bytes", sort: "bytes", isNumeric: true, cell: ({ bytes }) => formatBytes(bytes) },
    ...(by.length === 0
      ? []
      : [
          {
            key: "destinations",
            title: "Destinations",
            sort: "destinations",
            isNumeric: true,
            cell: ({ destinations }: TrafficRow) => formatCount(destinations),
          },
        ]),
    {
      key: "lastSeenMs",
      title: "Last seen",
      sort: "lastSeenMs",
      isNumeric: true,
      cell: (row) => <Time ms={row.lastSeenMs} />,
    },
    {
      key: "firstSeenMs",
      title: "First seen",
      sort: "firstSeenMs",
      isNumeric: true,
      cell: (row) => <Time ms={row.firstSeenMs} />,
    },
  ];
}

interface ValueProps {
  readonly row: TrafficRow;
  readonly dimension: Dimension;
  readonly narrow: Ways["narrow"];
}

function Value({ row, dimension, narrow }: ValueProps): JSX.Element {
  const value = valueOf(row, dimension);
  if (value === undefined) return <span className="postern-under">none</span>;
  const more = dimension === "name" ? (row.names?.length ?? 1) - 1 : 0;
  return (
    <>
      <Button
        variant="link"
        isInline
        title={dimension === "name" ? row.names?.join(", ") : `Only ${value}`}
        onClick={() => {
          narrow(dimension, value);
        }}
      >
        {dimension === "verdict" ? <Verdict verdict={value} /> : value}
      </Button>
      {more > 0 && ` + ${more}`}
    </>
  );
}
