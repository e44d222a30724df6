import { Button, Card, CardBody, Flex, FlexItem, PageSection } from "@patternfly/react-core";
import { DownloadIcon } from "@patternfly/react-icons/dist/esm/icons/download-icon";
import type { JSX } from "react";
import { Link } from "react-router";
import type { AuditRow, CheckpointView } from "../../../../app/wire/audit.ts";
import { urlOf } from "../../api/client.ts";
import { useAnswer } from "../../api/queries.ts";
import type { Column } from "../../parts/column.ts";
import { formatWhole } from "../../parts/formats.ts";
import type { ListFilter } from "../../parts/list-filter.ts";
import { ListSection } from "../../parts/list-page.tsx";
import { PageHeader } from "../../parts/page-header.tsx";
import { Nothing } from "../../parts/page-states.tsx";
import { Moment } from "../../parts/time.tsx";
import { SubjectLink } from "./subject-link.tsx";
import "../proposal/proposal.css";

const columns: readonly Column<AuditRow>[] = [
  {
    key: "sequence",
    title: "Record",
    isNumeric: true,
    width: 10,
    cell: ({ sequence }) => (
      <Link to={`/audit/${sequence}`} aria-label={`Record ${sequence}`}>
        {sequence}
      </Link>
    ),
  },
  { key: "when", title: "When", cell: ({ atMs }) => <Moment ms={atMs} /> },
  { key: "kind", title: "What", cell: ({ kind }) => <code>{kind}</code> },
  { key: "subject", title: "About", breaks: true, cell: ({ subject }) => <SubjectLink subject={subject} /> },
  {
    key: "actor",
    title: "By",
    cell: ({ actor }) => (
      <>
        {actor.name}
        <div className="postern-under">{actor.subject}</div>
      </>
    ),
  },
];

/** Kinds that are looked for most; every other one can be searched. */
const kinds = [
  "proposal.submit",
  "proposal.approve",
  "proposal.request-changes",
  "proposal.reject",
  "proposal.edit",
  "proposal.merge",
  "proposal.roll-back",
  "law.change",
  "phase.change",
  "observation.digest",
  "suggestion",
  "alert",
  "access.sign-in",
] as const;

const filters: readonly ListFilter[] = [
  { kind: "choice", parameter: "kind", title: "What", options: kinds.map((value) => ({ value, label: value })) },
  { kind: "text", parameter: "subject", title: "About", placeholder: "About: proposal/p-…" },
  { kind: "text", parameter: "actor", title: "By", placeholder: "By: local:ada" },
];

/** Everything that happened, in an order that nobody can change unseen. */
export function Component(): JSX.Element {
  return (
    <>
      <PageHeader
        title="Audit"
        description="Append-only: every record is hashed into a chain and a Merkle tree, whose checkpoints are signed. Open a record to verify it in this browser."
        actions={
          <Button
            variant="secondary"
            component="a"
            href={urlOf("audit/export", {})}
            download="postern-audit.jsonl"
            icon={<DownloadIcon />}
          >
            Export all
          </Button>
        }
      />
      <PageSection hasBodyWrapper={false}>
        <Checkpoint />
      </PageSection>
      <ListSection<AuditRow>
        path="audit"
        what="records"
        columns={columns}
        rowKey={({ sequence }) => String(sequence)}
        filters={filters}
        empty={
          <Nothing title="Nothing was recorded yet">
            The first decision, sign-in or change writes the first record.
          </Nothing>
        }
      />
    </>
  );
}

function Checkpoint(): JSX.Element | null {
  const { data } = useAnswer<CheckpointView>("audit/checkpoint");
  if (data === undefined) return null;
  return (
    <Card isCompact>
      <CardBody>
        <Flex columnGap={{ default: "columnGapLg" }} rowGap={{ default: "rowGapSm" }}>
          <FlexItem>
            Latest checkpoint: <strong>{formatWhole(data.size)}</strong> records, <Moment ms={data.atMs} />
          </FlexItem>
          <FlexItem>
            Root <code className="postern-digest">{data.rootHash}</code>
          </FlexItem>
        </Flex>
      </CardBody>
    </Card>
  );
}
