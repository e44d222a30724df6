import { Button, Label } from "@patternfly/react-core";
import { type JSX, useState } from "react";
import { Link } from "react-router";
import type { RuleFinding } from "../../../../app/wire/rules.ts";
import type { Column } from "../../parts/column.ts";
import { namespacePath, proposalPath, trafficPath } from "../../parts/links.ts";
import type { ListFilter } from "../../parts/list-filter.ts";
import { ListSection } from "../../parts/list-page.tsx";
import { PageHeader } from "../../parts/page-header.tsx";
import { Nothing } from "../../parts/page-states.tsx";
import { Severity } from "../../parts/state-labels.tsx";
import { Time } from "../../parts/time.tsx";
import { useClusters } from "../../parts/use-clusters.ts";
import { InlineCode } from "../proposal/inline-code.tsx";
import { FixDialog } from "./fix-dialog.tsx";
import { problemTitles } from "./problem-titles.ts";
import "../proposal/proposal.css";

function columnsFor(onFix: (finding: RuleFinding) => void): readonly Column<RuleFinding>[] {
  return [
    { key: "severity", title: "Severity", sort: "severity", cell: ({ severity }) => <Severity severity={severity} /> },
    {
      key: "problem",
      title: "Problem",
      sort: "problem",
      cell: ({ problem, code }) => (
        <>
          <Label isCompact variant="outline">
            {problemTitles[problem]}
          </Label>
          <div className="postern-under">
            <code>{code}</code>
          </div>
        </>
      ),
    },
    {
      key: "rule",
      title: "Rule",
      width: 25,
      breaks: true,
      cell: ({ ruleText, rule, kind, policyName }) => (
        <>
          {ruleText !== "" && <code>{ruleText}</code>}
          <div className="postern-under">
            {rule === null ? "" : `rule ${rule} of `}
            {kind} {policyName}
          </div>
        </>
      ),
    },
    {
      key: "message",
      title: "What is wrong",
      width: 25,
      cell: ({ message, effect }) => (
        <>
          <InlineCode text={message} />
          {effect !== "" && (
            <div className="postern-under">
              <InlineCode text={effect} />
            </div>
          )}
        </>
      ),
    },
    {
      key: "namespace",
      title: "Namespace",
      sort: "namespace",
      cell: (finding) => (
        <>
          <Link to={namespacePath(finding)}>{finding.namespace}</Link>
          <div className="postern-under">{finding.cluster}</div>
        </>
      ),
    },
    {
      key: "lastHit",
      title: "Last traffic",
      sort: "lastHitMs",
      isNumeric: true,
      cell: ({ lastHitMs, cluster, namespace }) =>
        lastHitMs === null ? (
          "none recorded"
        ) : (
          <Link to={trafficPath({ cluster, namespace })}>
            <Time ms={lastHitMs} />
          </Link>
        ),
    },
    { key: "fix", title: "Fix", cell: (finding) => <Fix finding={finding} onFix={onFix} /> },
  ];
}

interface FixProps {
  readonly finding: RuleFinding;
  readonly onFix: (finding: RuleFinding) => void;
}

function Fix({ finding, onFix }: FixProps): JSX.Element {
  const { proposal, fix, rule, namespace } = finding;
  if (proposal !== null) return <Link to={proposalPath(proposal)}>in a proposal</Link>;
  if (fix === null) return <span className="postern-subtle">none that is proven safe</span>;
  return (
    <Button
      variant="secondary"
      size="sm"
      aria-label={`Fix ${rule === null ? "the policy" : `rule ${rule}`} of ${namespace}`}
      onClick={() => {
        onFix(finding);
      }}
    >
      Fix…
    </Button>
  );
}

/** Zombies, shadows and what is too broad, with the fix a press away. */
export function Component(): JSX.Element {
  const clusters = useClusters();
  const [fixing, setFixing] = useState<RuleFinding>();
  const filters: readonly ListFilter[] = [
    {
      kind: "choice",
      parameter: "problem",
      title: "Problem",
      options: Object.entries(problemTitles).map(([value, label]) => ({ value, label })),
    },
    {
      kind: "choice",
      parameter: "severity",
      title: "Severity",
      options: [
        { value: "error", label: "Error" },
        { value: "warning", label: "Warning" },
        { value: "info", label: "Note" },
      ],
    },
    { kind: "choice", parameter: "cluster", title: "Cluster", options: clusters },
    { kind: "text", parameter: "namespace", title: "Namespace", placeholder: "Namespace" },
  ];
  return (
    <>
      <PageHeader
        title="Rules"
        description="What is wrong with the rules in force: no traffic uses them, other rules hide them, or they open more than is needed."
      />
      <ListSection<RuleFinding>
        path="rules"
        what="findings"
        columns={columnsFor(setFixing)}
        rowKey={({ id }) => id}
        filters={filters}
        defaultSort="severity"
        empty={
          <Nothing title="Nothing is wrong with the rules in force">
            Policies are looked through whenever they change and once a day; what is found appears here.
          </Nothing>
        }
      />
      {fixing !== undefined && (
        <FixDialog
          finding={fixing}
          onClose={() => {
            setFixing(undefined);
          }}
        />
      )}
    </>
  );
}
