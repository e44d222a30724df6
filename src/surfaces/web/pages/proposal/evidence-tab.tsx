import { Button, Card, CardBody, CardTitle, ExpandableSection, Label, LabelGroup } from "@patternfly/react-core";
import type { JSX } from "react";
import { Link } from "react-router";
import type { RuleEvidence } from "../../../../app/wire/dossier.ts";
import type { ProposalDetail } from "../../../../app/wire/proposals.ts";
import { countOf, formatCount } from "../../parts/formats.ts";
import { trafficPath } from "../../parts/links.ts";
import { Nothing } from "../../parts/page-states.tsx";
import { Time } from "../../parts/time.tsx";
import { DossierTable } from "./dossier-table.tsx";
import { InlineCode } from "./inline-code.tsx";

interface EvidenceTabProps {
  readonly proposal: ProposalDetail;
  /** Shows a line of the policy's text. */
  readonly onShowLine: (line: number) => void;
}

/** For every rule: what it is for, who uses it, and what was nearly written instead. */
export function EvidenceTab({ proposal, onShowLine }: EvidenceTabProps): JSX.Element {
  const { rules } = proposal.dossier;
  return (
    <Card>
      <CardTitle component="h2">Evidence of each rule</CardTitle>
      <CardBody>
        {rules.length === 0 ? (
          <Nothing title="There are no rules" headingLevel="h3">
            The policy has none, so there is nothing to give evidence for.
          </Nothing>
        ) : (
          <DossierTable
            label="Evidence of each rule"
            noun="rule"
            rows={rules}
            keyOf={({ index }) => String(index)}
            textOf={({ destination, ports, reason, service, workloads, action }) =>
              [action, destination, ports, reason, service, ...workloads].join(" ")
            }
            columns={[
              { title: "Rule", cell: (rule) => <RuleName rule={rule} onShowLine={onShowLine} /> },
              { title: "Why it is there", cell: (rule) => <Why rule={rule} /> },
              { title: "Used by", cell: ({ workloads }) => <Workloads workloads={workloads} /> },
              { title: "Decides", cell: (rule) => <Decides rule={rule} proposal={proposal} /> },
              { title: "Last seen", cell: ({ lastSeenMs }) => <Time ms={lastSeenMs} never="not in the recording" /> },
            ]}
          />
        )}
      </CardBody>
    </Card>
  );
}

function RuleName({
  rule,
  onShowLine,
}: {
  readonly rule: RuleEvidence;
  readonly onShowLine: (line: number) => void;
}): JSX.Element {
  const { index, action, destination, ports, line } = rule;
  return (
    <>
      <div>
        <strong>{`Rule ${index}: ${action}`}</strong> <code>{destination}</code>
      </div>
      <div>{ports}</div>
      {line !== null && (
        <Button
          variant="link"
          isInline
          aria-label={`Show rule ${index} in the text, line ${line}`}
          onClick={() => {
            onShowLine(line);
          }}
        >
          line {line}
        </Button>
      )}
    </>
  );
}

function Why({ rule }: { readonly rule: RuleEvidence }): JSX.Element {
  const { reason, service, runnerUp } = rule;
  return (
    <>
      {service !== "" && (
        <div>
          <strong>{service}</strong>
        </div>
      )}
      <InlineCode text={reason} />
      {runnerUp !== "" && (
        <ExpandableSection toggleText="What was nearly chosen" isIndented>
          <InlineCode text={runnerUp} />
        </ExpandableSection>
      )}
    </>
  );
}

function Workloads({ workloads }: { readonly workloads: readonly string[] }): JSX.Element {
  if (workloads.length === 0) return <>every pod</>;
  return (
    <LabelGroup numLabels={4} aria-label="Workloads">
      {workloads.map((workload) => (
        <Label key={workload} isCompact variant="outline">
          {workload}
        </Label>
      ))}
    </LabelGroup>
  );
}

/** Traffic is found by address or by name; a catch-all is all of it. */
function Decides({ rule, proposal }: { readonly rule: RuleEvidence; readonly proposal: ProposalDetail }): JSX.Element {
  const { connections, flows, destination } = rule;
  if (connections === 0) return <>no recorded connection</>;
  const { cluster, namespace, dossier } = proposal;
  const isAddress = /^[0-9a-f.:]+(?:\/\d+)?$/i.test(destination);
  const isAll = /^(?:0\.0\.0\.0|::)\/0$/.test(destination) || destination === "*";
  const to = trafficPath({
    cluster,
    namespace,
    ...(isAll
      ? {}
      : isAddress
        ? { address: destination }
        : /^[\w*.-]+$/.test(destination)
          ? { name: destination }
          : {}),
    fromMs: dossier.evidence.fromMs ?? undefined,
    toMs: dossier.evidence.toMs ?? undefined,
  });
  return (
    <Link to={to}>
      {countOf(connections, "connection")}, {formatCount(flows)} flows
    </Link>
  );
}
