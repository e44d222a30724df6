import type { JSX } from "react";
import { Link } from "react-router";
import type { NamespaceSummary } from "../../../../app/wire/namespaces.ts";
import type { Column } from "../../parts/column.ts";
import { Exposure } from "../../parts/exposure.tsx";
import { namespacePath, trafficPath, withQuery } from "../../parts/links.ts";
import type { ListFilter } from "../../parts/list-filter.ts";
import { ListSection } from "../../parts/list-page.tsx";
import { NumberLink } from "../../parts/number-link.tsx";
import { PageHeader } from "../../parts/page-header.tsx";
import { Nothing } from "../../parts/page-states.tsx";
import { Readiness } from "../../parts/readiness.tsx";
import { Coverage, Phase } from "../../parts/state-labels.tsx";
import { Time } from "../../parts/time.tsx";
import { useClusters } from "../../parts/use-clusters.ts";

const columns: readonly Column<NamespaceSummary>[] = [
  {
    key: "namespace",
    title: "Namespace",
    sort: "namespace",
    width: 20,
    breaks: true,
    cell: (row) => (
      <>
        <Link to={namespacePath(row)}>{row.namespace}</Link>
        <div className="postern-under">{row.cluster}</div>
      </>
    ),
  },
  { key: "coverage", title: "Coverage", cell: ({ coverage }) => <Coverage coverage={coverage} /> },
  { key: "phase", title: "Phase", cell: ({ phase }) => <Phase phase={phase} /> },
  {
    key: "readiness",
    title: "Readiness",
    sort: "readiness",
    isNumeric: true,
    cell: ({ readinessDay }) => <Readiness day={readinessDay} />,
  },
  {
    key: "exposure",
    title: "Exposure",
    sort: "exposure",
    isNumeric: true,
    cell: ({ exposure }) => <Exposure exposure={exposure} />,
  },
  {
    key: "flows",
    title: "Flows, 7 days",
    sort: "flows",
    isNumeric: true,
    cell: ({ cluster, namespace, flows }) => (
      <NumberLink
        value={flows}
        to={trafficPath({ cluster, namespace, window: "7d" })}
        of={`flows of ${namespace} in seven days`}
      />
    ),
  },
  {
    key: "destinations",
    title: "Destinations",
    sort: "destinations",
    isNumeric: true,
    cell: ({ cluster, namespace, destinations }) => (
      <NumberLink
        value={destinations}
        to={trafficPath({ cluster, namespace, window: "7d", by: ["address", "port", "protocol"] })}
        of={`destinations of ${namespace}`}
      />
    ),
  },
  {
    key: "findings",
    title: "Findings",
    sort: "findings",
    isNumeric: true,
    cell: (row) => (
      <NumberLink value={row.findings} to={namespacePath(row, "findings")} of={`findings of ${row.namespace}`} />
    ),
  },
  {
    key: "openProposals",
    title: "Proposals",
    isNumeric: true,
    cell: ({ cluster, namespace, openProposals }) => (
      <NumberLink
        value={openProposals}
        to={withQuery("/proposals", { cluster, namespace })}
        of={`open proposals of ${namespace}`}
      />
    ),
  },
  {
    key: "lastSeenMs",
    title: "Last flow",
    sort: "lastSeenMs",
    isNumeric: true,
    cell: (row) => <Time ms={row.lastSeenMs} />,
  },
];

export function Component(): JSX.Element {
  const clusters = useClusters();
  const filters: readonly ListFilter[] = [
    {
      kind: "choice",
      parameter: "coverage",
      title: "Coverage",
      options: [
        { value: "enforced", label: "Enforced" },
        { value: "partial", label: "Partly open" },
        { value: "none", label: "Open" },
        { value: "unknown", label: "Not known" },
      ],
    },
    {
      kind: "choice",
      parameter: "phase",
      title: "Phase",
      options: [
        { value: "observe", label: "Observe" },
        { value: "review", label: "Review" },
        { value: "automate", label: "Automate" },
      ],
    },
    { kind: "choice", parameter: "cluster", title: "Cluster", options: clusters },
  ];
  return (
    <>
      <PageHeader
        title="Namespaces"
        description="Who sends what out of the clusters, what their policies leave open, and how safe it is to close it."
      />
      <ListSection<NamespaceSummary>
        path="namespaces"
        what="namespaces"
        columns={columns}
        rowKey={(row) => `${row.cluster}/${row.namespace}`}
        filters={filters}
        defaultSort="namespace"
        empty={
          <Nothing title="No namespace has been seen yet" actions={<Link to="/sources">See the sources</Link>}>
            Namespaces appear with their first flow. Check that a source is running and that you may see its cluster.
          </Nothing>
        }
      />
    </>
  );
}
