import { Title } from "@patternfly/react-core";
import type { JSX } from "react";
import type { NamespaceDetail } from "../../../../app/wire/namespaces.ts";
import { TimeChart } from "../../charts/time-chart.tsx";
import { formatPower, formatShare } from "../../parts/formats.ts";
import { Nothing } from "../../parts/page-states.tsx";
import { formatDay } from "../../parts/time.tsx";

const dayMs = 86_400_000;

/** Day by day: what was open, how ready it was, and what was denied. */
export function HistoryTab({ history }: { readonly history: NamespaceDetail["history"] }): JSX.Element {
  if (history.length === 0) {
    return <Nothing title="No day has passed yet">Exposure and readiness are written down once a day.</Nothing>;
  }
  const times = history.map((each) => each.dayMs);
  const charts = [
    {
      title: "Exposure",
      series: [{ name: "open, power of two", values: history.map(({ exposure }) => exposure) }],
      format: (value: number) => formatPower(value),
      kind: "lines" as const,
    },
    {
      title: "Readiness for a day",
      series: [{ name: "ready", values: history.map(({ readiness }) => readiness) }],
      format: formatShare,
      kind: "lines" as const,
    },
    {
      title: "Flows denied",
      series: [{ name: "denied", values: history.map(({ denied }) => denied) }],
      kind: "bars" as const,
    },
  ];
  return (
    <div className="postern-history">
      {charts.map(({ title, series, format, kind }) => (
        <section key={title}>
          <Title headingLevel="h2" size="md">
            {title}
          </Title>
          <TimeChart
            label={title}
            kind={kind}
            times={times}
            bucketMs={dayMs}
            height={150}
            formatTime={formatDay}
            series={series}
            {...(format === undefined ? {} : { format })}
          />
        </section>
      ))}
    </div>
  );
}
