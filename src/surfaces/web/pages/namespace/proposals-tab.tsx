import type { JSX } from "react";
import { Link } from "react-router";
import type { NamespaceDetail } from "../../../../app/wire/namespaces.ts";
import type { ProposalSummary } from "../../../../app/wire/proposals.ts";
import type { Column } from "../../parts/column.ts";
import { DataTable } from "../../parts/data-table.tsx";
import { proposalPath, withQuery } from "../../parts/links.ts";
import { Nothing } from "../../parts/page-states.tsx";
import { Readiness } from "../../parts/readiness.tsx";
import { ProposalState, Risk } from "../../parts/state-labels.tsx";
import { Time } from "../../parts/time.tsx";

const columns: readonly Column<ProposalSummary>[] = [
  {
    key: "title",
    title: "Proposal",
    width: 40,
    breaks: true,
    cell: ({ id, number, title }) => (
      <Link to={proposalPath(id)}>
        #{number} {title}
      </Link>
    ),
  },
  { key: "state", title: "State", cell: ({ state }) => <ProposalState state={state} /> },
  { key: "risk", title: "Risk", cell: ({ risk }) => <Risk level={risk} /> },
  {
    key: "readiness",
    title: "Readiness",
    isNumeric: true,
    cell: ({ readinessDay }) => <Readiness day={readinessDay} />,
  },
  { key: "author", title: "Author", cell: ({ author }) => author.name },
  { key: "updatedAtMs", title: "Changed", isNumeric: true, cell: ({ updatedAtMs }) => <Time ms={updatedAtMs} /> },
];

/** The latest proposals; all of them are in the queue, filtered by this namespace. */
export function ProposalsTab({ detail }: { readonly detail: NamespaceDetail }): JSX.Element {
  const { proposals, cluster, namespace } = detail;
  if (proposals.length === 0) {
    return (
      <Nothing
        title="Nothing was proposed yet"
        actions={<Link to={withQuery("/proposals/new", { cluster, namespace })}>Propose from its traffic</Link>}
      >
        A proposal shows the smallest policy that what was recorded needs.
      </Nothing>
    );
  }
  return (
    <div className="postern-list">
      <div className="postern-table-place">
        <DataTable label="Proposals" columns={columns} rows={proposals} rowKey={({ id }) => id} />
      </div>
      <p>
        <Link to={withQuery("/proposals", { cluster, namespace })}>All of this namespace, to filter and sort</Link>
      </p>
    </div>
  );
}
