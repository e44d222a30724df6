import type { JSX } from "react";
import { Link } from "react-router";
import type { FindingView } from "../../../../app/wire/list.ts";
import type { NamespaceDetail } from "../../../../app/wire/namespaces.ts";
import type { Column } from "../../parts/column.ts";
import { DataTable } from "../../parts/data-table.tsx";
import { withQuery } from "../../parts/links.ts";
import { Nothing } from "../../parts/page-states.tsx";
import { Severity } from "../../parts/state-labels.tsx";

interface Row extends FindingView {
  readonly policy: string;
}

const columns: readonly Column<Row>[] = [
  { key: "severity", title: "Severity", cell: ({ severity }) => <Severity severity={severity} /> },
  {
    key: "message",
    title: "Finding",
    width: 40,
    breaks: true,
    cell: ({ message, code }) => (
      <>
        {message}
        <div className="postern-under">{code}</div>
      </>
    ),
  },
  {
    key: "policy",
    title: "Policy",
    breaks: true,
    cell: ({ policy, line }) => (line === undefined ? policy : `${policy}, line ${line}`),
  },
  { key: "fix", title: "What to do", width: 30, breaks: true, cell: ({ fix }) => fix },
];

export function FindingsTab({ detail }: { readonly detail: NamespaceDetail }): JSX.Element {
  const { policies, cluster, namespace } = detail;
  const rows = policies.flatMap(({ kind, name, findings }) =>
    findings.map((finding): Row => ({ ...finding, policy: `${kind} ${name}` })),
  );
  const fixes = <Link to={withQuery("/rules", { cluster, namespace })}>Rules with a fix</Link>;
  if (rows.length === 0) {
    return (
      <Nothing title="Nothing is wrong with its policies" actions={fixes}>
        No rule contradicts another, and every one is written as the cluster wants it.
      </Nothing>
    );
  }
  return (
    <div className="postern-list">
      <p>{fixes} become proposals with one click.</p>
      <div className="postern-table-place">
        <DataTable
          label="Findings"
          columns={columns}
          rows={rows}
          rowKey={({ policy, code, message, line = 0 }) => `${policy} ${code} ${line} ${message}`}
        />
      </div>
    </div>
  );
}
