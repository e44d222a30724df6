import type { JSX, ReactNode } from "react";
import type { NamespaceDetail } from "../../../../app/wire/namespaces.ts";
import { Exposure } from "../../parts/exposure.tsx";
import { trafficPath } from "../../parts/links.ts";
import { NumberLink } from "../../parts/number-link.tsx";
import { Readiness } from "../../parts/readiness.tsx";
import { Time } from "../../parts/time.tsx";

/** What matters of a namespace, in one line. */
export function NamespaceFigures({ detail }: { readonly detail: NamespaceDetail }): JSX.Element {
  const { cluster, namespace } = detail;
  const week = { cluster, namespace, window: "7d" };
  const figures: readonly { readonly title: string; readonly value: ReactNode }[] = [
    { title: "Readiness", value: <Readiness day={detail.readinessDay} /> },
    { title: "Exposure", value: <Exposure exposure={detail.exposure} /> },
    {
      title: "Flows, 7 days",
      value: <NumberLink value={detail.flows} to={trafficPath(week)} of="flows in seven days" />,
    },
    {
      title: "Destinations",
      value: (
        <NumberLink
          value={detail.destinations}
          to={trafficPath({ ...week, by: ["address", "port"] })}
          of="destinations"
        />
      ),
    },
    {
      title: "Workloads",
      value: <NumberLink value={detail.workloads} to={trafficPath({ ...week, by: ["workload"] })} of="workloads" />,
    },
    { title: "Last flow", value: <Time ms={detail.lastSeenMs} /> },
    { title: "Learned", value: <Time ms={detail.learnedAtMs} /> },
  ];
  return (
    <dl className="postern-facts">
      {figures.map(({ title, value }) => (
        <div key={title}>
          <dt>{title}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
